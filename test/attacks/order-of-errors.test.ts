/** The form of a token is checked before keys and clocks, whatever is wrong with them. */

import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createVerifier, verify, verifyAsync } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { tokenOf } from '../fixtures/tokens.ts';

const token = tokenOf({ sub: 'ada' });
const misspelt = `${token.slice(0, -1)}!`;
const codeOf = (call: () => unknown) => {
  try {
    call();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
};

describe('a misspelt signature is reported before', () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keys: Array<[name: string, key: unknown]> = [
    ['a key of another kind', publicKey],
    ['a key that is a number', 5],
    ['a key that is no JWK', {}],
    ['a key that is a promise', Promise.resolve(secret)],
  ];

  test.each(keys)('%s', async (_, key) => {
    const options = { algorithms: ['HS256'] as ['HS256'] };
    expect(codeOf(() => verify(misspelt, key as never, options))).toBe('ERR_TOKEN_MALFORMED');
    const code = await verifyAsync(misspelt, key as never, options).catch((error) => error.code);
    expect(code).toBe('ERR_TOKEN_MALFORMED');
  });

  test('a clock in seconds', () => {
    const verifyToken = createVerifier(secret, { clock: () => 5 });
    expect(codeOf(() => verifyToken(misspelt))).toBe('ERR_TOKEN_MALFORMED');
  });
});

test('with allowPadding, an unpadded signature gets no hint about padding', () => {
  // Header and payload are whole groups of four characters, and the signature is not.
  const unpadded = tokenOf({ a: 'abcd' });
  expect(unpadded.split('.').map((part) => part.length % 4)).toEqual([0, 0, 3]);
  const result = createVerifier(secret, { allowPadding: true }).result(unpadded);
  if (result.ok) throw new Error('the token is accepted');
  expect(result.error.message).toBe('jwt is not canonical base64url');
  expect(result.error.cause).toBeUndefined();
});
