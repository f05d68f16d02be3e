import { types } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  createSigner,
  createVerifier,
  JsonWebTokenError,
  KeySourceError,
  NotBeforeError,
  TokenExpiredError,
  verify,
} from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { NOW, tokenOf } from '../fixtures/tokens.ts';

const at = { clockTimestamp: NOW };
const malformed = errorOf(() => verify('a.b', secret));
const expired = errorOf(() => verify(tokenOf({ exp: NOW }), secret, at));
const early = errorOf(() => verify(tokenOf({ nbf: NOW + 1 }), secret, at));
const failed = errorOf(() => {
  const source = () => {
    throw new Error('down');
  };
  createVerifier(source)(tokenOf({}));
});

describe('the error classes', () => {
  test('TokenExpiredError and NotBeforeError extend JsonWebTokenError, which extends Error', () => {
    for (const error of [malformed, expired, early]) {
      expect(error).toBeInstanceOf(JsonWebTokenError);
      expect(error).toBeInstanceOf(Error);
      expect(types.isNativeError(error)).toBe(true);
    }
    expect(expired).toBeInstanceOf(TokenExpiredError);
    expect(early).toBeInstanceOf(NotBeforeError);
    expect(expired).not.toBeInstanceOf(NotBeforeError);
    expect(early).not.toBeInstanceOf(TokenExpiredError);
  });

  test('KeySourceError does not extend JsonWebTokenError, because the token may be valid', () => {
    expect(failed).toBeInstanceOf(KeySourceError);
    expect(failed).toBeInstanceOf(Error);
    expect(failed).not.toBeInstanceOf(JsonWebTokenError);
  });

  test('each has its name', () => {
    expect([malformed, expired, early, failed].map(({ name }) => name)).toEqual([
      'JsonWebTokenError',
      'TokenExpiredError',
      'NotBeforeError',
      'KeySourceError',
    ]);
  });

  test('a subclass keeps the name, as in jsonwebtoken, or sets its own', () => {
    class Revoked extends JsonWebTokenError {
      override name = 'Revoked';
    }
    expect(String(new Revoked('gone'))).toBe('Revoked: gone');
    class Plain extends JsonWebTokenError {}
    expect(String(new Plain('gone'))).toBe('JsonWebTokenError: gone');
  });
});

describe('an error of the library', () => {
  test('is its name and message as a string', () => {
    expect(String(malformed)).toBe('JsonWebTokenError: jwt malformed');
    expect(String(expired)).toBe('TokenExpiredError: jwt expired');
    expect(String(early)).toBe('NotBeforeError: jwt not active');
    expect(String(failed)).toBe('KeySourceError: the key source failed');
  });

  test('has name, message and time in JSON', () => {
    const time = (seconds: number) => new Date(seconds * 1000).toISOString();
    expect(JSON.stringify(malformed)).toBe(
      '{"name":"JsonWebTokenError","message":"jwt malformed"}',
    );
    expect(JSON.stringify(expired)).toBe(
      `{"name":"TokenExpiredError","message":"jwt expired","expiredAt":"${time(NOW)}"}`,
    );
    expect(JSON.stringify(early)).toBe(
      `{"name":"NotBeforeError","message":"jwt not active","date":"${time(NOW + 1)}"}`,
    );
  });

  test('has code and claim, which are not enumerable', () => {
    const mismatch = errorOf(() => verify(tokenOf({ iss: 'x' }), secret, { issuer: 'y' }));
    const expected: Array<[error: Error, code: string, claim: string | undefined]> = [
      [malformed, 'ERR_TOKEN_MALFORMED', undefined],
      [expired, 'ERR_CLAIM_EXPIRED', 'exp'],
      [early, 'ERR_CLAIM_NOT_ACTIVE', 'nbf'],
      [mismatch, 'ERR_CLAIM_MISMATCH', 'iss'],
      [failed, 'ERR_KEY_SOURCE', undefined],
    ];
    for (const [error, code, claim] of expected) {
      expect(error).toHaveProperty('code', code);
      expect((error as { claim?: unknown }).claim).toBe(claim);
      const keys = Object.keys(error);
      expect(keys).not.toContain('code');
      expect(keys).not.toContain('claim');
      expect(keys).not.toContain('cause');
    }
  });

  test('has a stack that begins with name and message, and has the call', () => {
    for (const error of [malformed, expired, early, failed]) {
      expect(error.stack?.split('\n')[0]).toBe(`${error.name}: ${error.message}`);
      expect(error.stack).toContain('classes.test');
    }
    expect(new JsonWebTokenError('mine').stack?.split('\n')[1]).toContain('classes.test');
  });
});

test('a TypeError of createSigner has a stack that begins with the call', () => {
  for (const create of [
    () => createSigner(secret, { expireIn: 1 } as never),
    () => createSigner('short'),
    () => createSigner(undefined as never),
  ]) {
    expect(errorOf(create).stack?.split('\n')[1]).toContain('classes.test');
  }
  const bomb = new RangeError('boom');
  const { stack } = bomb;
  const options = Object.defineProperty({}, 'issuer', {
    enumerable: true,
    get() {
      throw bomb;
    },
  });
  expect(errorOf(() => createSigner(secret, options)).stack).toBe(stack);
});

describe('an error made by the user', () => {
  test('has the second argument as inner', () => {
    const inner = new Error('cause');
    expect(new JsonWebTokenError('mine', inner).inner).toBe(inner);
    expect(JSON.parse(JSON.stringify(new JsonWebTokenError('mine', inner)))).toHaveProperty(
      'inner',
    );
    expect('inner' in new JsonWebTokenError('mine')).toBe(false);
    expect('inner' in malformed).toBe(false);
  });

  test('has the time of its constructor, and no code', () => {
    const date = new Date(5);
    expect(new TokenExpiredError('mine', date)).toMatchObject({ message: 'mine', expiredAt: date });
    expect(new NotBeforeError('mine', date)).toMatchObject({ message: 'mine', date });
    expect(new JsonWebTokenError('mine').code).toBeUndefined();
    expect('code' in new JsonWebTokenError('mine')).toBe(false);
  });

  test('has the cause of its constructor, if it is a KeySourceError', () => {
    const error = new KeySourceError('mine', 'why');
    expect(error).toMatchObject({ message: 'mine', cause: 'why', code: 'ERR_KEY_SOURCE' });
  });
});
