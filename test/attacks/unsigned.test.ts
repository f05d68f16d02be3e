/** K4: an unsigned token passes only where the caller said so by name and gave no key. */

import { describe, expect, test } from 'vitest';
import {
  createSigner,
  createVerifier,
  type JwtPayload,
  sign,
  verify,
  verifyAsync,
} from '../../src/index.ts';
import { ec, rsa, secret } from '../fixtures/keys.ts';
import { base64url, forge, segment } from '../fixtures/tokens.ts';
import {
  acceptedBy,
  preparedVerifyApis,
  rejectionBy,
  verifyApis,
} from '../fixtures/verify-apis.ts';

const claims = { sub: 'admin' };
const unsigned = (header: object) => `${segment(header)}.${segment(claims)}.`;

/** All 16 mixtures of upper and lower case. */
const mixtures = Array.from({ length: 16 }, (_, bits) =>
  [...'none'].map((letter, i) => (bits & (1 << i) ? letter.toUpperCase() : letter)).join(''),
);
const spellings = [
  ...mixtures,
  'none ',
  ' none',
  'none\0',
  'none\n',
  'n\u043Ene',
  'ｎｏｎｅ',
  'no\u200Bne',
  '',
  'null',
  'undefined',
  'plain',
];
const keys = [secret, secret.toString('hex'), rsa().publicKey, ec().publicKey];
const lists = [undefined, ['none'], ['HS256', 'none'], ['none', 'RS256'], ['nOnE'], ['NONE']];

describe('an unsigned token is refused beside a key (CVE-2022-23540, CVE-2015-9235)', () => {
  for (const alg of spellings) {
    test(`alg ${JSON.stringify(alg)}`, async () => {
      for (const key of keys) {
        for (const algorithms of lists) {
          const options = algorithms ? { algorithms } : {};
          for (const header of [{ alg }, { alg, typ: 'JWT' }, { typ: 'JWT', alg, kid: 'none' }]) {
            expect(await acceptedBy(verifyApis, unsigned(header), key, options)).toEqual([]);
            expect(await acceptedBy(verifyApis, `${unsigned(header)}AA`, key, options)).toEqual([]);
            expect(
              await acceptedBy(verifyApis, forge(header, claims, secret), key, options),
            ).toEqual([]);
            expect(
              await acceptedBy(verifyApis, forge(header, claims, Buffer.alloc(0)), key, options),
            ).toEqual([]);
          }
        }
      }
    });
  }
});

describe('an empty signature is refused, whatever the header says (CVE-2020-28042)', () => {
  for (const alg of ['HS256', 'HS512', 'RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519', 'none']) {
    test(alg, async () => {
      for (const key of keys) {
        for (const options of [{}, { algorithms: [alg] }, { algorithms: [alg, 'none'] }]) {
          expect(await acceptedBy(verifyApis, unsigned({ alg }), key, options)).toEqual([]);
        }
      }
    });
  }
});

describe('no key does not mean none', () => {
  for (const key of [undefined, null, '', 0, false, Number.NaN]) {
    test(`key ${JSON.stringify(key)} (${typeof key})`, async () => {
      for (const alg of ['none', 'HS256', 'RS256', 'ES256']) {
        for (const options of [
          {},
          { algorithms: ['HS256'] },
          { algorithms: ['HS256', 'RS256', 'ES256'] },
        ]) {
          expect(await acceptedBy(verifyApis, unsigned({ alg }), key, options)).toEqual([]);
          expect(
            await acceptedBy(verifyApis, forge({ alg }, claims, Buffer.alloc(0)), key, options),
          ).toEqual([]);
          expect(
            await acceptedBy(
              verifyApis,
              forge({ alg }, claims, Buffer.from(String(key))),
              key,
              options,
            ),
          ).toEqual([]);
        }
      }
    });
  }

  test('a signed alg with an empty signature does not pass where none is listed beside it', async () => {
    for (const alg of ['HS256', 'RS256', 'ES256', 'EdDSA']) {
      for (const key of [undefined, null, '']) {
        for (const algorithms of [[alg, 'none'], ['none', alg], ['none']]) {
          expect(await acceptedBy(verifyApis, unsigned({ alg }), key, { algorithms })).toEqual([]);
        }
      }
    }
  });

  test('a key source that finds nothing never lets an unsigned token in', async () => {
    for (const answer of [undefined, null, '', [], [undefined], [null], false, 0]) {
      for (const algorithms of [undefined, ['none'], ['HS256', 'none']]) {
        const options = algorithms ? { algorithms } : {};
        const sources = verifyApis.filter(({ source }) => source);
        expect(await acceptedBy(sources, unsigned({ alg: 'none' }), answer, options)).toEqual([]);
        expect(await acceptedBy(sources, unsigned({ alg: 'HS256' }), answer, options)).toEqual([]);
        expect(
          await acceptedBy(sources, forge({ alg: 'none' }, claims, secret), answer, options),
        ).toEqual([]);
      }
    }
  });
});

describe('where the caller says none and has no key', () => {
  const token = unsigned({ alg: 'none' });

  test('an unsigned token passes', async () => {
    expect(verify(token, null, { algorithms: ['none'] })).toEqual(claims);
    expect(await verifyAsync(token, undefined, { algorithms: ['none'] })).toEqual(claims);
    const verifier = createVerifier(null, { algorithms: ['none'] }) as (
      token: string,
    ) => JwtPayload;
    expect(verifier(token)).toEqual(claims);
  });

  test('a token with a signature does not, of whatever kind', async () => {
    const plain = verifyApis.filter(({ source }) => !source);
    for (const alg of ['none', 'HS256', 'RS256']) {
      for (const key of [undefined, null]) {
        const forged = [
          forge({ alg }, claims, secret),
          forge({ alg }, claims, Buffer.alloc(0)),
          `${unsigned({ alg })}${base64url('x')}`,
        ];
        for (const text of forged)
          expect(await acceptedBy(plain, text, key, { algorithms: ['none'] })).toEqual([]);
      }
    }
  });

  test('its claims are still judged', () => {
    const expired = `${segment({ alg: 'none' })}.${segment({ exp: 1 })}.`;
    expect(() => verify(expired, null, { algorithms: ['none'] })).toThrow('jwt expired');
    const verifier = createVerifier(null, { algorithms: ['none'] }) as (token: string) => unknown;
    expect(() => verifier(expired)).toThrow('jwt expired');
  });

  test('the prepared door refuses none beside other algorithms, a key or a source', () => {
    for (const key of [undefined, null]) {
      expect(() => createVerifier(key, { algorithms: ['none', 'HS256'] as never })).toThrow(
        TypeError,
      );
    }
    for (const key of [secret, '', () => secret, async () => null]) {
      expect(() => createVerifier(key as never, { algorithms: ['none'] })).toThrow(TypeError);
    }
  });
});

describe('signing', () => {
  test('an unsigned token is only made where the option says so by name', () => {
    expect(() => sign(claims, secret, { header: { alg: 'none' } })).toThrow(/algorithm/);
    expect(() => sign(claims, null as never, { header: { alg: 'none' } } as never)).toThrow();
    for (const key of [undefined, null, '']) {
      expect(() => sign(claims, key as never)).toThrow('secretOrPrivateKey must have a value');
      expect(() => createSigner(key as never)).toThrow(TypeError);
    }
    expect(() => createSigner(secret, { algorithm: 'none' })).toThrow(TypeError);
    expect(() => createSigner(secret, { header: { alg: 'none' } })).toThrow(TypeError);
  });

  test('an oct JWK that says alg none makes and takes no unsigned token', async () => {
    const jwk = { kty: 'oct', k: secret.toString('base64url'), alg: 'none' };
    expect(() => createSigner(jwk)).toThrow(TypeError);
    for (const token of [
      unsigned({ alg: 'none' }),
      `${unsigned({ alg: 'none' })}AA`,
      forge({ alg: 'none' }, claims, secret),
    ]) {
      for (const options of [{}, { algorithms: ['none'] }, { algorithms: ['HS256', 'none'] }]) {
        expect(await acceptedBy(verifyApis, token, jwk, options)).toEqual([]);
      }
    }
  });
});

test('what refuses an unsigned token is the missing signature, not an accident', async () => {
  for (const door of preparedVerifyApis) {
    const { code } = await rejectionBy(door, unsigned({ alg: 'HS256' }), secret);
    expect(code).toBe('ERR_SIGNATURE_MISSING');
  }
});
