import { createHmac, createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hmac, hmacMatches } from '../../src/core/hmac.ts';

const hash = fc.constantFrom('sha256', 'sha384', 'sha512');
/** Around the block sizes of 64 and 128 bytes the algorithm takes different ways. */
const length = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.constantFrom(1, 63, 64, 65, 127, 128, 129),
);
const key = length.chain((size) => fc.uint8Array({ minLength: size, maxLength: size }));
const input = fc.string({ unit: 'grapheme-ascii', maxLength: 300 });

const reference = (name: string, secret: Uint8Array, text: string) =>
  createHmac(name, secret).update(text).digest('base64url');

describe('HMAC', () => {
  test('is that of node:crypto', () => {
    fc.assert(
      fc.property(hash, key, input, (name, secret, text) => {
        const mac = hmac(name, createSecretKey(secret), text);
        expect(mac).toBe(reference(name, secret, text));
        expect(hmacMatches(name, createSecretKey(secret), text, mac)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('gives the same answer each time for the same key, and another for another', () => {
    const keys = [1, 2, 3].map((value) => Buffer.alloc(64, value));
    const objects = keys.map((bytes) => createSecretKey(bytes));
    for (const text of ['', 'a', 'header.payload', 'a'.repeat(100_000)]) {
      for (let round = 0; round < 3; round++) {
        objects.forEach((object, i) => {
          expect(hmac('sha256', object, text)).toBe(
            reference('sha256', keys[i] ?? keys[0] ?? Buffer.alloc(1), text),
          );
        });
      }
    }
  });

  test('does not match another text, key, hash, length or bit', () => {
    fc.assert(
      fc.property(hash, key, input, fc.nat(), (name, secret, text, at) => {
        const object = createSecretKey(secret);
        const mac = createHmac(name, secret).update(text).digest();
        const flipped = Buffer.from(mac);
        const i = at % mac.length;
        flipped[i] = (flipped[i] ?? 0) ^ (1 << (at % 8));
        const good = mac.toString('base64url');
        expect(hmacMatches(name, object, `${text}a`, good)).toBe(false);
        expect(hmacMatches(name, createSecretKey(Buffer.concat([secret, mac])), text, good)).toBe(
          false,
        );
        expect(hmacMatches(name === 'sha256' ? 'sha512' : 'sha256', object, text, good)).toBe(
          false,
        );
        for (const other of [
          flipped,
          mac.subarray(1),
          mac.subarray(0, -1),
          Buffer.concat([mac, Buffer.from([0])]),
          Buffer.alloc(0),
        ]) {
          expect(hmacMatches(name, object, text, other.toString('base64url'))).toBe(false);
        }
      }),
    );
  });
});
