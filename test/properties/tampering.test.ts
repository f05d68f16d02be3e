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

/** What may stand in the place of a character: others of the alphabet, and what is not in it. */
function replacements(token: string, at: number): string[] {
  const character = token.charAt(at);
  const i = alphabet.indexOf(character);
  const others = i < 0 ? ['A'] : [1, 1 << ((at % 5) + 1)].map((bits) => alphabet.charAt(i ^ bits));
  return [...others, '.', '=', '+', '/', ' ', '\n', 'é', ''].filter((text) => text !== character);
}

const places = (token: string, stride: number) =>
  [...token].flatMap((_, i) => (i % stride === 0 ? [i] : []));

/** The tokens that were not refused with an error of the class. */
function survivors(
  tokens: string[],
  check: (token: string) => unknown,
  refusal: new (...args: never[]) => Error = JsonWebTokenError,
): string[] {
  return tokens.filter((token) => {
    try {
      check(token);
      return true;
    } catch (error) {
      return !(error instanceof refusal);
    }
  });
}

describe.each(rows)('a good token of $alg', ({ alg, signing, verifying }) => {
  const claims = { sub: 'ada', admin: false };
  const token = createSigner(signing, { algorithm: alg, noTimestamp: true })(claims);
  const verifier = createVerifier(verifying, { algorithms: [alg] });
  const lenient = createVerifier(verifying);
  // Signatures of several kilobytes are sampled, and those that verify slowly in all but one test.
  const stride = token.length > 2000 ? 17 : 1;
  const slowStride = alg === 'ES384' || alg === 'ES512' ? 7 : stride;

  test('is accepted as it is', () => {
    expect(verifier(token)).toEqual(claims);
    expect(verify(token, verifying)).toEqual(claims);
  });

  test('is refused after a change of any one character', () => {
    const changed = places(token, stride).flatMap((i) =>
      replacements(token, i).map((text) => token.slice(0, i) + text + token.slice(i + 1)),
    );
    expect(survivors(changed, verifier)).toEqual([]);
  });

  test('is refused after a change of any one character where no algorithm was named', () => {
    const changed = places(token, slowStride).map(
      (i) => token.slice(0, i) + replacements(token, i)[0] + token.slice(i + 1),
    );
    expect(survivors(changed, lenient)).toEqual([]);
    // The classic entrance has a plain Error for a key that does not fit the changed header.
    expect(survivors(changed, (text) => verify(text, verifying), Error)).toEqual([]);
  });

  test('is refused with one character more at any place', () => {
    const changed = places(token, stride).flatMap((i) =>
      ['A', '.', token.charAt(i)].map((text) => token.slice(0, i) + text + token.slice(i)),
    );
    expect(survivors([...changed, `${token}A`, `${token}.`, `${token}=`], verifier)).toEqual([]);
  });

  test('is refused when cut anywhere', () => {
    const cut = places(token, stride).flatMap((i) => [token.slice(0, i), token.slice(i + 1)]);
    expect(survivors(cut, verifier)).toEqual([]);
  });

  test('is refused with any bit of its signature flipped', () => {
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
    expect(survivors(changed, verifier)).toEqual([]);
    expect(() => verifier(changed[0] ?? '')).toThrow('invalid signature');
  });

  test('lends no part to another token of the same key', () => {
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

test('no token passes for another algorithm of the same key', () => {
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
