/** Attacks on key sets and rings. */

import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { createSigner, createVerifier, type Jwk } from '../../src/index.ts';
import {
  createIssuers,
  createKeyRing,
  createLocalJwks,
  exportJwk,
  exportPem,
  generateKey,
  importKey,
  thumbprint,
} from '../../src/jwk/index.ts';
import { ec, ed25519, rsa, secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { forge } from '../fixtures/tokens.ts';

const claims = { sub: 'admin' };
const good: Jwk = { ...exportJwk(rsa().publicKey), kid: 'rsa' };
const verify = createVerifier(createLocalJwks({ keys: [good] }));

const codeOf = (call: () => unknown) => errorOf(call).code;

describe('an HMAC with a public key of a set (CVE-2015-9235, CVE-2024-54150)', () => {
  const secrets: Record<string, Buffer> = {
    PEM: Buffer.from(exportPem(rsa().publicKey)),
    DER: rsa().publicKey.export({ type: 'spki', format: 'der' }),
    JSON: Buffer.from(JSON.stringify(good)),
    modulus: Buffer.from(String(good['n'])),
    'modulus as bytes': Buffer.from(String(good['n']), 'base64url'),
  };
  test.each(Object.entries(secrets))('is rejected with the %s as secret', (_, key) => {
    for (const header of [{ alg: 'HS256', kid: 'rsa' }, { alg: 'HS256' }]) {
      expect(codeOf(() => verify(forge(header, claims, key)))).toBe('ERR_KEY_NOT_FOUND');
    }
  });

  test('is rejected although the set has a secret with the same "kid"', () => {
    const oct = { kty: 'oct', k: secret.toString('base64url'), kid: 'rsa', alg: 'HS256' };
    const keys = createLocalJwks({ keys: [oct, good, oct] });
    expect(keys.skipped).toHaveLength(2);
    for (const algorithms of [undefined, ['HS256'], ['HS256', 'RS256']] as const) {
      const verify = createVerifier(keys, algorithms && { algorithms });
      const forged = forge({ alg: 'HS256', kid: 'rsa' }, claims, secret);
      expect(codeOf(() => verify(forged))).toMatch(/^ERR_(KEY_NOT_FOUND|HEADER_ALG)$/);
    }
  });

  test('is rejected by a ring that also has a secret', async () => {
    const ring = createKeyRing([{ key: secret, kid: 'hs' }], { expiresIn: 60 });
    ring.publish({ key: rsa().privateKey, kid: 'rsa' });
    for (const key of Object.values(secrets)) {
      for (const kid of ['hs', 'rsa', undefined]) {
        const forged = forge({ alg: 'HS256', ...(kid && { kid }) }, claims, key);
        expect(() => ring.verify(forged)).toThrow();
      }
    }
    const forged = forge({ alg: 'HS256', kid: 'rsa' }, claims, secret);
    expect(codeOf(() => ring.verify(forged))).toBe('ERR_KEY_NOT_FOUND');
  });
});

describe('a header (CVE-2018-0114)', () => {
  const attacker = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...attacker.publicKey.export({ format: 'jwk' }), kid: 'rsa' };
  test.each<[string, object]>([
    ['jwk', { jwk }],
    ['jku', { jku: 'https://attacker.example/jwks' }],
    ['x5u', { x5u: 'https://attacker.example/cert' }],
    ['x5c', { x5c: ['MIIB'] }],
  ])('selects no key by %s', (_, header) => {
    const sign = createSigner(attacker.privateKey, { keyid: 'rsa', header: { ...header } });
    expect(codeOf(() => verify(sign(claims)))).toBe('ERR_SIGNATURE_INVALID');
  });

  test.each([
    ['../../dev/null', 'ERR_KEY_NOT_FOUND'],
    ['__proto__', 'ERR_KEY_NOT_FOUND'],
    ['constructor', 'ERR_KEY_NOT_FOUND'],
    ["' OR 1=1 --", 'ERR_KEY_NOT_FOUND'],
    ['', 'ERR_KEY_NOT_FOUND'],
  ])('with the kid %s is rejected with %s', (kid, code) => {
    expect(codeOf(() => verify(forge({ alg: 'RS256', kid }, claims, secret)))).toBe(code);
  });
});

describe('keys of two issuers with the same "kid"', () => {
  const [one, two] = ['https://one.example', 'https://two.example'] as const;
  const twins = generateKeyPairSync('ed25519');
  const keysOf = (key: Parameters<typeof exportJwk>[0]) => {
    return createLocalJwks({ keys: [{ ...exportJwk(key), kid: '1' }] });
  };

  test('verify only the tokens of their own issuer', async () => {
    const verify = createIssuers({
      [one]: { key: keysOf(ed25519().publicKey), cache: true },
      [two]: { key: keysOf(twins.publicKey), cache: true },
    });
    const tokens = [ed25519().privateKey, twins.privateKey].flatMap((key) =>
      [one, two].map((issuer) => createSigner(key, { keyid: '1', issuer })(claims)),
    );
    const outcomes = await Promise.allSettled(tokens.map((token) => verify(token)));
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
  });
});

describe('a polluted prototype', () => {
  const names = ['kid', 'alg', 'd', 'k', 'kty', 'keys', 'key', 'type', 'iss', 'use', 'key_ops'];
  const others = ['activeAt', 'sign', 'leadTime', 'issuer', 'cipher', 'passphrase', 'format'];
  afterEach(() => {
    for (const name of [...names, ...others]) Reflect.deleteProperty(Object.prototype, name);
  });
  const pollute = (values: Record<string, unknown>) => {
    for (const [name, value] of Object.entries(values)) {
      Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
    }
  };

  test('adds no member to a key, to a set or to a header', () => {
    pollute({ kid: 'rsa', alg: 'HS256', use: 'enc', key_ops: [], keys: [good] });
    const { kid, ...nameless } = good;
    const keys = createLocalJwks({ keys: [nameless as Jwk] });
    expect(keys.skipped).toEqual([]);
    const unnamed = createSigner(rsa().privateKey)({ sub: 'ada' });
    expect(createVerifier(keys)(unnamed).sub).toBe('ada');
    expect(() => createLocalJwks({} as never)).toThrow('"keys" is undefined');
    expect(kid).toBe('rsa');
  });

  test('exports no private key, and encrypts none', () => {
    pollute({ type: 'private', cipher: 'aes-256-cbc', passphrase: 'x', format: 'der' });
    expect(importKey(ed25519().privateKey).type).toBe('public');
    expect(exportJwk(ed25519().privateKey)).not.toHaveProperty('d');
    expect(exportPem(ec().privateKey)).toMatch(/^-----BEGIN PUBLIC KEY-----/);
    const pem = exportPem(ec().privateKey, { type: 'private' });
    expect(pem).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  });

  test('changes no generated key and no thumbprint', async () => {
    const expected = thumbprint(ed25519().publicKey);
    pollute({ format: 'pem', type: 'pkcs1', passphrase: 'x', cipher: 'x', k: 'AAAA' });
    expect(thumbprint(ed25519().publicKey)).toBe(expected);
    const jwk = await generateKey('ES256');
    expect(jwk.kid).toBe(thumbprint(jwk));
  });

  test('gives a ring no signer, no time and no "kid"', async () => {
    pollute({ sign: () => Buffer.alloc(64), activeAt: 9e9, leadTime: 0, issuer: 'evil', kid: 'x' });
    const ring = createKeyRing([{ key: ed25519().privateKey }], { expiresIn: 60 });
    const token = await ring.sign({ sub: 'ada' });
    expect(Object.keys(ring.verify(token))).toEqual(['sub', 'iat', 'exp']);
    expect(ring.status()).toMatchObject([{ kid: thumbprint(ed25519().publicKey), activeAt: 0 }]);
    expect(ring.response().headers.get('cache-control')).toBe('public, max-age=1800');
  });

  test('registers no issuer and adds none to a token', async () => {
    const verify = createIssuers({ 'https://one.example': { key: ed25519().publicKey } });
    pollute({ iss: 'https://one.example', key: ed25519().publicKey });
    const token = createSigner(ed25519().privateKey)(claims);
    await expect(verify(token)).rejects.toMatchObject({ code: 'ERR_CLAIM_MISSING' });
    expect(() => createIssuers({ 'https://one.example': {} as never })).toThrow('with a "key"');
  });

  test('sets no "maxTokenLength" for issuers', async () => {
    pollute({ maxTokenLength: 1 });
    const verify = createIssuers({ 'https://one.example': { key: ed25519().publicKey } });
    const token = createSigner(ed25519().privateKey)({ iss: 'https://one.example' });
    await expect(verify(token)).resolves.toMatchObject({ iss: 'https://one.example' });
  });
});

describe('a private key or secret', () => {
  const jwk = exportJwk(rsa().privateKey, { type: 'private' });
  const parts = ['d', 'p', 'q', 'dp', 'dq', 'qi'].map((name) => String(jwk[name]));
  const text = secret.toString('base64url');

  test('is not shown by inspecting a set or a ring', () => {
    const local = createLocalJwks({ keys: [good, { ...jwk, kid: 'x' }, { kty: 'oct', k: text }] });
    const ring = createKeyRing([{ key: secret, kid: 'hs' }], { expiresIn: 60 });
    ring.publish({ key: jwk });
    const shown = [local, ring, ring.status(), ring.jwks(), ring.keys].map((value) => {
      return `${inspect(value, { depth: 10, showHidden: true })}${JSON.stringify(value)}`;
    });
    for (const part of [...parts, text]) expect(shown.join()).not.toContain(part);
  });

  test('is not shown by an error', () => {
    const wrong: Array<() => unknown> = [
      () => createLocalJwks({ keys: [jwk, { kty: 'oct', k: text }] }),
      () => importKey({ ...jwk, use: 'enc' }, { type: 'private' }),
      () => importKey({ ...jwk, n: undefined, x: parts[0] }, { type: 'private' }),
      () => exportPem(text),
      () => exportJwk({ kty: 'oct', k: text }),
      () => thumbprint({ ...jwk, e: `${text}=` }),
      () => thumbprint({ kty: text }),
      () => createKeyRing([{ key: text }], { expiresIn: 60 }),
      () => createKeyRing([{ key: jwk, kid: text, algorithm: text as never }], { expiresIn: 60 }),
      () => createKeyRing([text as never], { expiresIn: 60 }),
      () => createIssuers({ 'https://one.example': text as never }),
    ];
    for (const call of wrong) {
      const error = errorOf(call);
      expect(error).toBeInstanceOf(TypeError);
      const shown = inspect(error, { depth: 10, showHidden: true });
      for (const part of [...parts, text]) expect(shown).not.toContain(part);
    }
  });
});
