import { describe, expect, test, vi } from 'vitest';
import {
  createVerifier,
  JsonWebTokenError,
  type KeySource,
  KeySourceError,
  sign,
  verifyAsync,
} from '../../src/index.ts';
import { ec, rsa, secret } from '../fixtures/keys.ts';
import { errorFields, errorOf, rejectionOf } from '../fixtures/outcome.ts';
import { forge, NOW, tokenOf } from '../fixtures/tokens.ts';

const good = tokenOf({ sub: 'ada' }, { kid: 'k' });
const other = Buffer.alloc(64, 7);

/** A source through both entrances that take one, each as it is and as a promise. */
const entrances: Array<
  [name: string, run: (source: KeySource, token?: string) => Promise<unknown>]
> = [
  ['a prepared verifier', async (source, token = good) => createVerifier(source)(token)],
  [
    'a prepared verifier with async',
    async (source, token = good) => createVerifier(source, { async: true })(token),
  ],
  ['verifyAsync', async (source, token = good) => verifyAsync(token, source)],
];

describe.each(entrances)('a key source of %s', (_, run) => {
  test('is asked once, with the unverified token, and its key is used', async () => {
    const source = vi.fn<KeySource>(() => secret);
    expect(await run(source)).toEqual({ sub: 'ada' });
    expect(source).toHaveBeenCalledTimes(1);
    const token = source.mock.calls[0]?.[0];
    expect(token?.header).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'k' });
    expect(token?.payload).toEqual({ sub: 'ada' });
    expect(`${token?.signingInput}.${token?.signature}`).toBe(good);
  });

  test('may answer with a promise, or be an async function', async () => {
    expect(await run(() => Promise.resolve(secret))).toEqual({ sub: 'ada' });
    expect(await run(async () => secret)).toEqual({ sub: 'ada' });
  });

  test('may answer with a list, which is tried in order', async () => {
    expect(await run(() => [other, secret])).toEqual({ sub: 'ada' });
    expect(await run(async () => [rsa().publicKey, other, secret])).toEqual({ sub: 'ada' });
  });

  test('whose list holds no key that fits is an invalid signature', async () => {
    const error = await rejectionOf(run(() => [other, Buffer.alloc(64, 8)]));
    expect(error.constructor).toBe(JsonWebTokenError);
    expect(error.message).toBe('invalid signature');
  });

  test('is heard for sixteen keys of a list and no more', async () => {
    const others = (count: number) => Array.from({ length: count }, () => other);
    expect(await run(() => [...others(15), secret])).toEqual({ sub: 'ada' });
    const error = await rejectionOf(run(() => [...others(16), secret]));
    expect(error.message).toBe('invalid signature');
  });

  test.each([null, undefined, []])('that answers %j knows no key for the token', async (answer) => {
    for (const source of [() => answer, async () => answer]) {
      const error = await rejectionOf(run(source));
      expect(error.constructor).toBe(JsonWebTokenError);
      expect(error.message).toBe('no key was found for this token');
      expect(error.code).toBe('ERR_KEY_NOT_FOUND');
    }
  });

  test.each<[title: string, fail: (trouble: unknown) => KeySource]>([
    [
      'throws',
      (trouble) => () => {
        throw trouble;
      },
    ],
    ['rejects', (trouble) => () => Promise.reject(trouble)],
  ])('that %s is a KeySourceError with the cause', async (_, fail) => {
    const trouble = new Error('the set is unreachable');
    const error = await rejectionOf(run(fail(trouble)));
    expect(error.constructor).toBe(KeySourceError);
    expect(error).not.toBeInstanceOf(JsonWebTokenError);
    expect(error.message).toBe('the key source failed');
    expect(error.code).toBe('ERR_KEY_SOURCE');
    expect(error.cause).toBe(trouble);
  });

  test('may refuse the token itself', async () => {
    const refusal = new JsonWebTokenError('this kid is revoked');
    expect(
      await rejectionOf(
        run(() => {
          throw refusal;
        }),
      ),
    ).toBe(refusal);
    const trouble = new KeySourceError('down for maintenance');
    expect(await rejectionOf(run(() => Promise.reject(trouble)))).toBe(trouble);
  });

  test('is not asked where the header is refused', async () => {
    const source = vi.fn(() => secret);
    const refused = [
      'a.b',
      forge('{', {}),
      tokenOf({}, { crit: ['x'], x: 1 }),
      tokenOf({}, { kid: { toString: 'k' } }),
      tokenOf({}, { kid: 'a\u0000b' }),
      tokenOf({}, { kid: 'k'.repeat(257) }),
    ];
    for (const token of refused) {
      expect(await rejectionOf(run(source, token))).toBeInstanceOf(JsonWebTokenError);
    }
    expect(source).not.toHaveBeenCalled();
  });
});

describe('a prepared verifier with a key source', () => {
  test('refuses an alg before the source is asked', () => {
    const source = vi.fn(() => secret);
    for (const [alg, algorithms] of [
      ['HS256', ['HS384']],
      ['foo', undefined],
      ['hs256', undefined],
    ] as const) {
      const verify = createVerifier(source, algorithms ? { algorithms } : {});
      expect(errorOf(() => verify(tokenOf({}, { alg }))).message).toBe('invalid algorithm');
    }
    expect(source).not.toHaveBeenCalled();
  });

  test('passes its context on to the source, as it is', async () => {
    const context = { tenant: 'one' };
    const source = vi.fn<KeySource>(() => secret);
    createVerifier(source)(good, context);
    await createVerifier(source, { async: true })(good, context);
    createVerifier(source)(good);
    expect(source.mock.calls.map((call) => call[1])).toEqual([context, context, undefined]);
    expect(source.mock.calls[0]?.[1]).toBe(context);
  });

  test('answers at once where the source does, and with a promise where it does that', () => {
    expect(createVerifier(() => secret)(good)).toEqual({ sub: 'ada' });
    const later: unknown = createVerifier((): Promise<Buffer> => Promise.resolve(secret))(good);
    expect(later).toBeInstanceOf(Promise);
    const always: unknown = createVerifier(() => secret, { async: true })(good);
    expect(always).toBeInstanceOf(Promise);
  });

  test('of an async function rejects and never throws', async () => {
    const verify = createVerifier(async () => secret);
    expect((await rejectionOf(verify('a.b'))).message).toBe('jwt malformed');
  });

  test('takes a key that does not fit the header for another key', () => {
    const verify = createVerifier(() => rsa().publicKey);
    expect(errorOf(() => verify(good)).message).toBe('invalid algorithm');
  });

  test.each<[title: string, key: unknown]>([
    ['unreadable', 123],
    ['empty', Buffer.alloc(0)],
    ['short', Buffer.alloc(31, 1)],
  ])('takes a key that is %s for a failure of the source', (_, key) => {
    const error = errorOf(() => createVerifier(() => key as never)(good));
    expect(error).toBeInstanceOf(KeySourceError);
    expect(error.code).toBe('ERR_KEY_SOURCE');
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  test('skips keys of a list that cannot be used', () => {
    expect(createVerifier(() => [123 as never, secret])(good)).toEqual({ sub: 'ada' });
  });

  test('asks anew for every token', () => {
    let key: Buffer | null = secret;
    const verify = createVerifier(() => key);
    expect(verify(good)).toEqual({ sub: 'ada' });
    key = null;
    expect(() => verify(good)).toThrow('no key was found');
  });

  test('judges the claims after the key, once for a list', () => {
    const clock = vi.fn(() => NOW * 1000);
    const verify = createVerifier(() => [other, secret], { clock });
    expect(() => verify(tokenOf({ exp: NOW }))).toThrow('jwt expired');
    expect(clock).toHaveBeenCalledTimes(1);
  });
});

test('every entrance tells a failing source alike', async () => {
  const token = sign({ sub: 'ada' }, ec().privateKey, { algorithm: 'ES256' });
  const trouble = new Error('no');
  const fails: KeySource = () => {
    throw trouble;
  };
  const [first, ...rest] = await Promise.all(
    entrances.map(async ([, run]) => errorFields(await rejectionOf(run(fails, token)))),
  );
  for (const face of rest) expect(face).toEqual(first);
});
