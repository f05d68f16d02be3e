import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  decodeBase64url,
  decodeInto,
  encodeBase64url,
  isBase64url,
} from '../../src/core/encoding/base64url.ts';

const bytes = fc.uint8Array({ maxLength: 200 });

describe('base64url', () => {
  test.each([
    ['', ''],
    ['f', 'Zg'],
    ['fo', 'Zm8'],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg'],
    ['fooba', 'Zm9vYmE'],
    ['foobar', 'Zm9vYmFy'],
  ])('has the vectors of RFC 4648 §10 without padding: %j', (text, encoded) => {
    expect(encodeBase64url(text)).toBe(encoded);
    expect(isBase64url(encoded)).toBe(true);
    expect(decodeBase64url(encoded).toString()).toBe(text);
  });

  test('has the example of RFC 7515 appendix C', () => {
    expect(encodeBase64url(new Uint8Array([3, 236, 255, 224, 193]))).toBe('A-z_4ME');
    expect([...decodeBase64url('A-z_4ME')]).toEqual([3, 236, 255, 224, 193]);
  });

  test('encodes as Node.js does, and decodes what it encoded', () => {
    fc.assert(
      fc.property(bytes, (data) => {
        const encoded = encodeBase64url(data);
        expect(encoded).toBe(Buffer.from(data).toString('base64url'));
        expect(isBase64url(encoded)).toBe(true);
        expect([...decodeBase64url(encoded)]).toEqual([...data]);
      }),
    );
  });

  test('encodes the bytes of a view, not those around it', () => {
    const { buffer } = new Uint8Array([1, 2, 3, 4, 5, 6]);
    expect(encodeBase64url(new Uint8Array(buffer, 2, 3))).toBe('AwQF');
  });

  test('encodes strings as UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(encodeBase64url(text)).toBe(Buffer.from(text, 'utf8').toString('base64url'));
      }),
    );
  });

  test('accepts a string only if it is the encoding of its own bytes', () => {
    const character = fc.constantFrom(...'ABQYZagwxz0189-_+/= \n.ö€');
    const text = fc.oneof(
      fc.string({ unit: character, maxLength: 12 }),
      fc.string({ unit: fc.constantFrom(...'ABCDQghwxyz-_'), maxLength: 12 }),
      fc.string({ unit: 'binary', maxLength: 12 }),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        const canonical = Buffer.from(candidate, 'base64url').toString('base64url') === candidate;
        expect(isBase64url(candidate)).toBe(canonical);
      }),
      { numRuns: 1000 },
    );
  });

  it('decodes ASCII into memory exactly if isBase64url accepts it', () => {
    const letter = fc.constantFrom(...'ABQYZagwxz0189-_');
    const foreign = fc.constantFrom(...'+/= \n\t\0.~', '\x7f');
    const text = fc.oneof(
      bytes.map((data) => Buffer.from(data).toString('base64url')),
      fc.string({ unit: letter, maxLength: 40 }),
      fc.string({ unit: fc.oneof({ weight: 9, arbitrary: letter }, foreign), maxLength: 40 }),
    );
    const seen = { accepted: 0, rejected: 0 };
    fc.assert(
      fc.property(text, (candidate) => {
        const target = Buffer.alloc(300, 0xaa);
        const length = decodeInto(target, candidate);
        seen[length < 0 ? 'rejected' : 'accepted']++;
        expect(length >= 0).toBe(isBase64url(candidate));
        if (length < 0) return;
        expect(target.subarray(0, length)).toEqual(decodeBase64url(candidate));
        expect(target[length]).toBe(0xaa);
      }),
      { numRuns: 3000 },
    );
    expect(Math.min(seen.accepted, seen.rejected)).toBeGreaterThan(300);
  });

  it('decodes no ASCII character in place of another, at every index', () => {
    const target = Buffer.alloc(64);
    for (const valid of ['abcdefgh', 'abcdefghij', 'abcdefghijA', 'abcdefghijk']) {
      for (let code = 0; code < 0x80; code++) {
        for (let i = 0; i < valid.length; i++) {
          const text = valid.slice(0, i) + String.fromCharCode(code) + valid.slice(i + 1);
          expect(decodeInto(target, text) >= 0).toBe(isBase64url(text));
        }
      }
    }
  });

  test('rejects unused trailing bits that are not zero', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const accepted = (start: string) => [...alphabet].filter((last) => isBase64url(start + last));
    expect(accepted('A')).toEqual(['A', 'Q', 'g', 'w']);
    expect(accepted('AA')).toHaveLength(16);
    expect(accepted('AAA')).toHaveLength(64);
    expect(accepted('')).toEqual([]);
    expect(accepted('AAAA')).toEqual([]);
  });

  test('rejects every other character at every index', () => {
    const valid = 'abcdefgh';
    const letters = new Set('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
    for (let code = 0; code < 0x250; code++) {
      const character = String.fromCharCode(code);
      for (let i = 0; i < valid.length; i++) {
        const text = valid.slice(0, i) + character + valid.slice(i + 1);
        expect(isBase64url(text)).toBe(letters.has(character));
      }
    }
    for (const character of ['\u{ff21}', '\u{10041}', '\ud800', '\uffff', '\u0141']) {
      expect(isBase64url(`abc${character}`)).toBe(false);
    }
  });
});
