import { describe, expect, test } from 'vitest';
import {
  type Algorithm,
  createSigner,
  createVerifier,
  type KeyInput,
  verify,
} from '../../src/index.ts';
import { mlDsa } from '../algorithms/pairs.ts';
import { algorithmKeys, rsaPss } from '../fixtures/keys.ts';
import { thrownBy } from '../keys/doors.ts';

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

describe.each(rows)('a good token of $alg', ({ alg, signing, verifying }) => {
  const claims = { sub: 'ada', admin: false };
  const token = createSigner(signing, { algorithm: alg, noTimestamp: true })(claims);
  const verifier = createVerifier(verifying, { algorithms: [alg] });
  const lenient = createVerifier(verifying);
  // Signatures of several kilobytes are sampled, and so are the bits of those that verify slowly.
  const stride = token.length > 2000 ? 17 : 1;
  const bitStride = alg === 'ES384' || alg === 'ES512' ? 7 : stride;

  test('is accepted as it is', () => {
    expect(verifier(token)).toEqual(claims);
    expect(verify(token, verifying)).toEqual(claims);
  });

  test('is refused after a change of any one character', () => {
    for (let i = 0; i < token.length; i += stride) {
      for (const text of replacements(token, i)) {
        const changed = token.slice(0, i) + text + token.slice(i + 1);
        expect(thrownBy(() => verifier(changed)).name).toBe('JsonWebTokenError');
      }
    }
  });

  test('is refused after a change of any one character where no algorithm was named', () => {
    for (let i = 0; i < token.length; i += stride) {
      for (const text of replacements(token, i).slice(0, 1)) {
        const changed = token.slice(0, i) + text + token.slice(i + 1);
        expect(thrownBy(() => lenient(changed)).name).toBe('JsonWebTokenError');
        expect(() => verify(changed, verifying)).toThrow();
      }
    }
  });

  test('is refused with one character more at any place', () => {
    for (let i = 0; i <= token.length; i += stride) {
      for (const text of ['A', '.', token.charAt(i) || '_']) {
        const changed = token.slice(0, i) + text + token.slice(i);
        expect(thrownBy(() => verifier(changed)).name).toBe('JsonWebTokenError');
      }
    }
  });

  test('is refused with any bit of its signature flipped', () => {
    const start = token.slice(0, token.lastIndexOf('.') + 1);
    const signature = Buffer.from(token.slice(start.length), 'base64url');
    for (let bit = 0; bit < signature.length * 8; bit += bitStride) {
      const changed = Buffer.from(signature);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(thrownBy(() => verifier(start + changed.toString('base64url')))).toMatchObject({
        message: 'invalid signature',
        code: 'ERR_SIGNATURE_INVALID',
      });
    }
  });

  test('is refused when cut anywhere', () => {
    for (let i = 0; i < token.length; i += stride) {
      expect(thrownBy(() => verifier(token.slice(0, i))).name).toBe('JsonWebTokenError');
      expect(thrownBy(() => verifier(token.slice(token.length - i))).name).toBe(
        'JsonWebTokenError',
      );
    }
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
