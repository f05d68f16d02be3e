/** Padded keys stay in no memory that the library gives up, from which Buffer.allocUnsafe could take them. */

import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { bytesOf, TEXT_START, withSignature } from '../../src/core/encoding/token-bytes.ts';
import { oneShotHmac } from '../../src/core/keys/hmac.ts';
import { clearKeyCache } from '../../src/index.ts';

const hmac = oneShotHmac(256, randomBytes(64));

/** Checks a token, as that of an attacker, and returns the memory in which its MAC was computed. */
function memoryOf(length: number): Buffer {
  const forged = withSignature('a'.repeat(length), 'A'.repeat(43));
  expect(hmac.matches(forged)).toBe(false);
  return bytesOf(forged);
}

const keyIn = (memory: Buffer) => memory.subarray(0, TEXT_START).some((byte) => byte !== 0);

describe('no padded key is left', () => {
  test.each([100, 9000])('by clearKeyCache, after a token of %i characters', (length) => {
    const memory = memoryOf(length);
    clearKeyCache();
    expect(keyIn(memory)).toBe(false);
  });

  test('in the memory of a long token when another token follows', () => {
    const memory = memoryOf(9000);
    memoryOf(100);
    expect(keyIn(memory)).toBe(false);
  });
});
