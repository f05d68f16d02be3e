import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { rowOf } from '../../src/core/keys/algorithms.ts';
import { explain, explainClassic, explainUnverified } from '../../src/explain/index.ts';
import {
  type Algorithm,
  clearKeyCache,
  createSigner,
  type KeyInput,
  sign,
} from '../../src/index.ts';
import {
  createKeyRing,
  createLocalJwks,
  createRemoteJwks,
  exportJwk,
} from '../../src/jwk/index.ts';
import { ec, ed25519, rsa, secret } from '../fixtures/keys.ts';

type Input = Parameters<typeof explain>[1];

/** Counts the signature checks under an algorithm, by keys that are imported from now on. */
function countChecks(alg: Algorithm): { count: number } {
  const checks = { count: 0 };
  const row = rowOf(alg);
  const bind = row.bind;
  clearKeyCache();
  vi.spyOn(row, 'bind').mockImplementation((key) => {
    const bound = bind(key);
    const verify: typeof bound.verify = (signed) => {
      checks.count++;
      return bound.verify(signed);
    };
    return { ...bound, verify, verifyAsync: undefined };
  });
  return checks;
}

afterEach(() => {
  vi.restoreAllMocks();
});

const namesOf = async (token: string, key: Input, options = {}) =>
  (await explain(token, key, options)).hints.map(({ hint, check }) => `${hint} ${check}`);

const signed = (key: KeyInput, alg: Algorithm = 'HS256', keyid = 'main') =>
  createSigner(key, { algorithm: alg, keyid, allowInsecureKeySizes: true })({ sub: 'ada' });

/** Bytes whose base64 has padding. */
const bytes = secret.subarray(0, 40);
const base64 = bytes.toString('base64');
const hex = bytes.toString('hex');

describe('hints about secrets', () => {
  it.each<[string, KeyInput, KeyInput]>([
    ['secret-base64', bytes, base64],
    ['secret-base64', bytes, bytes.toString('base64url')],
    ['secret-base64', bytes, `${base64}\n`],
    ['secret-base64', bytes, Buffer.from(base64)],
    ['secret-hex', bytes, hex],
    ['secret-hex', bytes, hex.toUpperCase()],
    ['secret-line-end', base64, `${base64}\n`],
    ['secret-line-end', base64, `${base64}\r\n`],
    ['secret-line-end', `${base64}\n`, base64],
    ['secret-text', base64, bytes],
    ['secret-text', bytes.toString('base64url'), bytes],
    ['secret-text', hex, bytes],
    ['secret-text', base64, createSecretKey(bytes)],
    ['secret-text', base64, { key: base64, encoding: 'base64' }],
    ['secret-text', hex.toUpperCase(), { key: hex.toUpperCase(), encoding: 'hex' }],
    ['secret-text', base64, { kty: 'oct', k: bytes.toString('base64url') }],
  ])('show %s if the signature is valid under it', async (hint, signing, verifying) => {
    const token = signed(signing);
    expect(await namesOf(token, verifying)).toEqual([`${hint} signature`]);
    expect(await namesOf(token, () => verifying)).toEqual([`${hint} signature`]);
    expect(await namesOf(token, async () => ['x'.repeat(40), verifying])).toEqual([
      `${hint} signature`,
    ]);
    const options = { algorithms: ['HS256' as const] };
    const classic = await explainClassic(token, verifying, options);
    expect(classic.hints).toMatchObject([{ hint }]);
    const found = await explainClassic(token, (_header, done) => done(null, verifying as string));
    expect(found.hints).toMatchObject([{ hint }]);
  });

  it('show nothing for another secret, and nothing of the secret', async () => {
    for (const key of [base64, hex, bytes, `${base64}\n`]) {
      const explanation = await explain(signed(secret), key);
      expect(explanation).toMatchObject({ code: 'ERR_SIGNATURE_INVALID', hints: [] });
      expect(JSON.stringify(explanation)).not.toContain(String(key).trim());
    }
    const hinted = await explain(signed(bytes), base64);
    expect(JSON.stringify(hinted)).not.toContain(base64);
  });

  it('show nothing if the signature is valid', async () => {
    expect(await namesOf(signed(base64), base64)).toEqual([]);
  });

  it('do not accept the token', async () => {
    const { outcome, verified } = await explain(signed(bytes), base64);
    expect({ outcome, verified }).toEqual({ outcome: 'rejected', verified: false });
  });

  it('are found for a token whose "typ" is rejected before', async () => {
    expect(await namesOf(signed(bytes), base64, { typ: 'at+jwt' })).toEqual([
      'secret-base64 signature',
    ]);
  });

  it('are not sought under an algorithm that the options do not allow', async () => {
    const token = signed(bytes);
    const checks = countChecks('HS256');
    expect(await namesOf(token, hex, { algorithms: ['HS512'] })).toEqual([]);
    expect(checks.count).toBe(0);
  });
});

describe('hints about the type of a key', () => {
  const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }) as string;
  const publicKey = pem(rsa().publicKey);
  const hmac = sign({ sub: 'ada' }, secret, { algorithm: 'HS256' });
  const set = createLocalJwks({ keys: [exportJwk(publicKey)] });

  it('show public-key-for-hmac for an HMAC token and a public key', async () => {
    expect(await namesOf(hmac, publicKey)).toEqual(['public-key-for-hmac alg']);
    expect(await namesOf(hmac, () => publicKey)).toEqual(['public-key-for-hmac key']);
    expect(await namesOf(hmac, set)).toEqual(['public-key-for-hmac key']);
    for (const options of [{}, { algorithms: ['HS256', 'RS256'] as Algorithm[] }]) {
      const { hints } = await explainClassic(hmac, publicKey, options);
      expect(hints).toMatchObject([{ hint: 'public-key-for-hmac', check: 'key' }]);
    }
  });

  it('show key-type for a key of another type or curve', async () => {
    const token = signed(ec().privateKey, 'ES256');
    expect(await namesOf(token, publicKey)).toEqual(['key-type alg']);
    expect(await namesOf(token, secret)).toEqual(['key-type alg']);
    expect(await namesOf(token, ec('P-384').publicKey)).toEqual(['key-type alg']);
    expect(await namesOf(token, async () => ed25519().publicKey)).toEqual(['key-type key']);
    const { hints } = await explain(token, ec('P-384').publicKey);
    expect(hints[0]?.text).toContain('"ec secp384r1"');
    expect(hints[0]?.text).toContain('ES256');
  });

  it('show key-type for a JWK of another algorithm', async () => {
    const jwk = { ...exportJwk(publicKey), alg: 'RS512' };
    const { hints } = await explain(signed(rsa().privateKey, 'RS256'), jwk);
    expect(hints).toMatchObject([{ hint: 'key-type', check: 'alg' }]);
    expect(hints[0]?.text).toContain('for RS512');
  });

  it.each<[string, string, Input, object]>([
    ['a key that fits', signed(rsa().privateKey, 'RS256'), publicKey, { algorithms: ['RS512'] }],
    ['an unknown algorithm', hmac.replace(/^[^.]+/, 'eyJhbGciOiJYIn0'), publicKey, {}],
    ['an unsigned token', 'eyJhbGciOiJub25lIn0.e30.', publicKey, {}],
    ['a source without a key', hmac, () => null, {}],
    ['a source that fails', hmac, () => Promise.reject(new Error('down')), {}],
    ['a valid token', signed(rsa().privateKey, 'RS256'), publicKey, {}],
  ])('show nothing for %s', async (_, token, key, options) => {
    expect(await namesOf(token, key, options)).toEqual([]);
  });
});

describe('the hint pem-line-ends', () => {
  const pem = ed25519().publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const damaged = pem.replace(/\n(.{20})/, '\n');
  const token = signed(ed25519().privateKey, 'EdDSA');

  it('is shown for a damaged PEM that a function finds', async () => {
    expect(await namesOf(token, () => damaged)).toEqual(['pem-line-ends key']);
    expect(await namesOf(token, async () => Buffer.from(damaged))).toEqual(['pem-line-ends key']);
    const { hints } = await explainClassic(token, (_header, done) => done(null, damaged));
    expect(hints).toMatchObject([{ hint: 'pem-line-ends', check: 'key' }]);
  });

  it('is absent for other text, and for a PEM that needs a passphrase', async () => {
    const { privateKey } = generateKeyPairSync('ed25519', {
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
    });
    for (const key of [privateKey, 'https://id.example/key', '', 5]) {
      expect(await namesOf(token, () => key as string)).toEqual([]);
    }
    expect(await namesOf(token, () => pem)).toEqual([]);
  });

  it('is in the error if the key is an argument', async () => {
    await expect(explain(token, damaged)).rejects.toThrow(/damaged/);
  });
});

describe('hints about the name of a key', () => {
  const pairs = Array.from({ length: 12 }, () => generateKeyPairSync('ed25519'));
  const keys = pairs.map(({ publicKey }, index) => ({ ...exportJwk(publicKey), kid: `k${index}` }));
  const signWith = (index: number, kid: string) =>
    signed(pairs[index]?.privateKey as KeyObject, 'EdDSA', kid);
  const stranger = generateKeyPairSync('ed25519').privateKey;

  it('list up to ten that the set has', async () => {
    const source = createLocalJwks({ keys });
    const { hints } = await explain(signed(stranger, 'EdDSA', 'new'), source);
    expect(hints).toMatchObject([{ hint: 'kid-unknown', check: 'key' }]);
    expect(hints[0]?.text).toContain('"new"');
    expect(hints[0]?.text).toContain('"k9", 2 more');
    expect(hints[0]?.text).not.toContain('k10');
  });

  it('name the key that verifies', async () => {
    const source = createLocalJwks({ keys });
    expect(await namesOf(signWith(3, 'k0'), source)).toEqual(['kid-mismatch signature']);
    expect(await namesOf(signWith(3, 'x'), source)).toEqual([
      'kid-unknown key',
      'kid-mismatch key',
    ]);
    const { hints } = await explain(signWith(3, 'k0'), source);
    expect(hints[0]?.text).toContain('"k3"');
  });

  it('are absent without a "kid", for a valid token, and for sources of the caller', async () => {
    const source = createLocalJwks({ keys });
    const anonymous = createSigner(stranger, { algorithm: 'EdDSA' })({});
    expect(await namesOf(anonymous, source)).toEqual([]);
    expect(await namesOf(signWith(3, 'k3'), source)).toEqual([]);
    expect(await namesOf(signed(stranger, 'EdDSA', 'x'), () => null)).toEqual([]);
    expect(await namesOf(signed(stranger, 'EdDSA', 'k3'), source)).toEqual([]);
  });

  it('are found in a ring, and in the "kid" of a JWK', async () => {
    const [first, second] = pairs as [(typeof pairs)[0], (typeof pairs)[0]];
    const ring = createKeyRing([{ key: first.privateKey, kid: 'k0' }], { expiresIn: 60 });
    ring.publish({ key: second.privateKey, kid: 'k1' });
    expect(await namesOf(signWith(1, 'k0'), ring.keys)).toEqual(['kid-mismatch signature']);
    const jwk = keys[0] as KeyInput;
    expect(await namesOf(signed(stranger, 'EdDSA', 'x'), jwk)).toEqual(['kid-unknown signature']);
    expect(await namesOf(signed(stranger, 'EdDSA', 'k0'), jwk)).toEqual([]);
  });

  it('cost no fetch', async () => {
    const fetch = vi.fn(async () => Response.json({ keys }));
    const source = createRemoteJwks('https://id.example/jwks.json', { fetch });
    await source.reload();
    expect(await namesOf(signWith(3, 'k0'), source)).toEqual(['kid-mismatch signature']);
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it('cost eight signature checks at most', async () => {
    const token = signed(stranger, 'EdDSA', 'k0');
    const checks = countChecks('EdDSA');
    expect(await namesOf(token, createLocalJwks({ keys }))).toEqual([]);
    // One of the verifier.
    expect(checks.count).toBe(1 + 8);
  });

  it('cost eight signature checks at most, also with many secrets', async () => {
    const token = signed(secret);
    const checks = countChecks('HS256');
    const secrets = Array.from({ length: 16 }, (_, index) => `${hex}${index}`);
    const found = await explain(token, () => [...secrets, bytes]);
    expect(found.hints).toEqual([]);
    expect(checks.count).toBe(16 + 8);
  });

  it('do not try a key that needs its algorithm named', async () => {
    const other = exportJwk(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey);
    const set = {
      keys: [
        { ...exportJwk(rsa().publicKey), kid: 'a' },
        { ...other, kid: 'b' },
      ],
    };
    const source = createLocalJwks(set);
    const token = signed(rsa().privateKey, 'PS256', 'b');
    expect(await namesOf(token, source, { algorithms: ['PS256'] })).toEqual([
      'kid-mismatch signature',
    ]);
    const checks = countChecks('PS256');
    expect(await namesOf(token, source)).toEqual([]);
    expect(checks.count).toBe(0);
  });

  it('are not sought for a token that the verifier rejects before it looks for a key', async () => {
    const source = vi.fn(() => keys[0] as KeyInput);
    const checks = countChecks('EdDSA');
    expect(await namesOf(signWith(3, 'k0'), source, { typ: 'at+jwt' })).toEqual([]);
    expect(await namesOf(signWith(3, '\u202e'.repeat(300)), source)).toEqual([]);
    expect(source).not.toHaveBeenCalled();
    expect(checks.count).toBe(0);
  });

  it('need one call of the source, also of one that returns a lazy query', async () => {
    const calls = vi.fn();
    const source = () => ({
      // biome-ignore lint/suspicious/noThenProperty: as the queries of Knex do
      then(resolve: (key: string) => void) {
        calls();
        resolve(base64);
      },
    });
    expect(await namesOf(signed(bytes), source as never)).toEqual(['secret-base64 signature']);
    expect(calls).toHaveBeenCalledTimes(1);
  });

  it('are absent without a key', async () => {
    expect((await explainUnverified(signed(bytes))).hints).toEqual([]);
  });
});
