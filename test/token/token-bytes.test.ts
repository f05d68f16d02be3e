import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  bytesOf,
  holdText,
  MAX_SHARED_LENGTH,
  putInFront,
  type SignedText,
  TEXT_START,
  viewOf,
  wipeBytes,
} from '../../src/core/encoding/token-bytes.ts';
import { clearKeyCache, createVerifier } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { tokenOf } from '../fixtures/tokens.ts';

const signed = (text: string): SignedText => ({ text, end: 0 });
const read = (bytes: Buffer, length: number, start = TEXT_START) =>
  bytes.toString('latin1', start, start + length);

/** Lengths on both sides of the shared memory. */
const lengths = fc.oneof(
  fc.nat(300),
  fc.integer({ min: MAX_SHARED_LENGTH - 5, max: MAX_SHARED_LENGTH + 5 }),
  fc.constant(20_000),
);
const ascii = fc
  .tuple(lengths, fc.constantFrom('a', 'Z9', '-_.', '\0\x7f~'))
  .map(([length, unit]) => unit.repeat(length / unit.length + 1).slice(0, length));
const foreign = fc.constantFrom('\x80', 'é', 'ÿ', '\u0141', '\u20ac', '\uff21', '🔑', '\ud800');

beforeEach(wipeBytes);

describe('holdText', () => {
  it('returns true for ASCII, and its bytes are those of the text', () => {
    fc.assert(
      fc.property(ascii, (text) => {
        const token = signed(text);
        expect(holdText(token)).toBe(true);
        expect(read(bytesOf(token), text.length) === text).toBe(true);
      }),
    );
  });

  it('returns false for text with any other character, at any index', () => {
    fc.assert(
      fc.property(ascii, fc.array(fc.tuple(foreign, fc.nat()), { minLength: 1 }), (text, edits) => {
        const changed = edits.reduce((text, [character, at]) => {
          const i = at % (text.length + 1);
          return text.slice(0, i) + character + text.slice(i + character.length);
        }, text);
        expect(holdText(signed(changed))).toBe(false);
      }),
    );
  });

  it.each(['\x80', '\u20ac', '🔑', '\ud800'])(
    'returns false for text that the memory cuts off inside of %j',
    (character) => {
      for (let count = 1; count <= MAX_SHARED_LENGTH; count *= 2) {
        const rest = character.repeat(count).slice(0, MAX_SHARED_LENGTH - 1);
        for (const length of [MAX_SHARED_LENGTH - 1, MAX_SHARED_LENGTH, MAX_SHARED_LENGTH + 1]) {
          expect(holdText(signed('a'.repeat(length - rest.length) + rest))).toBe(false);
          expect(holdText(signed(rest + 'a'.repeat(length - rest.length)))).toBe(false);
        }
      }
    },
  );
});

describe('bytesOf', () => {
  it('returns the text of its argument, whatever it held meanwhile', () => {
    fc.assert(
      fc.property(
        fc.array(ascii, { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat()),
        (all, order) => {
          const tokens = all.map(signed);
          for (const i of order) {
            const token = tokens[i % tokens.length] ?? signed('');
            expect(read(bytesOf(token), token.text.length) === token.text).toBe(true);
          }
        },
      ),
    );
  });

  it('returns memory with the key that was put in front last, and no other', () => {
    const keys = [1, 2, 3].map((value) => Buffer.alloc(value === 3 ? 128 : 64, value));
    const step = fc.tuple(fc.constantFrom(...keys), ascii);
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        for (const [key, text] of steps) {
          const bytes = bytesOf(signed(text));
          putInFront(key);
          const front = bytes.subarray(TEXT_START - key.length, TEXT_START);
          expect(front.equals(key)).toBe(true);
          expect(read(bytes, text.length) === text).toBe(true);
        }
      }),
    );
  });
});

describe('viewOf', () => {
  it('returns a view of the part, again after more views than are kept', () => {
    const bytes = bytesOf(signed('abcdefgh'.repeat(1024)));
    for (let round = 0; round < 2; round++) {
      for (let end = TEXT_START; end < TEXT_START + 1500; end++) {
        const view = viewOf(bytes, TEXT_START, end);
        expect(view.length).toBe(end - TEXT_START);
        expect(view.byteOffset).toBe(bytes.byteOffset + TEXT_START);
      }
    }
    const pairs = fc.tuple(fc.nat(8000), fc.nat(300));
    fc.assert(
      fc.property(pairs, ([start, length]) => {
        const view = viewOf(bytes, start, start + length);
        expect(view).toEqual(bytes.subarray(start, start + length));
      }),
    );
  });

  it('returns a view that shows the text of later calls', () => {
    const view = viewOf(bytesOf(signed('first')), TEXT_START, TEXT_START + 5);
    holdText(signed('x'.repeat(20_000)));
    expect(view.toString()).toBe('first');
    holdText(signed('later'));
    expect(view.toString()).toBe('later');
  });
});

describe('wipeBytes', () => {
  it('overwrites text and key, and later calls write both again', () => {
    const token = signed('a token');
    const key = Buffer.alloc(64, 7);
    const bytes = bytesOf(token);
    putInFront(key);
    wipeBytes();
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    expect(read(bytesOf(token), 7)).toBe('a token');
    putInFront(key);
    expect(bytes.subarray(TEXT_START - 64, TEXT_START)).toEqual(key);
  });

  it('is called by clearKeyCache', () => {
    const token = tokenOf({ sub: 'ada' });
    const verify = createVerifier(secret);
    verify(token);
    const bytes = bytesOf(signed(''));
    expect(read(bytes, token.length)).toBe(token);
    clearKeyCache();
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    expect(verify(token)).toEqual({ sub: 'ada' });
  });
});
