/** Proofs that an attacker makes: with keys of its own, keys that cost time, and text that two parsers read differently. */

import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { clientCertificate, createDpop, createDpopProof } from '../../src/dpop/index.ts';
import { isOneOf, parseTarget, requestUrls } from '../../src/dpop/target.ts';
import { createVerifier } from '../../src/index.ts';
import { thumbprint } from '../../src/jwk/index.ts';
import {
  accessToken,
  ath,
  fakeStore,
  jkt,
  NOW,
  origin,
  proofOf,
  publicJwk,
  rejection,
  signatureOf,
  signed,
} from '../dpop/setup.ts';
import { expectLinear } from '../fixtures/growth.ts';
import { ec, ed25519, oddNumber, secret } from '../fixtures/keys.ts';
import { segment, unsigned } from '../fixtures/tokens.ts';

const jwk = () => publicJwk(ec().privateKey);
const claims = () => ({ jti: 'jti', htm: 'GET', htu: `${origin}/me`, iat: NOW / 1000, ath });
const invalid = { name: 'JsonWebTokenError', code: 'ERR_PROOF_INVALID' };

/** A proof with an HMAC. */
function withHmac(header: object, key: Buffer | string): string {
  const input = `${segment({ typ: 'dpop+jwt', alg: 'HS256', ...header })}.${segment(claims())}`;
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
}

describe('a key in the header', () => {
  it('is not accepted with its private part', async () => {
    const { d } = ec().privateKey.export({ format: 'jwk' });
    const proof = proofOf({ header: { jwk: { ...jwk(), d } } });
    expect(await rejection({ proof })).toMatchObject(invalid);
  });

  it.each(['p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'])(
    'is not accepted with the private member "%s"',
    async (name) => {
      const proof = proofOf({ header: { jwk: { ...jwk(), [name]: 'AAAA' } } });
      expect(await rejection({ proof })).toMatchObject(invalid);
    },
  );

  it('is not accepted as a secret, whatever the algorithms are', async () => {
    const oct = { kty: 'oct', k: secret.toString('base64url') };
    for (const proof of [
      withHmac({ jwk: oct }, secret),
      withHmac({ jwk: { kty: 'oct' } }, secret),
      proofOf({ header: { jwk: oct } }),
    ]) {
      expect(await rejection({ proof, jkt: thumbprint(oct) })).toMatchObject(invalid);
    }
  });

  it('is no secret of an HMAC (CVE-2015-9235)', async () => {
    const pem = createPublicKey({ key: jwk() as never, format: 'jwk' });
    const spki = pem.export({ type: 'spki', format: 'pem' });
    const secrets = [spki, JSON.stringify(jwk()), pem.export({ type: 'spki', format: 'der' })];
    for (const key of secrets) {
      expect(await rejection({ proof: withHmac({ jwk: jwk() }, key) })).toMatchObject(invalid);
    }
  });

  it('cannot be a point of small order, under which one signature verifies every proof', async () => {
    const points = [
      '0'.repeat(64),
      `01${'0'.repeat(62)}`,
      'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    ];
    for (const hex of points) {
      const x = Buffer.from(hex, 'hex').toString('base64url');
      const small = { kty: 'OKP', crv: 'Ed25519', x };
      const proof = proofOf({ header: { alg: 'EdDSA', jwk: small } });
      const error = await rejection({ proof, jkt: thumbprint(small) });
      expect(error).toMatchObject(invalid);
      expect(error.message).toContain('small order');
    }
  });

  it('cannot be an RSA key that takes long to use', async () => {
    const keys = [
      { kty: 'RSA', n: oddNumber(512), e: oddNumber(512) },
      { kty: 'RSA', n: oddNumber(1024), e: 'AQAB' },
      { kty: 'RSA', n: oddNumber(2047), e: 'AQAB' },
      { kty: 'RSA', n: oddNumber(256), e: 'AQ' },
      { kty: 'RSA', n: oddNumber(64), e: 'AQAB' },
    ];
    for (const key of keys) {
      const proof = proofOf({ header: { alg: 'RS256', jwk: key } });
      expect(await rejection({ proof, jkt: thumbprint(key) })).toMatchObject(invalid);
    }
  });

  it('cannot have two thumbprints: only one spelling of it is accepted', async () => {
    const { x } = jwk() as { x: string };
    for (const other of [
      `${x}=`,
      `${x} `,
      x.replace(/.$/, '~'),
      Buffer.from(x, 'base64url').toString('base64'),
    ]) {
      const proof = proofOf({ header: { jwk: { ...jwk(), x: other } } });
      expect((await rejection({ proof })).code).toMatch(/^ERR_PROOF_(INVALID|MISMATCH)$/);
    }
  });

  it.each([
    ['jku', { jku: 'https://evil.example/keys' }],
    ['x5u', { x5u: 'https://evil.example/cert' }],
    ['kid', { kid: '../../dev/null' }],
  ])('cannot be replaced by "%s"', async (_, header) => {
    const { privateKey } = ed25519();
    const proof = proofOf({ key: privateKey, alg: 'EdDSA', header: { ...header, jwk: undefined } });
    expect(await rejection({ proof })).toMatchObject(invalid);
  });

  it('of a stranger costs neither an import nor a signature, however many there are', async () => {
    const dpop = createDpop({ replay: fakeStore(), origin, clock: () => NOW });
    // On no curve: an import would say so.
    const strange = (n: number) => ({ kty: 'EC', crv: 'P-256', x: oddNumber(32), y: segment(n) });
    const signature = 'A'.repeat(86);
    for (let n = 0; n < 2000; n++) {
      const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: strange(n) };
      const proof = `${segment(header)}.${segment(claims())}.${signature}`;
      const request = { method: 'GET', url: '/me', headers: { dpop: proof } };
      const verified = dpop.verify(request, { token: accessToken, jkt: jkt() });
      await expect(verified).rejects.toHaveProperty('code', 'ERR_PROOF_MISMATCH');
    }
  });

  it('never gets into the cache of imported keys, where it could evict those of issuers', async () => {
    const { cachedKeys } = await import('../../src/core/keys/key-cache.ts');
    const { preparedKeyArgument } = await import('../../src/core/keys/key.ts');
    const argument = preparedKeyArgument('verify');
    const issuer = { ...publicJwk(ed25519().privateKey), kid: 'of an issuer' };
    const cached = cachedKeys(issuer, argument);
    const dpop = createDpop({ replay: fakeStore(), origin, clock: () => NOW });
    // As many as the cache has entries.
    for (let n = 0; n < 500; n++) {
      const { privateKey, publicKey } = generateKeyPairSync('ed25519');
      const proof = proofOf({ key: privateKey, alg: 'EdDSA' });
      const request = { method: 'GET', url: '/me', headers: { dpop: proof } };
      await dpop.verify(request, { token: accessToken, jkt: thumbprint(publicKey) });
    }
    expect(cachedKeys(issuer, argument)).toBe(cached);
  });
});

describe('the header', () => {
  it('cannot say that the proof is unsigned', async () => {
    for (const alg of ['none', 'None', 'NONE', '', null, ['ES256'], { alg: 'ES256' }]) {
      const header = { typ: 'dpop+jwt', alg, jwk: jwk() };
      expect(await rejection({ proof: unsigned(claims(), header) })).toMatchObject(invalid);
      const withSignature = proofOf({ header });
      expect(await rejection({ proof: withSignature })).toMatchObject(invalid);
    }
    const [head, payload] = proofOf().split('.');
    expect(await rejection({ proof: `${head}.${payload}.` })).toMatchObject(invalid);
  });

  it('cannot name critical extensions, or an unencoded payload', async () => {
    for (const header of [
      { crit: [] },
      { crit: ['b64'], b64: false },
      { b64: false },
      { crit: 'exp' },
    ]) {
      expect(await rejection({ proof: proofOf({ header }) })).toMatchObject(invalid);
    }
  });

  it('cannot have two members of one name', async () => {
    const { privateKey } = ec();
    const text = JSON.stringify({ typ: 'dpop+jwt', alg: 'ES256', jwk: jwk() });
    const mine = JSON.stringify(publicJwk(ed25519().privateKey));
    for (const header of [
      text.replace('{', `{"jwk":${mine},`),
      text.replace(/}$/, `,"jwk":${mine}}`),
      text.replace('"kty"', '"kty":"oct","kty"'),
      text.replace('"alg"', '"\\u0061lg":"none","alg"'),
    ]) {
      const input = `${segment(header)}.${segment(claims())}`;
      const proof = `${input}.${signatureOf(input, privateKey, 'ES256')}`;
      expect(await rejection({ proof })).toMatchObject(invalid);
    }
  });

  it('cannot be one of two: Node.js and fetch join them with a comma', async () => {
    const [one, two] = [proofOf(), proofOf()];
    for (const joined of [`${one},${two}`, `${one}, `, `,${one}`]) {
      expect(await rejection({ proof: joined })).toMatchObject(invalid);
    }
    const headers = new Headers([
      ['dpop', one],
      ['DPoP', two],
    ]);
    const dpop = createDpop({ replay: fakeStore(), origin, clock: () => NOW });
    const request = { method: 'GET', url: '/me', headers };
    const verified = dpop.verify(request, { token: accessToken, jkt: jkt() });
    await expect(verified).rejects.toMatchObject(invalid);
  });

  it('cannot have 8,193 characters', async () => {
    const proof = `${'a'.repeat(4000)}.${'a'.repeat(4000)}.${'a'.repeat(191)}`;
    expect(proof).toHaveLength(8193);
    expect((await rejection({ proof })).message).toContain('8192 characters');
    expect((await rejection({ proof: proof.slice(1) })).message).not.toContain('characters');
  });
});

describe('the claims', () => {
  it.each([
    ['jti', ['jti']],
    ['jti', { toString: 'jti' }],
    ['htm', ['GET']],
    ['htu', [`${origin}/me`]],
    ['ath', [ath]],
    ['ath', ''],
    ['iat', [NOW / 1000]],
    ['iat', null],
    ['iat', true],
  ])('must be strings and a number: "%s" as %j', async (name, value) => {
    const proof = proofOf({ claims: { [name]: value } });
    expect(await rejection({ proof })).toMatchObject({ ...invalid, claim: name });
  });

  it('cannot have a time that is no number in JSON of other parsers', async () => {
    const { privateKey } = ec();
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: jwk() };
    for (const iat of ['1e400', '-1e400', '"2027-01-15"']) {
      const text = JSON.stringify(claims()).replace(/"iat":\d+/, `"iat":${iat}`);
      const proof = signed(header, text, privateKey, 'ES256');
      expect(await rejection({ proof })).toMatchObject(invalid);
    }
  });

  it('cannot have two members of one name', async () => {
    const { privateKey } = ec();
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: jwk() };
    const text = JSON.stringify(claims());
    for (const payload of [
      text.replace('{', '{"jti":"other",'),
      text.replace(/}$/, ',"htm":"GET"}'),
      text.replace('"htu"', '"h\\u0074u":"https://evil.example","htu"'),
    ]) {
      const proof = signed(header, payload, privateKey, 'ES256');
      expect(await rejection({ proof })).toMatchObject(invalid);
    }
  });

  it('of an access token or ID token that the same key signed are no proof', async () => {
    for (const typ of ['JWT', 'at+jwt', 'logout+jwt', 'application/jwt', 'dpop', 1, null]) {
      expect(await rejection({ proof: proofOf({ header: { typ } }) })).toMatchObject(invalid);
    }
  });

  it('of a proof are no access token: a verifier for such rejects the type', () => {
    const verifyToken = createVerifier(ec().publicKey, { typ: ['at+jwt', 'JWT', null] });
    expect(() => verifyToken(proofOf())).toThrow('typ invalid');
  });
});

describe('a polluted Object.prototype', () => {
  const members = {
    jwk: publicJwk(ed25519().privateKey),
    kty: 'OKP',
    crv: 'Ed25519',
    x: 'A'.repeat(43),
    jti: 'jti',
    htm: 'GET',
    htu: `${origin}/me`,
    ath,
    iat: NOW / 1000,
    nonce: 'nonce',
    dpop: 'proof',
    origin: 'https://evil.example',
    required: false,
    algorithms: ['HS256'],
    get: 1,
    toJSON: () => 'polluted',
  };

  /** No assertion of vitest works meanwhile. */
  async function polluted<Result>(run: () => Promise<Result>): Promise<Result> {
    for (const [name, value] of Object.entries(members)) {
      const more = { configurable: true, enumerable: true, writable: true };
      const descriptor = { __proto__: null, value, ...more };
      Object.defineProperty(Object.prototype, name, descriptor as never);
    }
    try {
      return await run();
    } finally {
      for (const name of Object.keys(members)) {
        Reflect.deleteProperty(Object.prototype, name);
      }
    }
  }

  it('supplies no header, key, claim or option', async () => {
    const names = ['jti', 'htm', 'htu', 'ath', 'iat'];
    const { privateKey } = ed25519();
    const proofs = [
      undefined,
      ...names.map((name) => proofOf({ claims: { [name]: undefined } })),
      proofOf({ header: { jwk: undefined }, key: privateKey, alg: 'EdDSA' }),
      proofOf({ header: { jwk: {} }, key: privateKey, alg: 'EdDSA' }),
    ];
    const bound = { token: accessToken, jkt: jkt() };
    const valid = proofOf();
    const run = async (proof: string | undefined) => {
      const dpop = createDpop({ replay: fakeStore(), origin, clock: () => NOW });
      const headers = Object.assign(
        Object.create(null),
        proof === undefined ? {} : { dpop: proof },
      );
      try {
        await dpop.verify({ method: 'GET', url: '/me', headers }, bound);
        return 'accepted';
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    const codes = await polluted(async () => {
      const results: string[] = [];
      for (const proof of proofs) results.push(await run(proof));
      results.push(await run(valid));
      return results;
    });
    expect(codes).toEqual([
      'ERR_PROOF_MISSING',
      ...proofs.slice(1).map(() => 'ERR_PROOF_INVALID'),
      'accepted',
    ]);
  });

  it('changes no proof of a client', async () => {
    const key = ec().privateKey;
    const proof = await polluted(async () => {
      return createDpopProof(key, { method: 'GET', url: `${origin}/me`, accessToken });
    });
    const dpop = createDpop({ replay: fakeStore(), origin });
    const request = { method: 'GET', url: '/me', headers: { dpop: proof } };
    const verified = dpop.verify(request, { token: accessToken, jkt: jkt() });
    await expect(verified).resolves.toBeUndefined();
  });
});

describe('the cost of a request', () => {
  const paths: Array<[name: string, create: (n: number) => string]> = [
    ['dot segments', (n) => '/..'.repeat(n / 3)],
    ['segments and dot segments', (n) => '/a'.repeat(n / 4) + '/..'.repeat(n / 6)],
    ['slashes', (n) => '/'.repeat(n)],
    ['escapes', (n) => `/${'%41'.repeat(n / 3)}`],
    ['characters to escape', (n) => `/${'ü'.repeat(n)}`],
    ['percent signs', (n) => `/${'%'.repeat(n)}`],
    ['a scheme without an end', (n) => 'a'.repeat(n)],
    ['colons', (n) => `a${':'.repeat(n)}`],
  ];

  it.each(paths)('grows linearly with its path: %s', (_, create) => {
    const target = parseTarget(origin);
    if (!target) throw new Error('the origin is valid');
    expectLinear(
      create,
      (url) => isOneOf(requestUrls({ url, headers: {} }, [target]), `${origin}${url}?`),
      100_000,
    );
  });

  it('grows linearly with its Host and its htu', () => {
    const targets = [origin, 'https://b.example'].flatMap((text) => parseTarget(text) ?? []);
    expectLinear(
      (n) => 'a.'.repeat(n / 2),
      (host) => {
        const urls = requestUrls({ url: '/', headers: { host } }, targets);
        return isOneOf(urls, `https://${host}/`);
      },
      100_000,
    );
  });

  it('grows linearly with its Client-Cert', () => {
    const thumbprintOf = clientCertificate('header');
    expectLinear(
      (n) => `:${'A'.repeat(n)}`,
      (value) => thumbprintOf({ headers: { 'client-cert': value } }, undefined),
      100_000,
    );
  });
});

it('no error has a token, a proof or a key in it', async () => {
  const proof = proofOf({ claims: { htm: 'POST' } });
  const error = await rejection({ proof });
  const text = `${error.stack} ${JSON.stringify(error)} ${error.message}`;
  for (const part of [...proof.split('.'), accessToken, jwk()['x'] as string]) {
    expect(text).not.toContain(part);
  }
});
