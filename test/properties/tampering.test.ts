import { describe, expect, test } from 'vitest';
import {
  type Algorithm,
  createSigner,
  createVerifier,
  JsonWebTokenError,
  type KeyInput,
  verify,
} from '../../src/index.ts';
import { mlDsa } from '../algorithms/pairs.ts';
import { algorithmKeys, rsaPss } from '../fixtures/keys.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

interface Row {
  alg: Algorithm;
  signing: KeyInput;
  verifying: KeyInput;
}

const rows: Row[] = [
  ...algorithmKeys.map(({ alg, signing, verifying }) => ({
    alg,
    signing: signing(),
    verifying: verifying(),
  })),
  { alg: 'PS256', signing: rsaPss().privateKey, verifying: rsaPss().publicKey },
  ...mlDsa.map(({ alg, pair }) => ({ alg, signing: pair.privateKey, verifying: pair.publicKey })),
];

/** Replacements of a character: others of the alphabet, and some that are not in it. */
function replacements(token: string, at: number): string[] {
  const character = token.charAt(at);
  const i = alphabet.indexOf(character);
  const others = i < 0 ? ['A'] : [1, 1 << ((at % 5) + 1)].map((bits) => alphabet.charAt(i ^ bits));
  return [...others, '.', '=', '+', '/', ' ', '\n', 'é', ''].filter((text) => text !== character);
}

const places = (token: string, stride: number) =>
  [...token].flatMap((_, i) => (i % stride === 0 ? [i] : []));

/** The tokens that are not rejected with an error of the class. */
function notRejected(
  tokens: string[],
  check: (token: string) => unknown,
  errorClass: new (...args: never[]) => Error = JsonWebTokenError,
): string[] {
  return tokens.filter((token) => {
    try {
      check(token);
      return true;
    } catch (error) {
      return !(error instanceof errorClass);
    }
  });
}

describe.each(rows)('a valid token of $alg', ({ alg, signing, verifying }) => {
  const claims = { sub: 'ada', admin: false };
  const token = createSigner(signing, { algorithm: alg, noTimestamp: true })(claims);
  const verifier = createVerifier(verifying, { algorithms: [alg] });
  const anyAlgorithm = createVerifier(verifying);
  // Signatures of several kilobytes are sampled, and those that verify slowly in all but one test.
  const stride = token.length > 2000 ? 17 : 1;
  const slowStride = alg === 'ES384' || alg === 'ES512' ? 7 : stride;

  test('is accepted', () => {
    expect(verifier(token)).toEqual(claims);
    expect(verify(token, verifying)).toEqual(claims);
  });

  test('is rejected after a change of any character', () => {
    const changed = places(token, stride).flatMap((i) =>
      replacements(token, i).map((text) => token.slice(0, i) + text + token.slice(i + 1)),
    );
    expect(notRejected(changed, verifier)).toEqual([]);
  });

  test('is rejected after a change of any character without the option algorithms', () => {
    const changed = places(token, slowStride).map(
      (i) => token.slice(0, i) + replacements(token, i)[0] + token.slice(i + 1),
    );
    expect(notRejected(changed, anyAlgorithm)).toEqual([]);
    // verify throws a plain Error for a key that does not fit the changed header.
    expect(notRejected(changed, (text) => verify(text, verifying), Error)).toEqual([]);
  });

  test('is rejected with one more character at any index', () => {
    const changed = places(token, stride).flatMap((i) =>
      ['A', '.', token.charAt(i)].map((text) => token.slice(0, i) + text + token.slice(i)),
    );
    expect(notRejected([...changed, `${token}A`, `${token}.`, `${token}=`], verifier)).toEqual([]);
  });

  test('is rejected if cut at any index', () => {
    const cut = places(token, stride).flatMap((i) => [token.slice(0, i), token.slice(i + 1)]);
    expect(notRejected(cut, verifier)).toEqual([]);
  });

  test('is rejected with any bit of its signature flipped', () => {
    const start = token.slice(0, token.lastIndexOf('.') + 1);
    const signature = Buffer.from(token.slice(start.length), 'base64url');
    const bits = Array.from({ length: signature.length * 8 }, (_, bit) => bit);
    const changed = bits
      .filter((bit) => bit % slowStride === 0)
      .map((bit) => {
        const bytes = Buffer.from(signature);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return start + bytes.toString('base64url');
      });
    expect(changed.length).toBeGreaterThan(100);
    expect(notRejected(changed, verifier)).toEqual([]);
    expect(() => verifier(changed[0] ?? '')).toThrow('invalid signature');
  });

  test('is rejected with parts of another token of the same key', () => {
    const other = createSigner(signing, { algorithm: alg, noTimestamp: true, keyid: 'k2' })({
      ...claims,
      admin: true,
    });
    const [mine, theirs] = [token.split('.'), other.split('.')];
    for (let mix = 1; mix < 7; mix++) {
      const parts = mine.map((part, i) => ((mix >> i) & 1 ? theirs[i] : part));
      expect(() => verifier(parts.join('.'))).toThrow('invalid signature');
    }
  });
});

test('rejects a token whose header names another algorithm of the same key', () => {
  for (const { alg, signing, verifying } of rows) {
    const token = createSigner(signing, { algorithm: alg })({});
    const [, payload, signature] = token.split('.');
    for (const other of new Set(rows.map((row) => row.alg))) {
      if (other === alg) continue;
      const header = Buffer.from(JSON.stringify({ alg: other, typ: 'JWT' })).toString('base64url');
      expect(() => createVerifier(verifying)(`${header}.${payload}.${signature}`)).toThrow();
      expect(() => verify(`${header}.${payload}.${signature}`, verifying)).toThrow();
    }
  }
  expect.hasAssertions();
});
