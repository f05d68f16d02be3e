import { createHmac, createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { MAX_SHARED_LENGTH, withSignature } from '../../src/core/encoding/token-bytes.ts';
import { bindHmac, hasFastHash, oneShotHmac, streamHmac } from '../../src/core/keys/hmac.ts';

const sizes = fc.constantFrom(256, 384, 512);
/** Around the block sizes of 64 and 128 bytes the algorithm takes different ways. */
const length = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.constantFrom(1, 63, 64, 65, 127, 128, 129),
);
const secrets = length.chain((size) => fc.uint8Array({ minLength: size, maxLength: size }));
/** Signing input is ASCII; some of it is longer than what is prepared for. */
const inputs = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', maxLength: 300 }),
  fc.integer({ min: 2000, max: 2100 }).map((size) => 'aB3-'.repeat(size).slice(0, size)),
);

const around = (length: number) =>
  [length - 1, length, length + 1].map((n) => 'aB3-'.repeat(n / 4 + 1).slice(0, n));

function reference(bits: number, secret: Uint8Array, text: string): Buffer {
  return createHmac(`sha${bits}`, secret).update(text).digest();
}

describe('HMAC', () => {
  test('is that of node:crypto', () => {
    fc.assert(
      fc.property(sizes, secrets, inputs, (bits, secret, text) => {
        const { mac, matches } = bindHmac(bits, createSecretKey(secret));
        const expected = reference(bits, secret, text).toString('base64url');
        expect(mac(text)).toBe(expected);
        expect(matches(withSignature(text, expected))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('is the same from a stream and from one-shot hashes', () => {
    expect(hasFastHash).toBe(true);
    fc.assert(
      fc.property(sizes, secrets, inputs, (bits, secret, text) => {
        const key = createSecretKey(secret);
        const expected = reference(bits, secret, text).toString('base64url');
        for (const { mac, matches } of [streamHmac(bits, key), oneShotHmac(bits, key.export())]) {
          expect(mac(text)).toBe(expected);
          expect(matches(withSignature(text, expected))).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('comes from a stream if the runtime does not export the secret', () => {
    fc.assert(
      fc.property(sizes, secrets, inputs, (bits, secret, text) => {
        const key = createSecretKey(secret);
        key.export = () => {
          throw new Error('not extractable');
        };
        const { mac, matches } = bindHmac(bits, key);
        const expected = reference(bits, secret, text).toString('base64url');
        expect(mac(text)).toBe(expected);
        expect(matches(withSignature(text, expected))).toBe(true);
        expect(matches(withSignature(`${text}!`, expected))).toBe(false);
      }),
    );
  });

  it('does not depend on the keys, hashes and texts of earlier calls', () => {
    const shared = MAX_SHARED_LENGTH;
    const texts = ['', 'a', 'header.payload', ...[shared - 44, shared, 20_000].flatMap(around)];
    const bound = [256, 384, 512].flatMap((bits) => {
      return [1, 2].map((value) => {
        const secret = Buffer.alloc(64, value);
        const both = [oneShotHmac(bits, secret), streamHmac(bits, secret)];
        const expected = texts.map((text) => reference(bits, secret, text).toString('base64url'));
        return { both, expected };
      });
    });
    const call = fc.tuple(fc.constantFrom(...bound), fc.nat(texts.length - 1), fc.nat(2));
    fc.assert(
      fc.property(fc.array(call), (calls) => {
        for (const [{ both, expected }, i, kind] of calls) {
          const [text = '', mac = ''] = [texts[i], expected[i]];
          for (const hmac of both) {
            if (kind === 0) expect(hmac.mac(text)).toBe(mac);
            if (kind === 1) expect(hmac.matches(withSignature(text, mac))).toBe(true);
            if (kind === 2) expect(hmac.matches(withSignature(`${text}!`, mac))).toBe(false);
          }
        }
      }),
    );
  });

  it.each([256, 384, 512])('matches no MAC of SHA-%i with a foreign character', (bits) => {
    const secret = Buffer.alloc(64, 1);
    const mac = reference(bits, secret, 'text').toString('base64url');
    for (const { matches } of [oneShotHmac(bits, secret), streamHmac(bits, secret)]) {
      expect(matches(withSignature('text', mac))).toBe(true);
      for (const offset of [0x80, 0x100, 0x2100, 0xff00]) {
        for (let i = 0; i < mac.length; i++) {
          const other = String.fromCharCode(mac.charCodeAt(i) + offset);
          const signature = mac.slice(0, i) + other + mac.slice(i + 1);
          expect(matches(withSignature('text', signature))).toBe(false);
        }
      }
    }
  });

  test('does not match another text, key, hash, length or bit', () => {
    fc.assert(
      fc.property(sizes, secrets, inputs, fc.nat(), (bits, secret, text, at) => {
        const key = createSecretKey(secret);
        const { matches } = bindHmac(bits, key);
        const mac = reference(bits, secret, text);
        const good = mac.toString('base64url');
        const flipped = Buffer.from(mac);
        const i = at % mac.length;
        flipped[i] = (flipped[i] ?? 0) ^ (1 << (at % 8));
        const longer = createSecretKey(Buffer.concat([secret, mac]));

        expect(matches(withSignature(`${text}a`, good))).toBe(false);
        expect(bindHmac(bits, longer).matches(withSignature(text, good))).toBe(false);
        expect(bindHmac(bits === 256 ? 512 : 256, key).matches(withSignature(text, good))).toBe(
          false,
        );
        for (const other of [
          flipped,
          mac.subarray(1),
          mac.subarray(0, -1),
          Buffer.concat([mac, Buffer.from([0])]),
          Buffer.alloc(0),
        ]) {
          expect(matches(withSignature(text, other.toString('base64url')))).toBe(false);
        }
      }),
    );
  });
});
