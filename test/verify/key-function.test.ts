import { describe, expect, test, vi } from 'vitest';
import { type GetPublicKeyOrSecret, JsonWebTokenError, sign, verify } from '../../src/index.ts';
import { ec, rsa, secret } from '../fixtures/keys.ts';
import { called, errorOf, rejectionOf, settled } from '../fixtures/outcome.ts';
import { forge, tokenOf } from '../fixtures/tokens.ts';

const good = tokenOf({ sub: 'ada' }, { kid: 'k' });

const run = (key: GetPublicKeyOrSecret, token = good, options: object = {}) =>
  called((done) => verify(token, key, options, done));

describe('a key function', () => {
  test('is asked once, with the header, and its key is used', async () => {
    const lookUp = vi.fn<GetPublicKeyOrSecret>((_, cb) => cb(null, secret));
    expect(await run(lookUp)).toEqual({ sub: 'ada' });
    expect(lookUp).toHaveBeenCalledTimes(1);
    expect(lookUp.mock.calls[0]?.[0]).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'k' });
  });

  test('may answer later', async () => {
    expect(await run((_, cb) => void setImmediate(cb, null, secret))).toEqual({ sub: 'ada' });
  });

  test('may answer with undefined for no error, and with any kind of key', async () => {
    const token = sign({ sub: 'ada' }, rsa().privateKey, { algorithm: 'RS256' });
    const pem = rsa().publicKey.export({ type: 'spki', format: 'pem' });
    expect(await run((_, cb) => cb(undefined as never, pem), token)).toMatchObject({ sub: 'ada' });
    const object: GetPublicKeyOrSecret = (_, cb) => cb(null, rsa().publicKey);
    expect(await run(object, token)).toMatchObject({ sub: 'ada' });
  });

  test('may write into the header that it is given, and changes nothing by it', async () => {
    const lookUp: GetPublicKeyOrSecret = (header, cb) => {
      Object.assign(header, { alg: 'none', kid: 'another' });
      cb(null, secret);
    };
    for (let i = 0; i < 2; i++) {
      expect(await run(lookUp, good, { complete: true })).toMatchObject({
        header: { alg: 'HS256', kid: 'k' },
      });
    }
  });

  test('may be an async function that uses its callback', async () => {
    expect(await run(async (_, cb) => cb(null, secret))).toEqual({ sub: 'ada' });
  });

  test('does not count by what it returns', async () => {
    const lookUp: GetPublicKeyOrSecret = (_, cb) => {
      setImmediate(cb, null, secret);
      return Promise.resolve('another key') as never;
    };
    expect(await run(lookUp)).toEqual({ sub: 'ada' });
  });

  test('needs a callback of verify', () => {
    const lookUp = vi.fn();
    const error = errorOf(() => verify(good, lookUp as never));
    expect(error).toBeInstanceOf(JsonWebTokenError);
    expect(error.message).toBe(
      'verify must be called asynchronous if secret or public key is provided as a callback',
    );
    expect(lookUp).not.toHaveBeenCalled();
    expect(() => verify('a.b', lookUp as never)).toThrow('jwt malformed');
  });
});

describe('a failure of the key function is told with its message:', () => {
  const trouble = new Error('the set is unreachable');
  test.each<[title: string, lookUp: GetPublicKeyOrSecret]>([
    ['an error for its callback', (_, cb) => cb(trouble)],
    ['an error beside a key', (_, cb) => cb(trouble, secret)],
    ['an error later', (_, cb) => void setImmediate(cb, trouble)],
    [
      'an exception',
      () => {
        throw trouble;
      },
    ],
    [
      'a rejection',
      async () => {
        throw trouble;
      },
    ],
  ])('%s', async (_, lookUp) => {
    const error = await rejectionOf(run(lookUp));
    expect(error.constructor).toBe(JsonWebTokenError);
    expect(error.message).toBe('error in secret or public key callback: the set is unreachable');
    expect(error.code).toBe('ERR_KEY_SOURCE');
    expect(error.cause).toBe(trouble);
    expect(Object.keys(error)).toEqual(['name', 'message']);
  });
});

describe('no key from the key function is a refusal:', () => {
  test.each([null, undefined, '', 0])('%j', async (key) => {
    const error = await rejectionOf(run((_, cb) => cb(null, key as never)));
    expect(error.constructor).toBe(JsonWebTokenError);
    expect(error.message).toBe('secret or public key must be provided');
  });

  test('a list is no key: the classic form takes one', async () => {
    const error = await rejectionOf(run((_, cb) => cb(null, [secret] as never)));
    expect(error.message).toBe('secretOrPublicKey is not valid key material');
  });
});

describe('a key function that answers twice', () => {
  test.each<[title: string, lookUp: GetPublicKeyOrSecret, message: string | undefined]>([
    [
      'with a key and another',
      (_, cb) => {
        cb(null, secret);
        cb(null, 'other');
      },
      undefined,
    ],
    [
      'with a key and an error',
      (_, cb) => {
        cb(null, secret);
        cb(new Error('late'));
      },
      undefined,
    ],
    [
      'with an error and a key',
      (_, cb) => {
        cb(new Error('x'));
        cb(null, secret);
      },
      'error in secret or public key callback: x',
    ],
    [
      'and throws',
      (_, cb) => {
        cb(null, secret);
        throw new Error('late');
      },
      undefined,
    ],
    [
      'at once and later',
      (_, cb) => {
        cb(null, secret);
        setImmediate(cb, null, 'other');
      },
      undefined,
    ],
  ])('%s is heard the first time only', async (_, lookUp, message) => {
    const done = vi.fn();
    verify(good, lookUp, done);
    await vi.waitFor(() => expect(done).toHaveBeenCalled());
    await settled();
    expect(done).toHaveBeenCalledTimes(1);
    const [error, payload] = done.mock.calls[0] ?? [];
    expect(error?.message).toBe(message);
    if (message === undefined) expect(payload).toEqual({ sub: 'ada' });
  });
});

describe('a key function is not asked', () => {
  test.each<[title: string, token: unknown, options: object, message: string]>([
    ['for no token', '', {}, 'jwt must be provided'],
    ['for a malformed token', 'a.b', {}, 'jwt malformed'],
    ['for an unreadable header', forge('{', {}), {}, 'invalid token'],
    ['for a critical extension', tokenOf({}, { crit: ['x'], x: 1 }), {}, 'invalid token'],
    ['for an algorithm that is not listed', good, { algorithms: ['RS256'] }, 'invalid algorithm'],
    [
      'for a typ that is not expected',
      good,
      { typ: 'at+jwt' },
      'jwt typ invalid. expected: at+jwt',
    ],
    ['for a kid that is no text', tokenOf({}, { kid: 5 }), {}, 'invalid token'],
    ['for a kid of another line', tokenOf({}, { kid: 'a\nb' }), {}, 'invalid token'],
    ['for a kid that is too long', tokenOf({}, { kid: 'k'.repeat(257) }), {}, 'invalid token'],
    ['with wrong options', good, { nonce: '' }, 'nonce must be a non-empty string'],
  ])('%s', async (_, token, options, message) => {
    const lookUp = vi.fn<GetPublicKeyOrSecret>((_header, cb) => cb(null, secret));
    const error = await rejectionOf(run(lookUp, token as string, options));
    expect(error.message).toBe(message);
    expect(lookUp).not.toHaveBeenCalled();
  });
});

test('the algorithm is held against the key that was found', async () => {
  const error = await rejectionOf(run((_, cb) => cb(null, ec().publicKey)));
  expect(error.message).toBe('invalid algorithm');
});
