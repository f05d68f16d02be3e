import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { orThrow } from '../../src/core/token/fault.ts';
import { MAX_TOKEN_LENGTH, parseToken, signingInput } from '../../src/core/token/token.ts';
import { createSigner, createVerifier, decode, verify } from '../../src/index.ts';
import { claimsSets } from './json.ts';

const secret = Buffer.alloc(64, 7);
const sign = createSigner(secret, { noTimestamp: true });
const verifier = createVerifier(secret);

/** The bytes that Node.js decodes leniently, and their encoding. */
const bytesOf = (token: string) => token.split('.').map((part) => Buffer.from(part, 'base64url'));
const reencoded = (token: string) =>
  bytesOf(token)
    .map((part) => part.toString('base64url'))
    .join('.');

function parses(token: string): boolean {
  try {
    orThrow(parseToken(token, MAX_TOKEN_LENGTH));
    return true;
  } catch {
    return false;
  }
}

const character = fc.constantFrom(...'ABQgwxyz0189-_.=+/ \n\t\0é');

/** A valid token with a few characters inserted, removed or changed. */
const nearTokens = fc
  .tuple(claimsSets, fc.array(fc.tuple(fc.nat(), character, fc.nat(1)), { maxLength: 3 }))
  .map(([claims, edits]) => {
    return edits.reduce((token, [at, text, width]) => {
      // Most edits near the ends of the parts, where one byte has several spellings.
      const ends = [token.indexOf('.'), token.lastIndexOf('.'), token.length];
      const i = at % 3 ? Math.max(0, (ends[at % 3] ?? 0) - (at % 4)) : at % (token.length + 1);
      return token.slice(0, i) + text + token.slice(i + width);
    }, sign(claims));
  });

describe('a token has one spelling', () => {
  test('that parseToken accepts only if it encodes to itself', () => {
    let parsed = 0;
    fc.assert(
      fc.property(nearTokens, (token) => {
        if (!parses(token)) return;
        parsed++;
        expect(reencoded(token)).toBe(token);
        const { signature, signingInput: input } = orThrow(parseToken(token, MAX_TOKEN_LENGTH));
        expect(`${input}.${signature}`).toBe(token);
      }),
      { numRuns: 1000 },
    );
    expect(parsed).toBeGreaterThan(100);
  });

  test('and every other spelling is rejected by every API', () => {
    let respellings = 0;
    fc.assert(
      fc.property(claimsSets, nearTokens, fc.nat(), fc.nat(), (claims, near, at, pick) => {
        const token = sign(claims);
        const parts = token.split('.');
        const part = parts[at % 3] ?? '';
        const middle = pick % (part.length + 1);
        const other = [
          `${part}=`,
          `${part}==`,
          `${part} `,
          `\n${part}`,
          `${part.slice(0, middle)}\r\n${part.slice(middle)}`,
          `${part}\0`,
          part.replaceAll('-', '+').replaceAll('_', '/'),
          part.slice(0, -1) + nextCharacter(part),
        ][pick % 8];
        const candidates = [
          parts.map((text, i) => (i === at % 3 ? (other ?? text) : text)).join('.'),
          near,
        ];
        for (const candidate of candidates) {
          if (candidate === reencoded(candidate)) continue;
          respellings++;
          expect(() => verifier(candidate)).toThrow();
          expect(() => verify(candidate, secret)).toThrow();
          expect(decode(candidate)).toBeNull();
        }
      }),
      { numRuns: 500 },
    );
    expect(respellings).toBeGreaterThan(300);
  });

  it('in which no character has another with the same low byte', () => {
    const cached = createVerifier(secret, { cache: true });
    const token = sign({ sub: 'ada' });
    cached(token);
    const ranges = fc.constantFrom(0x80, 0x100, 0x200, 0x2100, 0xd800, 0xff00, 0x1f400);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), ranges), { minLength: 1, maxLength: 4 }), (edits) => {
        const text = edits.reduce((text, [at, offset]) => {
          const i = at % text.length;
          const other = String.fromCodePoint((text.charCodeAt(i) & 0x7f) + offset);
          return text.slice(0, i) + other + text.slice(i + 1);
        }, token);
        for (const verify of [verifier, cached]) {
          expect(verify.result(text)).toMatchObject({ ok: false });
        }
        expect(() => verify(text, secret)).toThrow(/^(invalid token|jwt malformed)$/);
        expect(decode(text)).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  test('which signingInput writes from its parts', () => {
    fc.assert(
      fc.property(claimsSets, (claims) => {
        const token = sign(claims);
        const { header, signature } = orThrow(parseToken(token, MAX_TOKEN_LENGTH));
        expect(`${signingInput(header, JSON.stringify(claims))}.${signature}`).toBe(token);
      }),
    );
  });
});

/** Differs from the last character of a part in the lowest bit only. */
function nextCharacter(part: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet.charAt(alphabet.indexOf(part.slice(-1)) ^ 1);
}

test('decode never throws, and returns what a strict parser returns', () => {
  const texts = fc.oneof(nearTokens, fc.string({ unit: 'binary' }), fc.string({ unit: character }));
  fc.assert(
    fc.property(texts, (text) => {
      const decoded = decode(text, { complete: true });
      if (decoded === null) return;
      expect(parses(text)).toBe(true);
      expect(decoded.header).toEqual(JSON.parse(String(bytesOf(text)[0])));
      expect(decoded.signature).toBe(text.split('.')[2]);
    }),
    { numRuns: 1000 },
  );
});
