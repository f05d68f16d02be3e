import { createHmac, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import {
  AuthError,
  bearer,
  cookie,
  createAuthenticator,
  query,
  rolesOf,
  scopesOf,
} from '../../src/http/index.ts';
import { createSigner, createVerifier } from '../../src/index.ts';
import { unsigned } from '../fixtures/tokens.ts';
import { polluted, secret, type WithoutKey } from '../http/requests.ts';

const token = createSigner(secret, { expiresIn: '10m' })({ sub: 'ada' });

async function check(options: WithoutKey, headers: Record<string, string>, more = {}) {
  const authenticate = createAuthenticator({ key: secret, ...options });
  const outcome = await authenticate({ method: 'GET', headers, ...more });
  return outcome.status === 'rejected' ? outcome.error.reason : outcome.auth?.payload.sub;
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const withBearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('rejects what other middlewares accepted', () => {
  test('CVE-2020-15084, CVE-2026-22817: a public key as HMAC secret, without algorithms', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const input = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: 'eve' })}`;
    const forged = `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
    for (const key of [pem, [pem, publicKey], () => pem]) {
      expect(await check({ key }, withBearer(forged))).toBe('alg_not_allowed');
    }
  });

  test('an unsigned token, which makes a guest at most', async () => {
    const forged = withBearer(unsigned({ sub: 'eve' }));
    expect(await check({}, forged)).toBe('alg_not_allowed');
    const guests: WithoutKey = { credentialsRequired: false, onInvalid: 'anonymous' };
    expect(await check(guests, forged)).toBeUndefined();
  });

  test('an OPTIONS request that announces Authorization', async () => {
    const headers = { 'access-control-request-headers': 'authorization' };
    expect(await check({}, headers, { method: 'OPTIONS' })).toBe('token_missing');
  });

  test('a second cookie of the same name, set by a subdomain', async () => {
    const from = cookie('at');
    expect(await check({ from }, { cookie: `at=${token}; at=x` })).toBe('ada');
    expect(await check({ from }, { cookie: `at=x; at=${token}` })).toBe('token_malformed');
  });

  test('a cookie named "__Host-at" after U+00A0, set by a subdomain', async () => {
    const forged = createSigner(secret)({ sub: 'eve' });
    // One byte of a Set-Cookie header; browsers see no prefix in this name.
    const headers = { cookie: `\u00a0__Host-at=${forged}; __Host-at=${token}` };
    expect(await check({ from: cookie('__Host-at') }, headers)).toBe('ada');
  });

  test('claims that look like a complete result of a verifier', async () => {
    const claims = { sub: 'eve', signature: '', payload: { sub: 'admin' } };
    const headers = withBearer(createSigner(secret)(claims));
    for (const complete of [false, true]) {
      const authenticate = createAuthenticator({ verifier: createVerifier(secret, { complete }) });
      expect(await authenticate({ headers })).toMatchObject({ auth: { payload: { sub: 'eve' } } });
    }
  });

  test('a cross-site form with a method override or another Authorization scheme', async () => {
    const from = [bearer(), cookie('at')];
    for (const more of [{ 'x-http-method-override': 'GET' }, { authorization: 'Basic x' }]) {
      const headers = { cookie: `at=${token}`, ...more };
      expect(await check({ from }, headers, { method: 'POST' })).toBe('csrf_failed');
    }
  });
});

describe('a role or scope that a token or a prototype only pretends to have', () => {
  const from = { rolesFrom: 'realm_access.roles', scopesFrom: 'access.scopes' } as const;
  const grantsOf = async (claims: object) => {
    const authenticate = createAuthenticator({ key: secret, ...from });
    const outcome = await authenticate({ headers: withBearer(createSigner(secret)(claims)) });
    if (outcome.status !== 'authenticated') throw new Error('expected a valid token');
    return [...rolesOf(outcome.auth), ...scopesOf(outcome.auth)];
  };

  it.each<[object]>([
    [{ roles: ['admin'], scope: 'admin' }],
    [{ 'realm_access.roles': ['admin'], 'access.scopes': 'admin' }],
    [{ realm_access: [{ roles: ['admin'] }], access: ['admin'] }],
    [{ realm_access: { roles: { admin: true, 0: 'admin', length: 1 } } }],
    [{ realm_access: { roles: [['admin'], { toString: 'admin' }, 7, null, true] } }],
    [{ realm_access: 'roles', access: 'scopes' }],
    [{ realm_access: null, access: { scopes: null } }],
    [{ realm_access: { constructor: { roles: ['admin'] } } }],
    [JSON.parse('{"__proto__":{"realm_access":{"roles":["admin"]}}}')],
  ])('is not granted: %j', async (claims) => {
    expect(await grantsOf(claims)).toEqual([]);
  });

  it('is not granted by a polluted Object.prototype', async () => {
    const members = { roles: ['admin'], scopes: ['admin'], realm_access: { roles: ['admin'] } };
    for (const claims of [{}, { realm_access: {}, access: {} }]) {
      expect(await polluted(members, () => grantsOf(claims))).toEqual([]);
    }
  });

  it('is not granted by a polluted option', async () => {
    const members = { rolesFrom: ['sub'], scopesFrom: ['sub'] };
    const outcome = await polluted(members, () => check({ roles: 'ada' }, withBearer(token)));
    expect(outcome).toBe('forbidden');
  });
});

test('a 401 body names no claim that the token or a schema chose', async () => {
  const authenticate = createAuthenticator({
    key: secret,
    requiredClaims: ['tenant_secret'],
  });
  const outcome = await authenticate({ headers: withBearer(token) });
  if (outcome.status !== 'rejected') throw new Error('expected an error');
  expect(outcome.error.reason).toBe('claim_mismatch');
  expect(JSON.stringify([outcome.error, outcome.error.message])).not.toContain('tenant_secret');
});

describe('an error', () => {
  const errorOf = async (options: WithoutKey, request: object) => {
    const authenticate = createAuthenticator({ key: secret, ...options });
    const outcome = await authenticate({ headers: {}, ...request });
    if (outcome.status !== 'rejected') throw new Error('expected an error');
    expect(outcome.error).toBeInstanceOf(AuthError);
    return outcome.error;
  };

  test('contains no token of the URL', async () => {
    const error = await errorOf({ from: query('t') }, { url: `/me?t=${token}x` });
    const all = JSON.stringify([error.headers, error, error.message, error.stack, `${error}`]);
    expect(all).not.toMatch(/eyJ|\/me/);
  });

  test('contains nothing of a hostile token', async () => {
    const evil = '"\r\nSet-Cookie: x=1\\';
    const extra = [{ alg: evil }, { alg: 'HS256', typ: evil }, { alg: 'HS256', kid: evil }];
    for (const header of extra) {
      const text = `${part(header)}.${part({ sub: evil, iss: evil })}.c2ln`;
      for (const sent of [text, evil, `${text}.${evil}`]) {
        const error = await errorOf({}, { headers: withBearer(sent) });
        expect(JSON.stringify([error, error.headers])).not.toContain('Set-Cookie');
      }
    }
  });
});

test('rejects a header of a million spaces, dots, cookies or quotes', async () => {
  const from = [bearer(), cookie('at'), query('t')];
  const size = 1_000_000;
  for (const headers of [
    withBearer(' '.repeat(size)),
    withBearer('.'.repeat(size)),
    { cookie: 'at;'.repeat(size) },
    { cookie: `at=${'"'.repeat(size)}` },
  ]) {
    const reason = await check({ from }, headers as Record<string, string>);
    expect(reason).toMatch(/^token_(missing|malformed)$/);
  }
});

test('a rejection has no user of Object.prototype', async () => {
  const authenticate = createAuthenticator({ key: secret });
  const user = await polluted({ auth: { user: 'eve' } }, async () => {
    const outcome = await authenticate({ headers: {} });
    return [outcome.status, outcome.auth];
  });
  expect(user).toEqual(['rejected', undefined]);
});
