import { types } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
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

describe('the classes', () => {
  test('TokenExpiredError and NotBeforeError are JsonWebTokenErrors, and these Errors', () => {
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

  test('KeySourceError is no JsonWebTokenError: the token is not to blame', () => {
    expect(failed).toBeInstanceOf(KeySourceError);
    expect(failed).toBeInstanceOf(Error);
    expect(failed).not.toBeInstanceOf(JsonWebTokenError);
  });

  test('each names itself', () => {
    expect([malformed, expired, early, failed].map(({ name }) => name)).toEqual([
      'JsonWebTokenError',
      'TokenExpiredError',
      'NotBeforeError',
      'KeySourceError',
    ]);
  });

  test('a subclass of the user keeps the name, as in jsonwebtoken, and may set its own', () => {
    class Revoked extends JsonWebTokenError {
      override name = 'Revoked';
    }
    expect(String(new Revoked('gone'))).toBe('Revoked: gone');
    class Plain extends JsonWebTokenError {}
    expect(String(new Plain('gone'))).toBe('JsonWebTokenError: gone');
  });
});

describe('as text and JSON', () => {
  test('an error is its name and message', () => {
    expect(String(malformed)).toBe('JsonWebTokenError: jwt malformed');
    expect(String(expired)).toBe('TokenExpiredError: jwt expired');
    expect(String(early)).toBe('NotBeforeError: jwt not active');
    expect(String(failed)).toBe('KeySourceError: the key source failed');
  });

  test('JSON tells name and message, and the time of the two that have one', () => {
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

  test('code and claim are there, and not enumerable', () => {
    const mismatch = errorOf(() => verify(tokenOf({ iss: 'x' }), secret, { issuer: 'y' }));
    const faces: Array<[error: Error, code: string, claim: string | undefined]> = [
      [malformed, 'ERR_TOKEN_MALFORMED', undefined],
      [expired, 'ERR_CLAIM_EXPIRED', 'exp'],
      [early, 'ERR_CLAIM_NOT_ACTIVE', 'nbf'],
      [mismatch, 'ERR_CLAIM_MISMATCH', 'iss'],
      [failed, 'ERR_KEY_SOURCE', undefined],
    ];
    for (const [error, code, claim] of faces) {
      expect(error).toHaveProperty('code', code);
      expect((error as { claim?: unknown }).claim).toBe(claim);
      const keys = Object.keys(error);
      expect(keys).not.toContain('code');
      expect(keys).not.toContain('claim');
      expect(keys).not.toContain('cause');
    }
  });

  test('the stack opens with class and message, and leads to the call', () => {
    for (const error of [malformed, expired, early, failed]) {
      expect(error.stack?.split('\n')[0]).toBe(`${error.name}: ${error.message}`);
      expect(error.stack).toContain('classes.test');
    }
    expect(new JsonWebTokenError('mine').stack?.split('\n')[1]).toContain('classes.test');
  });
});

describe('an error made by the user', () => {
  test('has inner where a second argument was given', () => {
    const inner = new Error('cause');
    expect(new JsonWebTokenError('mine', inner).inner).toBe(inner);
    expect(JSON.parse(JSON.stringify(new JsonWebTokenError('mine', inner)))).toHaveProperty(
      'inner',
    );
    expect('inner' in new JsonWebTokenError('mine')).toBe(false);
    expect('inner' in malformed).toBe(false);
  });

  test('has the time it was given, and no code', () => {
    const date = new Date(5);
    expect(new TokenExpiredError('mine', date)).toMatchObject({ message: 'mine', expiredAt: date });
    expect(new NotBeforeError('mine', date)).toMatchObject({ message: 'mine', date });
    expect(new JsonWebTokenError('mine').code).toBeUndefined();
    expect('code' in new JsonWebTokenError('mine')).toBe(false);
  });

  test('has the cause it was given, if it is a KeySourceError', () => {
    const error = new KeySourceError('mine', 'why');
    expect(error).toMatchObject({ message: 'mine', cause: 'why', code: 'ERR_KEY_SOURCE' });
  });
});
