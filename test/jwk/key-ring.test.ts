import { generateKeyPairSync } from 'node:crypto';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { describe, expect, test, vi } from 'vitest';
import { createVerifier, decode, sign } from '../../src/index.ts';
import { exportJwk } from '../../src/jwk/convert.ts';
import { generateKey, type KeyAlgorithm } from '../../src/jwk/generate.ts';
import { createLocalJwks } from '../../src/jwk/jwks/local.ts';
import { createKeyRing, type KeyRing, type KeyRingOptions } from '../../src/jwk/ring/key-ring.ts';
import type { RingKey } from '../../src/jwk/ring/ring-key.ts';
import { thumbprint } from '../../src/jwk/thumbprint.ts';
import { algorithmKeys, ec, ed25519, rsa, rsaPss, secret } from '../fixtures/keys.ts';

const start = 1_800_000_000;
const first: RingKey = { key: ed25519().privateKey, kid: 'first' };

function setUp(keys: RingKey[] = [first], more: Partial<KeyRingOptions> = {}) {
  const time = { now: start };
  const clock = () => time.now * 1000;
  const ring = createKeyRing(keys, { expiresIn: '15m', clock, ...more });
  const at = (seconds: number): KeyRing => {
    time.now = start + seconds;
    return ring;
  };
  return { ring, at, clock };
}

const code = (name: string) => expect.objectContaining({ name: 'TypeError', code: name });

describe('a ring', () => {
  test('signs with the active key, named in "kid", and verifies its tokens', async () => {
    const { ring, at } = setUp();
    const token = await ring.sign({ sub: 'ada' });
    expect(decode(token, { complete: true })?.header).toEqual({
      alg: 'EdDSA',
      typ: 'JWT',
      kid: 'first',
    });
    expect(ring.verify(token)).toEqual({ sub: 'ada', iat: start, exp: start + 900 });
    expect(() => at(900).verify(token)).toThrow('jwt expired');
  });

  test('signs with the next key after "leadTime", and verifies with the first until its tokens expire', async () => {
    const { ring, at } = setUp();
    const second = await generateKey('ES256');
    expect(ring.publish({ key: second })).toEqual({
      kid: second.kid,
      algorithm: 'ES256',
      state: 'published',
      activeAt: start + 3600,
      retiredAt: Number.POSITIVE_INFINITY,
      goneAt: Number.POSITIVE_INFINITY,
    });
    const last = await at(3599).sign({ sub: 'ada' });
    expect(await at(3600).sign({})).toSatisfy((token: string) => {
      return decode(token, { complete: true })?.header.kid === second.kid;
    });
    expect(at(4498).verify(last).sub).toBe('ada');
    expect(ring.status().map(({ state }) => state)).toEqual(['retiring', 'active']);
    expect(
      at(4500)
        .status()
        .map(({ kid }) => kid),
    ).toEqual([second.kid]);
  });

  test('dates a token by the second that selected its key', async () => {
    const clock = vi.fn().mockReturnValue(start * 1000);
    const ring = createKeyRing([first], { expiresIn: 60, clock });
    clock
      .mockReset()
      .mockReturnValueOnce(start * 1000 + 999)
      .mockReturnValue((start + 9) * 1000);
    expect(decode(await ring.sign({}))).toMatchObject({ iat: start });
    expect(clock).toHaveBeenCalledTimes(1);
  });

  test.each(algorithmKeys)('signs and verifies with $alg', async ({ alg, signing }) => {
    const { ring } = setUp([{ key: signing(), algorithm: alg as KeyAlgorithm, kid: 'k' }]);
    expect(ring.verify(await ring.sign({ sub: 'ada' })).sub).toBe('ada');
    expect(ring.status()).toMatchObject([{ algorithm: alg }]);
  });

  test('uses a key with its own algorithm only', async () => {
    const { ring } = setUp([{ key: rsa().privateKey, algorithm: 'PS256', kid: 'k' }]);
    const other = sign({}, rsa().privateKey, { algorithm: 'RS256', keyid: 'k' });
    expect(() => ring.verify(other)).toThrow('no key was found for this token');
  });

  test('writes and requires issuer, audience and typ, and writes a new jti each time', async () => {
    const options = { issuer: 'https://id.example', audience: ['api', 'web'], typ: 'at+jwt' };
    let count = 0;
    const { ring } = setUp([first], { ...options, jwtid: () => `id-${++count}` });
    await ring.sign({});
    const token = await ring.sign({ sub: 'ada' });
    expect(decode(token, { complete: true })).toMatchObject({
      header: { typ: 'at+jwt' },
      payload: { iss: 'https://id.example', aud: ['api', 'web'], jti: 'id-2' },
    });
    expect(ring.verify(token).sub).toBe('ada');
    for (const [name, message] of [
      ['issuer', 'jwt issuer invalid'],
      ['audience', 'jwt audience invalid'],
      ['typ', 'jwt typ invalid'],
    ] as const) {
      const other = setUp([first], { ...options, [name]: 'other' }).ring;
      expect(() => other.verify(token)).toThrow(message);
    }
  });

  test('gives its keys to a verifier with more options', async () => {
    const { ring, clock } = setUp();
    const verify = createVerifier(ring.keys, { requiredClaims: ['sub'], clock, async: true });
    await expect(verify(await ring.sign({ sub: 'ada' }))).resolves.toMatchObject({ sub: 'ada' });
    await expect(verify(await ring.sign({}))).rejects.toThrow('jwt must have a "sub" claim');
  });

  test('verifies a token without "kid" with the keys that fit', async () => {
    const { ring } = setUp([{ key: secret, kid: 'a' }]);
    ring.publish({ key: ed25519().privateKey });
    expect(ring.verify(sign({ sub: 'ada' }, secret)).sub).toBe('ada');
  });

  test('signs and verifies alike in processes with the same keys', async () => {
    const keys = [first, { key: ec().privateKey, activeAt: new Date((start + 100) * 1000 - 1) }];
    const [here, there] = [setUp(keys), setUp(keys)];
    for (const seconds of [0, 99, 100, 999, 1000]) {
      const token = await here.at(seconds).sign({ sub: 'ada' });
      expect(there.at(seconds).verify(token).sub).toBe('ada');
      expect(there.ring.status()).toEqual(here.ring.status());
      expect(there.ring.jwks()).toEqual(here.ring.jwks());
    }
    expect(here.ring.status()).toHaveLength(1);
  });

  test('has functions that can be used detached', async () => {
    const { sign, verify, jwks, response, status, publish, activate, revoke } = setUp().ring;
    publish({ key: ec().privateKey, kid: 'second' });
    activate('second');
    expect(verify(await sign({ sub: 'ada' })).sub).toBe('ada');
    revoke('first');
    expect([jwks().keys.length, status().length, response().status]).toEqual([1, 1, 200]);
  });

  test('rejects the tokens of a revoked key at once', async () => {
    const { ring } = setUp();
    const token = await ring.sign({});
    ring.publish({ key: ec().privateKey, kid: 'second' });
    expect(ring.activate('second')).toMatchObject({ state: 'active', activeAt: start });
    expect(ring.verify(token)).toBeDefined();
    ring.revoke('first');
    expect(() => ring.verify(token)).toThrow('no key was found for this token');
  });
});

describe('a ring of secrets', () => {
  const older = { key: secret, kid: 'older' };
  const newer = { key: Buffer.alloc(32, 7), kid: 'newer', activeAt: start + 10 };

  test('signs with the new one, and verifies with the old one until its tokens expire', async () => {
    const { at, ring } = setUp([older, newer]);
    const token = await ring.sign({ sub: 'ada' });
    expect(decode(await at(10).sign({}), { complete: true })?.header.kid).toBe('newer');
    expect(at(899).verify(token).sub).toBe('ada');
    expect(at(910).status()).toMatchObject([{ kid: 'newer' }]);
  });

  test('publishes nothing', () => {
    const { ring } = setUp([older, newer]);
    expect(ring.jwks()).toEqual({ keys: [] });
  });

  test('can be replaced by a key pair', async () => {
    const { at, ring } = setUp([older, { ...first, activeAt: start + 10 }]);
    const token = await ring.sign({ sub: 'ada' });
    expect(at(10).verify(token).sub).toBe('ada');
    expect(ring.verify(await ring.sign({ sub: 'bob' })).sub).toBe('bob');
    expect(ring.jwks().keys).toMatchObject([{ kid: 'first', kty: 'OKP' }]);
  });

  test('requires a "kid" for each', () => {
    expect(() => setUp([{ key: secret }])).toThrow('a secret in a ring needs a "kid"');
    const jwk = { kty: 'oct', k: secret.toString('base64url'), kid: 'of the JWK' };
    expect(setUp([{ key: jwk }]).ring.status()).toMatchObject([{ kid: 'of the JWK' }]);
  });
});

describe('the set of a ring', () => {
  test('has the public halves, with "kid", "alg" and "use"', async () => {
    const jwk = { ...(await generateKey('ES256')), key_ops: ['sign'], ext: true };
    const { ring } = setUp([{ key: jwk }]);
    const { kty, crv, x, y, kid } = jwk as Record<string, unknown>;
    expect(ring.jwks()).toEqual({ keys: [{ kty, crv, x, y, kid, alg: 'ES256', use: 'sig' }] });
  });

  test('uses the thumbprint as the default "kid"', () => {
    const { ring } = setUp([{ key: rsa().privateKey }]);
    expect(ring.jwks().keys).toMatchObject([{ kid: thumbprint(rsa().publicKey) }]);
    const unusable = { ...exportJwk(rsa().privateKey, { type: 'private' }), kid: '' };
    expect(setUp([{ key: unusable }]).ring.jwks()).toEqual(ring.jwks());
  });

  test('is a new object each time', () => {
    const { ring } = setUp();
    Object.assign(ring.jwks().keys[0] as object, { kid: 'changed' });
    expect(ring.jwks().keys).toMatchObject([{ kid: 'first' }]);
  });

  test('verifies the tokens of the ring, also in jose', async () => {
    const { ring, clock } = setUp([first], { issuer: 'https://id.example' });
    ring.publish({ key: rsa().privateKey });
    const token = await ring.sign({ sub: 'ada' });
    const jwks = JSON.parse(JSON.stringify(ring.jwks()));
    expect(createVerifier(createLocalJwks(jwks), { clock })(token).sub).toBe('ada');
    const { payload } = await jwtVerify(token, createLocalJWKSet(jwks), {
      currentDate: new Date(clock()),
    });
    expect(payload.sub).toBe('ada');
  });
});

describe('the response of a ring', () => {
  test('is a JWK Set with a max-age of half of "leadTime"', async () => {
    const response = setUp([first], { leadTime: '10m' }).ring.response();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/jwk-set+json');
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
    expect(await response.json()).toMatchObject({ keys: [{ kid: 'first' }] });
  });

  test.each([
    ['ETAG', 304],
    ['W/ETAG', 304],
    ['"other", ETAG', 304],
    ['*', 304],
    ['"other"', 200],
    ['', 200],
    ['x', 200],
  ])('for If-None-Match %j has status %i', async (tags, status) => {
    const { ring } = setUp();
    const etag = ring.response().headers.get('etag') ?? '';
    const headers = { 'if-none-match': tags.replace('ETAG', etag) };
    const response = ring.response(new Request('https://id.example/jwks', { headers }));
    expect(response.status).toBe(status);
    expect(response.headers.get('etag')).toBe(etag);
    expect((await response.text()).length > 0).toBe(status === 200);
  });

  test('has another ETag after a key is published, and after one is gone', () => {
    const { ring, at } = setUp();
    const tags = [ring.response().headers.get('etag')];
    ring.publish({ key: ec().privateKey, activeAt: start + 10 });
    tags.push(ring.response().headers.get('etag'), at(910).response().headers.get('etag'));
    expect(new Set(tags).size).toBe(3);
  });
});

describe('a ring does not sign', () => {
  test('claims that the ring writes, or a payload that is not an object', async () => {
    const { ring } = setUp();
    await expect(ring.sign({ iat: start + 1e9 })).rejects.toThrow(code('ERR_CLAIM_INVALID'));
    await expect(ring.sign({ exp: start + 1e9 })).rejects.toThrow(code('ERR_CLAIM_INVALID'));
    await expect(ring.sign({ exp: start, iat: undefined })).rejects.toThrow(TypeError);
    for (const payload of [null, undefined, 'text', [], 7]) {
      await expect(ring.sign(payload as never)).rejects.toThrow(code('ERR_PAYLOAD_INVALID'));
    }
  });

  test('before its first key is active', async () => {
    const { at } = setUp([{ ...first, activeAt: start }]);
    await expect(at(-1).sign({})).rejects.toThrow('no key of the ring signs at this time');
  });
});

describe('createKeyRing', () => {
  test.each<[string, unknown, string | RegExp]>([
    ['a key that only verifies', { key: ed25519().publicKey }, 'fits no algorithm that can sign'],
    ['a key that is too small', { key: rsa(1024).privateKey }, 'minimum key size of 2048'],
    ['an RSA-PSS key', { key: rsaPss().privateKey }, 'has no JWK form'],
    ['a weak secret', { key: 'short', kid: 'k' }, 'minimum key size of 256'],
    ['a public JWK', { key: { ...exportJwk(ec().privateKey) } }, 'no algorithm'],
    ['an algorithm that does not fit', { ...first, algorithm: 'RS256' }, 'must be one of'],
    ['the algorithm none', { ...first, algorithm: 'none' }, '"algorithm" must be one of'],
    ['an empty kid', { ...first, kid: '' }, '"kid" must be a printable string'],
    ['a kid that no verifier accepts', { ...first, kid: 'a\n' }, '"kid" must be a printable'],
    ['milliseconds', { ...first, activeAt: Date.now() }, '"activeAt" must be a number of seconds'],
    ['an invalid date', { ...first, activeAt: new Date(Number.NaN) }, '"activeAt" must be'],
    ['no key', { kid: 'k' }, 'key must have a value'],
    ['the key alone', ed25519().privateKey, 'with a "key", got an instance of a class'],
    ['another option', { ...first, use: 'sig' }, '"use" is not an option'],
    [
      'a JWK whose d belongs to another key',
      {
        key: {
          ...exportJwk(ec().privateKey, { type: 'private' }),
          d: String(
            generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
              .d,
          ),
        },
      },
      /contradicts itself|another public key/,
    ],
  ])('rejects %s', (_, key, message) => {
    expect(() => setUp([key as never])).toThrow(message);
    expect(() => setUp().ring.publish(key as never)).toThrow(message);
    expect(() => setUp([key as never])).toThrow(TypeError);
  });

  test.each<[object, string]>([
    [{ expiresIn: undefined }, '"expiresIn" must be'],
    [{ expiresIn: -1 }, '"expiresIn" must be'],
    [{ leadTime: '1' }, '"leadTime" must be'],
    [{ issuer: '' }, '"issuer" must be'],
    [{ audience: [] }, '"audience" must be'],
    [{ clock: () => Date.now() / 1000 }, '"clock" must return milliseconds'],
    [{ clock: () => null as never }, '"clock" must return milliseconds'],
    [{ expiresin: 1 }, '"expiresin" is not an option'],
    [{ algorithms: ['ES256'] }, '"algorithms" is not an option'],
  ])('rejects the options %j', (options, message) => {
    expect(() => setUp([first], options)).toThrow(message);
  });

  test('rejects a missing "expiresIn", and keys that are not an array or empty', () => {
    expect(() => createKeyRing([first], {} as never)).toThrow('"expiresIn" is required');
    expect(() => createKeyRing([], { expiresIn: 60 })).toThrow('no key of the ring signs yet');
    for (const keys of [undefined, null, first, new Map()]) {
      expect(() => createKeyRing(keys as never, { expiresIn: 60 })).toThrow(TypeError);
    }
  });
});
