/** The attack kit finds the holes that versions of other libraries had. */

import { describe, expect, it } from 'vitest';
import { type AttackReport, attack, type SigningFixtures } from '../../src/testing/index.ts';
import { ec, rsa } from '../fixtures/keys.ts';
import { load } from './load.ts';

const iss = 'https://id.example';
const aud = 'api';
const claims = { sub: 'ada', iss, aud };
const pem = String(rsa().publicKey.export({ format: 'pem', type: 'spki' }));
const secret = 'a secret of tests, of 32 bytes or more';
const signed: SigningFixtures = { key: rsa().privateKey, algorithm: 'RS256', claims };
const hashed: SigningFixtures = { key: secret, algorithm: 'HS256', claims };

const ids = (rows: AttackReport['holes']) => rows.map(({ id }) => id);

describe('fast-jwt 6.1.0', () => {
  it('accepts an empty secret from an async key (CVE-2026-44351)', async () => {
    const { createVerifier } = await load('fast-jwt');
    const keys: Record<string, string> = { main: secret };
    const key = async ({ header }: { header: { kid: string } }) => keys[header.kid] ?? '';
    const { holes } = await attack(createVerifier({ key }), { ...hashed, header: { kid: 'main' } });
    expect(ids(holes)).toContain('weak-secret/empty-hs256-unknown-kid');
  });

  it('accepts HS256 with a PEM after white space, and the report is inconclusive (CVE-2026-34950)', async () => {
    const { createVerifier } = await load('fast-jwt');
    const report = await attack(createVerifier({ key: `\n${pem}` }), signed);
    expect(ids(report.holes)).toContain('confusion/hs256-pem-after-line-feed');
    expect(report.inconclusive).toMatch(/the genuine token must be accepted/);
    expect(report.ok).toBe(false);
  });

  it('accepts an array as payload, tokens without iss and aud, and any crit (CVE-2026-35042)', async () => {
    const { createVerifier } = await load('fast-jwt');
    const verify = createVerifier({
      key: pem,
      algorithms: ['RS256'],
      allowedIss: iss,
      allowedAud: aud,
    });
    const { holes, faults, inconclusive } = await attack(verify, signed);
    expect(inconclusive).toBeUndefined();
    expect(ids(holes)).toEqual(expect.arrayContaining(['claims/iss-absent', 'claims/aud-absent']));
    expect(ids(faults)).toEqual(
      expect.arrayContaining(['crit/unknown', 'crit/cnf', 'json/payload-array']),
    );
  });

  it('makes the report inconclusive with a RegExp that has a state (CVE-2026-35040)', async () => {
    const { createVerifier } = await load('fast-jwt');
    const verify = createVerifier({ key: pem, algorithms: ['RS256'], allowedIss: /id\.example/g });
    const report = await attack(verify, signed);
    expect(report.inconclusive).toMatch(/4 times in a row; call 2/);
    expect(report.ok).toBe(false);
    expect(() => report.assert()).toThrow(/inconclusive/);
  });
});

describe('hono 4.11.3', () => {
  it('accepts seven or more wrong types of exp (CVE-2026-44459)', async () => {
    const { verify } = await load('hono-4.11.3/jwt');
    const check = (token: string) => verify(token, pem, { alg: 'RS256', iss, aud });
    const { holes, inconclusive } = await attack(check, signed);
    expect(inconclusive).toBeUndefined();
    const found = ids(holes).filter((id) => id.startsWith('claims/exp-'));
    expect(found.length).toBeGreaterThanOrEqual(7);
    expect(found).toEqual(expect.arrayContaining(['claims/exp-string', 'claims/exp-null']));
  });

  it('accepts RS384 under a JWK without alg (CVE-2026-22818)', async () => {
    const { verifyWithJwks } = await load('hono-4.11.3/jwt');
    const keys = [{ ...rsa().publicKey.export({ format: 'jwk' }), kid: 'main' }];
    const check = (token: string) => verifyWithJwks(token, { keys, verification: { iss, aud } });
    const { faults } = await attack(check, { ...signed, header: { kid: 'main' } });
    expect(ids(faults)).toContain('downgrade/rs384');
  });
});

describe('jsonwebtoken 8.5.1', () => {
  it('accepts "none" with an unknown kid (CVE-2022-23540)', async () => {
    const { verify } = await load('jsonwebtoken-8');
    const keys: Record<string, string> = { main: pem };
    const getKey = ({ kid }: { kid: string }, done: (error: null, key?: string) => void) => {
      done(null, keys[kid]);
    };
    const check = (token: string) =>
      new Promise((resolve, reject) => {
        verify(token, getKey, { issuer: iss, audience: aud }, (error: unknown, found: unknown) =>
          error ? reject(error) : resolve(found),
        );
      });
    const { holes } = await attack(check, { ...signed, header: { kid: 'main' } });
    expect(ids(holes)).toContain('unsigned/none-unknown-kid');
    expect(ids(holes)).not.toContain('unsigned/none');
  });

  it('accepts HS256 with the PEM as secret if both families are allowed (CVE-2015-9235)', async () => {
    const { verify } = await load('jsonwebtoken-8');
    const options = { algorithms: ['HS256', 'RS256'], issuer: iss, audience: aud };
    const { holes } = await attack((token) => verify(token, pem, options), signed);
    expect(ids(holes)).toEqual(['confusion/hs256-pem']);
  });
});

describe('jose 6, which decrypts without a signature', () => {
  const decrypting = async (key: unknown, fixtures: SigningFixtures, only = 'jwe') => {
    const { jwtDecrypt } = await load('jose');
    const options = {
      issuer: iss,
      audience: aud,
      keyManagementAlgorithms: ['dir', 'RSA-OAEP-256', 'ECDH-ES', 'PBES2-HS256+A128KW'],
    };
    const { jwtVerify } = await load('jose');
    const verifying = fixtures.algorithm === 'RS256' ? rsa().publicKey : ec().publicKey;
    const check = async (token: string) => {
      if (token.split('.').length === 5) return jwtDecrypt(token, key, options);
      return jwtVerify(token, verifying, options);
    };
    const { holes } = await attack(check, fixtures, { only });
    return ids(holes);
  };

  it('accepts claims that the attacker encrypted with the public key', async () => {
    expect(await decrypting(rsa().privateKey, signed)).toEqual(['jwe/rsa']);
    const elliptic: SigningFixtures = { key: ec().privateKey, algorithm: 'ES256', claims };
    expect(await decrypting(ec().privateKey, elliptic)).toEqual(['jwe/ecdh']);
  });

  it('accepts claims that the attacker encrypted with a known secret', async () => {
    // HMAC pads a key with zero bytes, so that PBKDF2 cannot tell the two apart.
    const both = ['jwe/password-empty', 'jwe/zero-key'];
    expect(await decrypting(Buffer.alloc(32), signed)).toEqual(both);
    expect(await decrypting(Buffer.from(pem), signed)).toEqual(['jwe/password-pem']);
  });
});
