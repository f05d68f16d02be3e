/** The rules about a proof, in the order in which they are checked (RFC 9449 §4.3). */

import { describe, expect, it } from 'vitest';
import { createDpop } from '../../src/dpop/index.ts';
import { thumbprint } from '../../src/jwk/index.ts';
import { ec, ed448, ed25519, oddNumber, rsa } from '../fixtures/keys.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import {
  accessToken,
  type Changes,
  fakeStore,
  jkt,
  NOW,
  origin,
  proofOf,
  publicJwk,
  rejection,
  signed,
  verify,
} from './setup.ts';

const seconds = NOW / 1000;

describe('a proof', () => {
  it('is accepted with the method, the URL, the token and the key of the request', async () => {
    await expect(verify()).resolves.toBeUndefined();
  });

  it.each([
    ['ES256', () => ec()],
    ['ES384', () => ec('P-384')],
    ['ES512', () => ec('P-521')],
    ['ES256K', () => ec('secp256k1')],
    ['EdDSA', ed25519],
    ['Ed25519', ed25519],
    ['Ed448', ed448],
    ['RS256', rsa],
    ['PS256', rsa],
    ['PS512', rsa],
  ] as const)('is accepted with %s', async (alg, keys) => {
    const { privateKey, publicKey } = keys();
    const proof = proofOf({ alg, key: privateKey });
    await expect(verify({ proof, jkt: thumbprint(publicKey) })).resolves.toBeUndefined();
  });

  it('is required: a request without one is rejected with ERR_PROOF_MISSING', async () => {
    expect(await rejection({ proof: undefined })).toMatchObject({
      code: 'ERR_PROOF_MISSING',
      message: 'the request has no "DPoP" header',
    });
  });

  it('is one field: two are rejected, joined or in a list', async () => {
    const [one, two] = [proofOf(), proofOf()];
    const expected = { code: 'ERR_PROOF_INVALID', message: expect.stringContaining('one "DPoP"') };
    expect(await rejection({ proof: `${one}, ${two}` })).toMatchObject(expected);
    const headers = { dpop: [one, two] };
    expect(await rejection({ proof: undefined, headers })).toMatchObject(expected);
  });

  it('is read from Headers of fetch as well', async () => {
    const dpop = createDpop({ replay: fakeStore(), origin, clock: () => NOW });
    const headers = new Headers({ dpop: proofOf() });
    const request = new Request(`${origin}/me?page=2`, { headers });
    await expect(dpop.verify(request, { token: accessToken, jkt: jkt() })).resolves.toBeUndefined();
  });

  it('has at most 8,192 characters', async () => {
    const filled = (length: number) => {
      const base = proofOf({ claims: { jti: 'a', fill: '' } }).length;
      return proofOf({
        claims: { jti: 'a', fill: 'x'.repeat(Math.floor(((length - base) * 3) / 4)) },
      });
    };
    const [short, long] = [filled(8190), filled(8196)];
    expect(short.length).toBeLessThanOrEqual(8192);
    expect(short.length).toBeGreaterThan(8186);
    expect(long.length).toBeGreaterThan(8192);
    await expect(verify({ proof: short })).resolves.toBeUndefined();
    expect((await rejection({ proof: long })).message).toContain('8192 characters');
  });
});

describe('a proof is rejected with ERR_PROOF_INVALID', () => {
  const noJwk = { header: { jwk: undefined } };
  const members = (change: object): Changes => ({
    header: { jwk: { ...publicJwk(ec().privateKey), ...change } },
  });
  it.each<[rule: string, changes: Changes, message: string]>([
    ['without "typ"', { header: { typ: undefined } }, 'typ'],
    ['with the "typ" of another token', { header: { typ: 'at+jwt' } }, 'typ'],
    ['with a critical extension', { header: { crit: ['exp'] } }, '"crit"'],
    ['without "jwk"', noJwk, '"jwk"'],
    ['with a "jwk" that is no object', { header: { jwk: 'key' } }, '"jwk"'],
    ['with a "jwk" that is a list', { header: { jwk: [publicJwk(ec().publicKey)] } }, '"jwk"'],
    ['with a "jwk" without "kty"', members({ kty: undefined }), '"jwk"'],
    ['with a "jwk" of an unknown type', members({ kty: 'constructor' }), '"jwk"'],
    ['with a "jwk" without "y"', members({ y: undefined }), '"y"'],
    ['with a "jwk" of a number', members({ x: 1 }), '"x"'],
    ['with a private "jwk"', members({ d: 'AAAA' }), '"jwk"'],
    ['with a secret as "jwk"', { header: { jwk: { kty: 'oct', k: 'AAAA' } } }, '"jwk"'],
    ['without "jti"', { claims: { jti: undefined } }, '"jti"'],
    ['with an empty "jti"', { claims: { jti: '' } }, '"jti"'],
    ['with a "jti" of 257 characters', { claims: { jti: 'x'.repeat(257) } }, '"jti"'],
    ['with a "jti" that is a number', { claims: { jti: 1 } }, '"jti"'],
    ['without "htm"', { claims: { htm: undefined } }, '"htm"'],
    ['with another "htm"', { claims: { htm: 'POST' } }, '"htm"'],
    ['with "htm" in lower case', { claims: { htm: 'get' } }, '"htm"'],
    ['without "htu"', { claims: { htu: undefined } }, '"htu"'],
    ['with another "htu"', { claims: { htu: `${origin}/you` } }, '"htu"'],
    ['with an "htu" that is no string', { claims: { htu: [`${origin}/me`] } }, '"htu"'],
    ['without "iat"', { claims: { iat: undefined } }, '"iat"'],
    ['with an "iat" that is no number', { claims: { iat: String(seconds) } }, 'iat'],
    ['without "ath"', { claims: { ath: undefined } }, '"ath"'],
    ['with the "ath" of another token', { claims: { ath: 'A'.repeat(43) } }, '"ath"'],
    ['that has expired by "exp"', { claims: { exp: seconds - 60 } }, 'expired'],
    ['that is not active by "nbf"', { claims: { nbf: seconds + 60 } }, 'not active'],
  ])('%s', async (_, changes, message) => {
    const error = await rejection({ proof: proofOf(changes) });
    expect(error).toMatchObject({ name: 'JsonWebTokenError', code: 'ERR_PROOF_INVALID' });
    expect(error.message).toMatch(/^invalid DPoP proof: /);
    expect(error.message).toContain(message);
  });

  it.each(['', 'proof', 'a.b', 'a.b.c', 'a.b.c.d.e', `${proofOf()} `, `"${proofOf()}"`])(
    'that is no JWT: %#',
    async (proof) => {
      expect((await rejection({ proof })).code).toBe('ERR_PROOF_INVALID');
    },
  );

  it('with a payload that is no object', async () => {
    const { privateKey } = ec();
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: publicJwk(privateKey) };
    for (const payload of ['[]', 'null', '"text"', '{"jti":"a","jti":"b"}']) {
      const proof = signed(header, payload, privateKey, 'ES256');
      expect((await rejection({ proof })).code).toBe('ERR_PROOF_INVALID');
    }
  });

  it('with an algorithm that is not listed, and with one that the key does not fit', async () => {
    const options = { algorithms: ['EdDSA' as const] };
    expect((await rejection({ options })).message).toContain('invalid algorithm');
    const proof = proofOf({ header: { alg: 'ES384' } });
    expect((await rejection({ proof })).message).toContain('requires curve');
  });

  it.each([
    [1024, 'minimum key size of 2048 bits'],
    [4096, 'invalid signature'],
    [4104, 'longer than 4096 bits'],
  ])('with an RSA key of %i bits: %s', async (bits, message) => {
    const jwk = { kty: 'RSA', n: oddNumber(bits / 8), e: 'AQAB' };
    const proof = proofOf({ header: { alg: 'RS256', jwk } });
    const error = await rejection({ proof, jkt: thumbprint(jwk) });
    expect(error.code).toBe('ERR_PROOF_INVALID');
    expect(error.message).toContain(message);
  });

  it('and the error of the broken rule as the cause', async () => {
    const error = await rejection({ proof: proofOf({ header: { typ: 'JWT' } }) });
    expect(error.cause).toMatchObject({ code: 'ERR_HEADER_TYP' });
    expect(Object.keys(error)).not.toContain('cause');
  });
});

describe('the key of a proof', () => {
  it('must have the thumbprint in "cnf", else ERR_PROOF_MISMATCH', async () => {
    const error = await rejection({
      proof: proofOf({ key: ec('P-384').privateKey, alg: 'ES384' }),
    });
    expect(error).toMatchObject({ name: 'JsonWebTokenError', code: 'ERR_PROOF_MISMATCH' });
  });

  it('is compared before the signature', async () => {
    const proof = `${proofOf().slice(0, -4)}AAAA`;
    expect((await rejection({ proof })).message).toBe('invalid DPoP proof: invalid signature');
    expect((await rejection({ proof, jkt: 'A'.repeat(43) })).code).toBe('ERR_PROOF_MISMATCH');
  });

  it('can have members that say more, and absent ones as null', async () => {
    const jwk = {
      ...publicJwk(ec().privateKey),
      kid: 'a',
      use: 'sig',
      key_ops: ['verify'],
      d: null,
    };
    await expect(verify({ proof: proofOf({ header: { jwk } }) })).resolves.toBeUndefined();
  });

  it('is another one for each "cnf", also with a cache', async () => {
    const dpop = createDpop({ replay: fakeStore(), origin, clock: () => NOW });
    const bound = [ec(), ed25519()].map((pair) => ({
      key: pair.privateKey,
      alg: pair === ec() ? ('ES256' as const) : ('EdDSA' as const),
      jkt: thumbprint(pair.publicKey),
    }));
    for (const { key, alg } of bound) {
      for (const other of bound) {
        const request = { method: 'GET', url: '/me', headers: { dpop: proofOf({ key, alg }) } };
        const verified = dpop.verify(request, { token: accessToken, jkt: other.jkt });
        if (other.key === key) await expect(verified).resolves.toBeUndefined();
        else expect((await rejectionOf(verified)).code).toBe('ERR_PROOF_MISMATCH');
      }
    }
  });
});

describe('the time of a proof without a nonce', () => {
  it.each([
    [-70, false],
    [-69, true],
    [0, true],
    [10, true],
    [11, false],
  ])('is accepted %i s from now: %s', async (offset, isAccepted) => {
    const proof = proofOf({ claims: { iat: seconds + offset } });
    const result = verify({ proof }).then(
      () => 'accepted',
      ({ code }) => code,
    );
    expect(await result).toBe(isAccepted ? 'accepted' : 'ERR_PROOF_INVALID');
  });

  it('follows "maxAge" and "tolerance"', async () => {
    const options = { maxAge: '5m', tolerance: 0 } as const;
    const at = (offset: number) => proofOf({ claims: { iat: seconds + offset } });
    await expect(verify({ proof: at(-299), options })).resolves.toBeUndefined();
    expect((await rejection({ proof: at(-300), options })).code).toBe('ERR_PROOF_INVALID');
    expect((await rejection({ proof: at(1), options })).code).toBe('ERR_PROOF_INVALID');
  });

  it('ignores a nonce if the server uses none', async () => {
    const proof = proofOf({ claims: { nonce: 'of another server' } });
    await expect(verify({ proof })).resolves.toBeUndefined();
  });
});
