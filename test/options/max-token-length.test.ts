import { describe, expect, test } from 'vitest';
import { createVerifier, decode, JsonWebTokenError, sign, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';

/** A token of exactly this length: the payload sets a multiple of four, `kid` the rest. */
function tokenOfLength(length: number): string {
  for (let size = Math.floor((length * 3) / 4) - 200; size < length; size++) {
    for (const keyid of ['', 'k', 'kk', 'kkk']) {
      const token = sign('x'.repeat(size), secret, { keyid });
      if (token.length === length) return token;
      if (token.length > length) break;
    }
  }
  throw new Error(`no token has ${length} characters`);
}

const tokenWith = (padding: number) => sign({ iat: 1, padding: 'x'.repeat(padding) }, secret);
const short = tokenWith(10);
const long = tokenWith(100_000);

describe.each<[name: string, run: (token: string, maxTokenLength: number) => unknown]>([
  ['verify', (token, maxTokenLength) => verify(token, secret, { maxTokenLength })],
  ['createVerifier', (token, maxTokenLength) => createVerifier(secret, { maxTokenLength })(token)],
])('maxTokenLength of %s', (_, run) => {
  test('is the longest length that is accepted', () => {
    expect(run(short, short.length)).toBeTypeOf('object');
    expect(run(long, long.length)).toBeTypeOf('object');
    const error = errorOf(() => run(short, short.length - 1));
    expect(error.constructor).toBe(JsonWebTokenError);
    expect(error.message).toBe(
      `jwt is longer than maxTokenLength (${short.length - 1} characters)`,
    );
    expect(error.code).toBe('ERR_TOKEN_TOO_LONG');
  });

  test('is checked before the form', () => {
    expect(errorOf(() => run('.'.repeat(50), 49)).code).toBe('ERR_TOKEN_TOO_LONG');
    expect(errorOf(() => run('.'.repeat(50), 50)).code).toBe('ERR_TOKEN_MALFORMED');
  });
});

test('maxTokenLength is 65,536 by default', () => {
  const longest = tokenOfLength(65_536);
  expect(verify(longest, secret)).toMatch(/^x+$/);
  expect(decode(longest)).toMatch(/^x+$/);
  const tooLong = tokenOfLength(65_537);
  expect(errorOf(() => verify(tooLong, secret)).code).toBe('ERR_TOKEN_TOO_LONG');
  expect(errorOf(() => createVerifier(secret)(tooLong)).code).toBe('ERR_TOKEN_TOO_LONG');
  expect(decode(tooLong)).toBeNull();
});

test('decode returns null for a token longer than maxTokenLength', () => {
  expect(decode(short, { maxTokenLength: short.length })).toMatchObject({ iat: 1 });
  expect(decode(short, { maxTokenLength: short.length - 1 })).toBeNull();
  expect(decode(long, { maxTokenLength: 200_000 })).toMatchObject({ iat: 1 });
});
