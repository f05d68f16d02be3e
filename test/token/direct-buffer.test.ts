import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { direct, documented, hasDirect } from '../../src/core/encoding/direct-buffer.ts';

const SIZE = 64;
const offsets = fc.nat(SIZE);
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 90 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(...'ABgw09-_+/=. \n\0Łé🔑\ud800'), maxLength: 90 }),
);

/** What a write returns, and the memory after it. */
function written(write: (bytes: Buffer) => number): unknown {
  const bytes = Buffer.alloc(SIZE, 0xaa);
  return [write(bytes), bytes.toString('hex')];
}

describe('the methods without checks', () => {
  it('are in Node.js', () => {
    expect(hasDirect).toBe(true);
  });

  it.each(['writeUtf8', 'writeLatin1'] as const)('%s as the documented ones', (name) => {
    fc.assert(
      fc.property(texts, offsets, (text, offset) => {
        const byDirect = written((bytes) => direct[name](bytes, text, offset));
        expect(byDirect).toEqual(written((bytes) => documented[name](bytes, text, offset)));
      }),
      { numRuns: 1000 },
    );
  });

  it('writeBase64url as the documented ones', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const byDirect = written((bytes) => direct.writeBase64url(bytes, text));
        expect(byDirect).toEqual(written((bytes) => documented.writeBase64url(bytes, text)));
      }),
      { numRuns: 1000 },
    );
  });

  it.each(['readUtf8', 'readBase64url'] as const)('%s as the documented ones', (name) => {
    const bytes = fc.uint8Array({ minLength: SIZE, maxLength: SIZE });
    fc.assert(
      fc.property(bytes, offsets, (data, end) => {
        const buffer = Buffer.from(data);
        expect(direct[name](buffer, end)).toBe(documented[name](buffer, end));
      }),
    );
  });
});
