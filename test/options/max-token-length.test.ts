import { describe, expect, test } from 'vitest';
import { createVerifier, decode, JsonWebTokenError, sign, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';

/** A token of exactly so many characters: a multiple of four in the payload, plus what there is. */
function tokenOfLength(length: number): string {
  for (let size = Math.floor((length * 3) / 4) - 200; size < length; size++) {
    for (const kid of ['', 'k', 'kk', 'kkk']) {
      const token = sign('x'.repeat(size), secret, { keyid: kid });
      if (token.length === length) return token;
      if (token.length > length) break;
    }
  }
  throw new Error(`no token has ${length} characters`);
}

const asObject = (padding: number) => sign({ iat: 1, padding: 'x'.repeat(padding) }, secret);
const short = asObject(10);

describe.each<[name: string, run: (token: string, maxTokenLength: number) => unknown]>([
  ['verify', (token, maxTokenLength) => verify(token, secret, { maxTokenLength })],
  [
    'a prepared verifier',
    (token, maxTokenLength) => createVerifier(secret, { maxTokenLength })(token),
  ],
])('in %s', (_, run) => {
  test('a token of the longest length passes, one character more does not', () => {
    expect(run(short, short.length)).toBeTypeOf('object');
    const error = errorOf(() => run(short, short.length - 1));
    expect(error.constructor).toBe(JsonWebTokenError);
    expect(error.message).toBe('invalid token');
    expect(error.code).toBe('ERR_TOKEN_TOO_LONG');
  });

  test('the bound can be raised', () => {
    const long = asObject(100_000);
    expect(run(long, long.length)).toBeTypeOf('object');
  });

  test('the length is judged before the form', () => {
    expect(errorOf(() => run('.'.repeat(50), 49)).code).toBe('ERR_TOKEN_TOO_LONG');
    expect(errorOf(() => run('.'.repeat(50), 50)).code).toBe('ERR_TOKEN_MALFORMED');
  });
});

test('without the option the bound is 65,536 characters', () => {
  const longest = tokenOfLength(65_536);
  expect(verify(longest, secret)).toMatch(/^x+$/);
  expect(decode(longest)).toMatch(/^x+$/);
  const tooLong = tokenOfLength(65_537);
  expect(errorOf(() => verify(tooLong, secret)).code).toBe('ERR_TOKEN_TOO_LONG');
  expect(errorOf(() => createVerifier(secret)(tooLong)).code).toBe('ERR_TOKEN_TOO_LONG');
  expect(decode(tooLong)).toBeNull();
});

test('decode answers null beyond its bound, which can be raised', () => {
  expect(decode(short, { maxTokenLength: short.length })).toMatchObject({ iat: 1 });
  expect(decode(short, { maxTokenLength: short.length - 1 })).toBeNull();
  expect(decode(asObject(100_000), { maxTokenLength: 200_000 })).toMatchObject({ iat: 1 });
});
