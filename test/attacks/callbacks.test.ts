/** A callback is called exactly once, and a promise that nobody asked for does not end the process. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createSigner,
  createVerifier,
  KeySourceError,
  sign,
  verify,
  verifyAsync,
} from '../../src/index.ts';
import { rsa, secret } from '../fixtures/keys.ts';
import { forge, segment } from '../fixtures/tokens.ts';

const good = forge({ alg: 'HS256', typ: 'JWT' }, { sub: 'ada' }, secret);

let unhandled: unknown[] = [];
let listeners: NodeJS.UnhandledRejectionListener[] = [];
const listen = (reason: unknown) => void unhandled.push(reason);

// The test runner fails on every unhandled rejection; here they are what is counted.
beforeEach(() => {
  unhandled = [];
  listeners = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', listen);
});
afterEach(() => {
  process.removeListener('unhandledRejection', listen);
  for (const each of listeners) process.on('unhandledRejection', each);
});

const settled = async () => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setTimeout(resolve, 20));
};

type Call = [error: unknown, value?: unknown];

/** The calls of a callback, after all that could call it has run. */
async function calls(run: (done: (...call: Call) => void) => unknown): Promise<Call[]> {
  const seen: Call[] = [];
  run((...call) => void seen.push(call));
  await settled();
  return seen;
}

describe('the callback of verify is called exactly once', () => {
  const attempts: Record<string, [token: unknown, key: unknown, options?: unknown]> = {
    'with a good token': [good, secret],
    'with an RSA token': [createSigner(rsa().privateKey)({}), rsa().publicKey],
    'without a token': [undefined, secret],
    'with a token of another type': [{}, secret],
    'with half a token': ['a.b', secret],
    'with a null payload': [forge({ alg: 'HS256', typ: 'JWT' }, 'null', secret), secret],
    'with a payload that is no JSON': [forge({ alg: 'HS256', typ: 'JWT' }, '{', secret), secret],
    'without a key': [good, undefined],
    'without key and signature': [
      `${segment({ alg: 'HS256' })}.${segment({})}.`,
      undefined,
      { algorithms: ['HS256'] },
    ],
    'with a wrong key': [good, 'wrong'],
    'with an unreadable key': [good, {}],
    'with a promise as key': [good, Promise.resolve(secret)],
    'with a short ES256 signature': [
      `${segment({ alg: 'ES256' })}.${segment({})}.AAAA`,
      rsa().publicKey,
      { algorithms: ['ES256'], allowInvalidAsymmetricKeyTypes: true },
    ],
    'with wrong options': [good, secret, { clockTimestamp: 'x' }],
    'with wrong algorithms': [good, secret, { algorithms: 5 }],
    'with an unknown algorithm that is listed': [
      forge({ alg: 'foo' }, {}, secret),
      secret,
      { algorithms: ['foo'] },
    ],
    'with a schema that throws': [
      good,
      secret,
      {
        schema: {
          '~standard': {
            version: 1,
            vendor: 'x',
            validate: () => {
              throw new Error('schema');
            },
          },
        },
      },
    ],
    'with a schema that rejects': [
      good,
      secret,
      {
        schema: {
          '~standard': {
            version: 1,
            vendor: 'x',
            validate: async () => {
              throw new Error('schema');
            },
          },
        },
      },
    ],
  };

  test.each(Object.entries(attempts))('%s', async (_, [token, key, options]) => {
    const seen = await calls((done) =>
      verify(token as never, key as never, (options ?? {}) as never, done as never),
    );
    expect(seen).toHaveLength(1);
    const [[error, value] = [undefined]] = seen;
    expect(
      error === null ? value !== undefined : error instanceof Error && value === undefined,
    ).toBe(true);
    expect(unhandled).toEqual([]);
  });

  const lookUps: Record<string, (answer: (error: unknown, key?: unknown) => void) => unknown> = {
    'answers at once': (answer) => answer(null, secret),
    'answers later': (answer) => setImmediate(() => answer(null, secret)),
    'answers twice': (answer) => {
      answer(null, secret);
      answer(null, 'wrong');
    },
    'answers, then fails': (answer) => {
      answer(null, secret);
      answer(new Error('late'));
    },
    'fails, then answers': (answer) => {
      answer(new Error('first'));
      answer(null, secret);
    },
    'answers, then throws': (answer) => {
      answer(null, secret);
      throw new Error('late');
    },
    throws: () => {
      throw new Error('thrown');
    },
    'throws nothing that is an error': () => {
      throw undefined;
    },
    rejects: async () => {
      throw new Error('rejected');
    },
    'answers, then rejects': async (answer) => {
      answer(null, secret);
      await null;
      throw new Error('late');
    },
    'answers with a rejected promise': (answer) => answer(null, Promise.reject(new Error('key'))),
    'answers with nothing': (answer) => answer(null),
    'answers with a message': (answer) => answer('no key'),
    'answers with an error without a message': (answer) => answer({}),
    'answers with an error whose message throws': (answer) =>
      answer(
        Object.defineProperty({}, 'message', {
          get: () => {
            throw new Error('hidden');
          },
        }),
      ),
  };

  test.each(Object.entries(lookUps))('when the key function %s', async (_, lookUp) => {
    const seen = await calls((done) =>
      verify(good, ((__: unknown, answer: never) => lookUp(answer)) as never, done as never),
    );
    expect(seen).toHaveLength(1);
    expect(unhandled).toEqual([]);
  });

  test('the first answer of a key function decides', async () => {
    const first = await calls((done) =>
      verify(
        good,
        ((_: unknown, answer: (e: unknown, k?: unknown) => void) => {
          answer(null, 'the wrong secret, given first');
          answer(null, secret);
        }) as never,
        done as never,
      ),
    );
    expect(first).toEqual([[expect.objectContaining({ message: 'invalid signature' })]]);
  });
});

describe('the callback of sign is called exactly once', () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  const attempts: Record<string, [payload: unknown, key: unknown, options?: unknown]> = {
    'with good arguments': [{ sub: 'ada' }, secret],
    'with RSA': [{ sub: 'ada' }, rsa().privateKey, { algorithm: 'RS256' }],
    'without a payload': [undefined, secret],
    'with a payload of null': [null, secret],
    'without a key': [{}, undefined],
    'with a key that is none': [{}, {}],
    'with a claim twice': [
      { iss: 'a', sub: 'b', aud: 'c', jti: 'd' },
      secret,
      { issuer: 'a', subject: 'b', audience: 'c', jwtid: 'd' },
    ],
    'with none and no key': [{}, null, { algorithm: 'none' }],
    'with an empty text': ['', secret],
    'with 0': [0, secret],
    'with false': [false, secret],
    'with a circle': [circle, secret],
    'with a bigint': [{ a: 1n }, secret],
    'with an unknown encoding': [{}, secret, { encoding: 'x' }],
    'with an unknown option': [{}, secret, { x: 1 }],
    'with a pipe function': [{ pipe: () => {} }, secret],
    'with an unknown algorithm': [{}, secret, { algorithm: 'x' }],
    'with an unknown algorithm in the header': [{}, secret, { header: { alg: 'x' } }],
    'with a toJSON that throws': [
      Object.fromEntries([
        [
          'toJSON',
          () => {
            throw new Error('x');
          },
        ],
      ]),
      secret,
    ],
  };

  test.each(Object.entries(attempts))('%s', async (_, [payload, key, options]) => {
    const seen = await calls((done) =>
      sign(payload as never, key as never, (options ?? {}) as never, done as never),
    );
    expect(seen).toHaveLength(1);
    const [[error, value] = [undefined]] = seen;
    expect(
      error === null ? typeof value === 'string' : error instanceof Error && value === undefined,
    ).toBe(true);
    expect(unhandled).toEqual([]);
  });

  test('with a promise that rejects as key', async () => {
    const key = Promise.reject(new Error('key'));
    const seen = await calls((done) => sign({}, key as never, {}, done as never));
    expect(seen).toEqual([[expect.any(Error)]]);
    expect(unhandled).toEqual([]);
  });
});

describe('a rejected promise where none can be waited for is not left unhandled', () => {
  test('given as a key to a synchronous call', async () => {
    const rejected = () => Promise.reject(new Error('key')) as never;
    const attempts = [
      () => verify(good, rejected()),
      () => sign({}, rejected()),
      () => createVerifier(rejected()),
      () => createSigner(rejected()),
      () => createVerifier(() => [rejected(), secret] as never)(good),
    ];
    for (const attempt of attempts) {
      try {
        attempt();
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
      }
    }
    await settled();
    expect(unhandled).toEqual([]);
  });

  test('from a schema in a synchronous call', async () => {
    const schema = {
      '~standard': { version: 1, vendor: 'x', validate: () => Promise.reject(new Error('schema')) },
    } as const;
    expect(() => verify(good, secret, { schema })).toThrow(TypeError);
    expect(() => createVerifier(secret, { schema })(good)).toThrow(TypeError);
    await settled();
    expect(unhandled).toEqual([]);
  });

  test('from a key source that turns out to be asynchronous: the call answers with the promise', async () => {
    const source = () => Promise.reject(new Error('source')) as Promise<never>;
    const answer: unknown = createVerifier(source as () => never)(good);
    await expect(answer).rejects.toBeInstanceOf(KeySourceError);
    await settled();
    expect(unhandled).toEqual([]);
  });

  test('a token that is refused before the key is needed asks for no promise', async () => {
    let asked = 0;
    const source = async () => {
      asked++;
      throw new Error('source');
    };
    for (const token of ['x', `${good}=`, `${segment({ alg: 'none' })}.${segment({})}.`]) {
      await expect(createVerifier(source)(token)).rejects.toThrow(/jwt|invalid/);
      await expect(verifyAsync(token, source, { algorithms: ['RS256'] })).rejects.toThrow(
        /jwt|invalid/,
      );
    }
    await settled();
    expect([asked, unhandled]).toEqual([0, []]);
  });
});

test('a hostile thenable is asked once and cannot answer twice', async () => {
  let asked = 0;
  const thenable = Object.fromEntries([
    [
      'then',
      (resolve: (key: unknown) => void, reject: (error: unknown) => void) => {
        asked++;
        resolve('the wrong secret, long enough for HS256');
        resolve(secret);
        reject(new Error('late'));
        throw new Error('later');
      },
    ],
  ]);
  await expect(verifyAsync(good, (() => thenable) as never)).rejects.toThrow('invalid signature');
  expect(asked).toBe(1);
  const answer: unknown = createVerifier((() => thenable) as never)(good);
  await expect(answer).rejects.toThrow('invalid signature');
  await settled();
  expect(unhandled).toEqual([]);
});
