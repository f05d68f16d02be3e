import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSigner } from '../../src/index.ts';
import { createIdTokenVerifier, type IdTokenLogin } from '../../src/profiles/index.ts';
import { ec, ed448, ed25519, rsa, secret } from '../fixtures/keys.ts';
import { NOW, tokenOf } from '../fixtures/tokens.ts';

const issuer = 'https://id.example';
const clock = () => NOW * 1000;
const claims = { iss: issuer, aud: 'web', sub: 'ada', exp: NOW + 60, iat: NOW };
const options = { issuer, clientId: 'web', clock };
const verify = createIdTokenVerifier(secret, options);

const outcome = async (payload: object, login: IdTokenLogin = { nonce: false }) => {
  const result = await verify.result(tokenOf({ ...claims, ...payload }), login);
  return result.ok ? 'accepted' : `${result.code} ${result.claim}`;
};

describe('createIdTokenVerifier', () => {
  it('resolves to the claims of an ID token', async () => {
    const token = tokenOf({ ...claims, nonce: 'n' });
    expect(await verify(token, { nonce: 'n' })).toEqual({ ...claims, nonce: 'n' });
  });

  it.each(['JWT', 'application/jwt', undefined])('accepts the typ %s', async (typ) => {
    expect((await verify.result(tokenOf(claims, { typ }), { nonce: false })).ok).toBe(true);
  });

  it.each(Object.keys(claims))('rejects a token without %s', async (name) => {
    expect(await outcome({ [name]: undefined })).toBe(`ERR_CLAIM_MISSING ${name}`);
  });

  it('rejects the claims of an access token, with the claim at fault', async () => {
    for (const claim of ['scope', 'scp', 'permissions']) {
      expect(await outcome({ [claim]: 'read' })).toBe(`ERR_TOKEN_KIND ${claim}`);
    }
    const error = verify(tokenOf({ ...claims, scope: 'read' }), { nonce: false });
    await expect(error).rejects.toMatchObject({
      name: 'JsonWebTokenError',
      code: 'ERR_TOKEN_KIND',
      claim: 'scope',
      message: 'jwt must be an ID token: "scope" marks an access token',
    });
  });

  it('passes the context to the key source', async () => {
    const seen: unknown[] = [];
    const source = (_token: unknown, context: unknown) => {
      seen.push(context);
      return secret;
    };
    const verify = createIdTokenVerifier(source, options);
    await verify(tokenOf(claims), { nonce: false }, 'a');
    await verify.result(tokenOf(claims), { nonce: false }, 'b');
    expect(seen).toEqual(['a', 'b']);
  });

  it('resolves to the output of the schema, which is called after the checks of the login', async () => {
    let calls = 0;
    const validate = () => {
      calls++;
      return { value: 'ada' };
    };
    const schema = { '~standard': { version: 1 as const, vendor: 'test', validate } };
    const verify = createIdTokenVerifier(secret, { ...options, schema });
    await expect(verify(tokenOf(claims), { nonce: 'n' })).rejects.toThrow();
    expect(calls).toBe(0);
    expect(await verify(tokenOf(claims), { nonce: false })).toBe('ada');
  });
});

describe('nonce', () => {
  it('must be passed: a call without it rejects with TypeError', async () => {
    for (const login of [{}, { nonce: undefined }, { nonce: '' }, { nonce: true }, undefined]) {
      const call = verify(tokenOf(claims), login as never);
      await expect(call).rejects.toBeInstanceOf(TypeError);
      await expect(verify.result('', login as never)).rejects.toMatchObject({
        code: 'ERR_OPTION_INVALID',
      });
    }
    await expect(verify('', {} as never)).rejects.toThrow(/"nonce" is missing/);
  });

  it('is required and compared exactly', async () => {
    const login = { nonce: 'n' };
    expect(await outcome({ nonce: 'n' }, login)).toBe('accepted');
    expect(await outcome({}, login)).toBe('ERR_CLAIM_MISSING nonce');
    for (const nonce of ['N', 'n ', '', ['n'], { n: 1 }, null, 1]) {
      expect(await outcome({ nonce }, login)).toBe('ERR_CLAIM_MISMATCH nonce');
    }
  });

  it('is not compared with false', async () => {
    expect(await outcome({ nonce: 'n' }, { nonce: false })).toBe('accepted');
  });
});

describe('azp', () => {
  it('must be the client, or one of authorizedParties', async () => {
    expect(await outcome({ azp: 'web' })).toBe('accepted');
    expect(await outcome({ azp: 'android' })).toBe('ERR_CLAIM_MISMATCH azp');
    const verify = createIdTokenVerifier(secret, { ...options, authorizedParties: ['android'] });
    const result = await verify.result(tokenOf({ ...claims, azp: 'android' }), { nonce: false });
    expect(result.ok).toBe(true);
  });

  it.each([[['web']], [1], [null], ['']])('must be a string, not %j', async (azp) => {
    expect(await outcome({ azp })).toBe('ERR_CLAIM_MISMATCH azp');
  });

  it('is required if the token has several audiences', async () => {
    expect(await outcome({ aud: ['web'] })).toBe('accepted');
    expect(await outcome({ aud: ['web', 'api'] })).toBe('ERR_CLAIM_MISSING azp');
    expect(await outcome({ aud: ['web', 'api'], azp: 'web' })).toBe('accepted');
    expect(await outcome({ aud: ['web', 'api'], azp: 'api' })).toBe('ERR_CLAIM_MISMATCH azp');
  });

  it('is one of several client ids', async () => {
    const verify = createIdTokenVerifier(secret, { ...options, clientId: ['ios', 'web'] });
    const token = tokenOf({ ...claims, azp: 'ios' });
    expect((await verify.result(token, { nonce: false })).ok).toBe(true);
  });
});

describe.each([
  ['at_hash', 'accessToken'],
  ['c_hash', 'code'],
] as const)('%s', (claim, name) => {
  const halfOf = (value: string, bits: number) =>
    createHash(`sha${bits}`)
      .update(value)
      .digest()
      .subarray(0, bits / 16)
      .toString('base64url');
  const login = { nonce: false as const, [name]: 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y' };
  const value = login[name] as string;

  it('is required if the value is given, and not read otherwise', async () => {
    expect(await outcome({}, login)).toBe(`ERR_CLAIM_MISSING ${claim}`);
    expect(await outcome({ [claim]: 'other' })).toBe('accepted');
  });

  it('is the left half of the SHA-256 for HS256', async () => {
    expect(await outcome({ [claim]: halfOf(value, 256) }, login)).toBe('accepted');
    const other = halfOf(`${value} `, 256);
    for (const wrong of [other, '', null, [halfOf(value, 256)], halfOf(value, 512)]) {
      expect(await outcome({ [claim]: wrong }, login)).toBe(`ERR_CLAIM_MISMATCH ${claim}`);
    }
  });

  it.each([
    ['RS256', 256, rsa],
    ['PS384', 384, rsa],
    ['RS512', 512, rsa],
    ['ES256', 256, () => ec('P-256')],
    ['ES384', 384, () => ec('P-384')],
    ['ES512', 512, () => ec('P-521')],
    ['EdDSA', 512, ed25519],
    ['Ed25519', 512, ed25519],
  ] as const)('uses for %s the SHA-%i', async (algorithm, bits, pair) => {
    const { privateKey, publicKey } = pair();
    const sign = createSigner(privateKey, { algorithm, clock });
    const verify = createIdTokenVerifier(publicKey, { ...options, algorithms: [algorithm] });
    const tokenWith = (hash: string) => sign({ ...claims, [claim]: hash });
    expect((await verify.result(tokenWith(halfOf(value, bits)), login)).ok).toBe(true);
    const result = await verify.result(tokenWith(halfOf('other', bits)), login);
    expect(result).toMatchObject({ code: 'ERR_CLAIM_MISMATCH', claim });
  });

  it('is rejected for an algorithm without a defined hash', async () => {
    const { privateKey, publicKey } = ed448();
    const sign = createSigner(privateKey, { algorithm: 'Ed448', clock });
    const verify = createIdTokenVerifier(publicKey, { ...options, algorithms: ['Ed448'] });
    const token = sign({ ...claims, [claim]: halfOf(value, 512) });
    expect(await verify.result(token, login)).toMatchObject({ code: 'ERR_CLAIM_INVALID', claim });
    expect((await verify.result(token, { nonce: false })).ok).toBe(true);
  });
});

describe('maxAge', () => {
  const login = { nonce: false as const, maxAge: '1m' as const };

  it('requires auth_time', async () => {
    expect(await outcome({}, login)).toBe('ERR_CLAIM_MISSING auth_time');
    for (const auth_time of ['1', null, NOW + 1, [NOW]]) {
      expect(await outcome({ auth_time }, login)).toBe('ERR_CLAIM_INVALID auth_time');
    }
  });

  it('rejects from the second in which the time has passed', async () => {
    expect(await outcome({ auth_time: NOW - 59 }, login)).toBe('accepted');
    expect(await outcome({ auth_time: NOW - 60 }, login)).toBe('ERR_CLAIM_TOO_OLD auth_time');
    expect(await outcome({ auth_time: NOW }, { nonce: false, maxAge: 0 })).toContain('TOO_OLD');
  });

  it('allows the clock tolerance in both directions', async () => {
    const verify = createIdTokenVerifier(secret, { ...options, clockTolerance: 5 });
    for (const [auth_time, ok] of [
      [NOW + 5, true],
      [NOW + 6, false],
      [NOW - 64, true],
      [NOW - 65, false],
    ] as const) {
      expect((await verify.result(tokenOf({ ...claims, auth_time }), login)).ok).toBe(ok);
    }
  });
});

describe('an option of createIdTokenVerifier', () => {
  it.each([
    [{ clientId: 'web' }, /"issuer" is missing/],
    [{ issuer }, /"clientId" is missing/],
    [{ ...options, issuer: false }, /"issuer" must be/],
    [{ ...options, clientId: undefined }, /"clientId" must be/],
    [{ ...options, authorizedParties: 'web' }, /"authorizedParties" must be/],
    [{ ...options, audience: 'web' }, /"audience" is not an option/],
    [{ ...options, nonce: 'n' }, /"nonce" is not an option/],
    [{ ...options, maxAge: '1m' }, /"maxAge" is not an option/],
    [{ ...options, typ: 'JWT' }, /"typ" is not an option/],
  ])('is checked: %j', (options, message) => {
    const create = () => createIdTokenVerifier(secret, options as never);
    expect(create).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }));
    expect(create).toThrow(message);
  });

  it.each([
    [{ nonce: 'n', accessToken: '' }, /"accessToken" must be/],
    [{ nonce: 'n', code: undefined }, /"code" must be/],
    [{ nonce: 'n', maxAge: -1 }, /"maxAge" must be/],
    [{ nonce: 'n', access_token: 'a' }, /"access_token" is not an option/],
  ])('is checked at each login: %j', async (login, message) => {
    await expect(verify(tokenOf(claims), login as never)).rejects.toThrow(message);
  });
});
