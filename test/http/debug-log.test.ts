import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/core/token/fault.ts';
import { rejectedResult } from '../../src/core/verify/verification-result.ts';
import { tokenError, withCode } from '../../src/errors.ts';
import { debugLog, isSwitchedOn } from '../../src/http/debug-log.ts';
import {
  AuthError,
  type AuthenticatorOptions,
  type AuthReason,
  bearer,
  checkCsrf,
  cookie,
  createAuthenticator,
  getAuth,
  header,
  type ProtectedResource,
  query,
  type RequestLike,
  requireAnyRole,
  requireClaims,
  requireScopes,
  setAuth,
  tokenCookies,
  wsProtocol,
} from '../../src/http/index.ts';
import { createVerifier, type ErrorCode, KeySourceError } from '../../src/index.ts';
import { createIssuers, createLocalJwks } from '../../src/jwk/index.ts';
import { ReplayStoreError } from '../../src/replay/store.ts';
import { collectDebugLines } from '../fixtures/debug-lines.ts';
import { tokenOf } from '../fixtures/tokens.ts';
import { clock, mint, now, secret, type WithoutKey, withBearer } from './requests.ts';
import { fakeDpop, fakeResource } from './senders.ts';

const circular = new Error('round');
circular.cause = circular;

const lines = collectDebugLines();

const base64url = (text: string) => Buffer.from(text).toString('base64url');
const segment = (value: unknown) => base64url(JSON.stringify(value));
const seconds = now / 1000;
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();
const other = 'another secret of the http tests, of 32 bytes or more';

interface Row {
  options?: WithoutKey;
  resource?: ProtectedResource;
  verifier?: AuthenticatorOptions['verifier'];
  token?: string;
  request?: RequestLike;
  line: string;
}

async function lineOf(row: Row): Promise<string | undefined> {
  const { options, verifier, resource, token, request } = row;
  const own = verifier ? { clock, verifier } : { clock, key: secret };
  const all = { ...(resource ? { resource } : own), ...options };
  const authenticate = createAuthenticator(all as AuthenticatorOptions);
  await authenticate(request ?? withBearer(token ?? ''));
  expect(lines.length).toBeLessThan(2);
  return lines[0];
}

const unavailable = (error: unknown) => ({
  key: () => {
    throw error;
  },
});

const revokedBy = (error: unknown) => ({
  isRevoked: () => {
    throw error;
  },
});

const bound = mint({ cnf: { jkt: 'thumbprint' } });
const withDpop = { headers: { authorization: `DPoP ${bound}`, dpop: 'invalid' } };
const failingWith = (error: Error) => ({ dpop: fakeDpop({ error }).dpop });
const withProof = (code: ErrorCode, start: string) => ({
  'an error of the proof': {
    options: failingWith(tokenError(code, 'what was wrong')),
    request: withDpop,
    line: `${start} ${code}: what was wrong`,
  },
});
const rejecting = (code: ErrorCode, message: string) => {
  return fakeResource(() => rejectedResult(new Fault(code, message)));
};

const rows: Record<AuthReason, Record<string, Row>> = {
  token_missing: {
    'no header': {
      request: { headers: {} },
      line: '401 token_missing: no token in "Authorization: Bearer"',
    },
    'no headers at all': {
      request: { headers: null },
      line: '401 token_missing: no token in "Authorization: Bearer"; the request has no "headers"',
    },
    'a list of places': {
      options: {
        from: [bearer(), cookie('__Host-at'), query('t'), header('X-Token'), wsProtocol('jwt')],
      },
      request: { headers: {} },
      line: '401 token_missing: no token in "Authorization: Bearer", query "t", header "X-Token", "Sec-WebSocket-Protocol: jwt", cookie "__Host-at"',
    },
    'token cookies': {
      options: { from: [bearer(), tokenCookies().access] },
      request: { headers: {} },
      line: '401 token_missing: no token in "Authorization: Bearer", cookie "__Host-at"',
    },
    'a function': {
      options: { from: () => undefined },
      request: { headers: {} },
      line: '401 token_missing: no token in your function in "from"',
    },
    'another scheme': {
      request: { headers: { authorization: 'Basic YWRhOmxvdmVsYWNl' } },
      line: '401 token_missing: no token in "Authorization: Bearer"; "Authorization" has the scheme "Basic"',
    },
    'a token without scheme': {
      request: { headers: { authorization: mint() } },
      line: '401 token_missing: no token in "Authorization: Bearer"; "Authorization" has no scheme',
    },
    'one word': {
      request: { headers: { authorization: 'hunter' } },
      line: '401 token_missing: no token in "Authorization: Bearer"; "Authorization" has no scheme',
    },
    'a scheme alone': {
      request: { headers: { authorization: 'Bearer' } },
      line: '401 token_missing: no token in "Authorization: Bearer"; "Authorization" has no token after "Bearer"',
    },
  },
  token_malformed: {
    'one part': {
      token: 'abc',
      line: '401 token_malformed ERR_TOKEN_MALFORMED: the token has 1 part, expected 3',
    },
    'two parts': {
      token: 'abc.def',
      line: '401 token_malformed ERR_TOKEN_MALFORMED: the token has 2 parts, expected 3',
    },
    'many parts': {
      token: '.'.repeat(40),
      line: '401 token_malformed ERR_TOKEN_MALFORMED: the token has 10 parts or more, expected 3',
    },
    'five parts': {
      token: 'a.b.c.d.e',
      line: '401 token_malformed ERR_TOKEN_ENCRYPTED: the token has 5 parts, expected 3: it is encrypted (JWE)',
    },
    'a scheme that is repeated': {
      token: `Bearer ${mint()}`,
      line: '401 token_malformed ERR_TOKEN_MALFORMED: the token begins with "Bearer ": remove the scheme',
    },
    quotes: {
      token: `"${mint()}"`,
      line: '401 token_malformed ERR_TOKEN_MALFORMED: the token is in quotes: remove them',
    },
    'the string "undefined"': {
      token: 'undefined',
      line: '401 token_malformed ERR_TOKEN_MALFORMED: the token is the string "undefined"',
    },
    padding: {
      token: `${segment({ alg: 'HS256' })}=.e30.x`,
      line: '401 token_malformed ERR_TOKEN_MALFORMED: the token is padded with "=": see the option allowPadding',
    },
    'another alphabet': {
      token: '%.b.c',
      line: '401 token_malformed ERR_TOKEN_MALFORMED: a part of the token is empty or not base64url',
    },
    'unused bits': {
      token: `${segment({ alg: 'HS256' })}.e31.x`,
      line: '401 token_malformed ERR_TOKEN_MALFORMED: a part of the token is not canonical base64url',
    },
    'another type': {
      options: { from: (() => 5) as never },
      line: '401 token_malformed ERR_TOKEN_TYPE: the token is a number, expected a string',
    },
    'too many characters': {
      options: { maxTokenLength: 9 },
      token: mint(),
      line: '401 token_malformed ERR_TOKEN_TOO_LONG: jwt is longer than maxTokenLength (9 characters)',
    },
    'a header that is no object': {
      token: `${segment([])}.e30.x${'A'.repeat(40)}AA`,
      line: '401 token_malformed ERR_HEADER_INVALID: jwt header must be a JSON object',
    },
    'a critical extension': {
      token: `${segment({ alg: 'HS256', crit: ['x'] })}.e30.${'A'.repeat(43)}`,
      line: '401 token_malformed ERR_HEADER_CRIT: "crit" in the header names extensions, and none is supported',
    },
    'a kid that is no string': {
      options: { key: () => secret },
      token: `${segment({ alg: 'HS256', kid: 5 })}.e30.${'A'.repeat(43)}`,
      line: '401 token_malformed ERR_HEADER_KID: "kid" is 5, expected at most 256 printable characters',
    },
  },
  signature_invalid: {
    'another secret': {
      token: mint({}, {}, other),
      line: '401 signature_invalid ERR_SIGNATURE_INVALID: the signature does not match the key, a secret; "alg" is "HS256", "kid" is absent',
    },
    'a public key': {
      options: { key: publicKey },
      token: `${mint({}, { keyid: 'k1' }, privateKey as never).slice(0, -86)}${'A'.repeat(86)}`,
      line: '401 signature_invalid ERR_SIGNATURE_INVALID: the signature does not match the key, a public key (ec, prime256v1); "alg" is "ES256", "kid" is "k1"',
    },
    'a list of keys': {
      options: { key: [publicKey, secret] },
      token: mint({}, {}, other),
      line: '401 signature_invalid ERR_SIGNATURE_INVALID: the signature does not match any key of a public key (ec, prime256v1), a secret; "alg" is "HS256", "kid" is absent',
    },
    'two keys in one PEM': {
      options: { key: pem(publicKey) + pem(generateKeyPairSync('ed25519').publicKey) },
      token: `${mint({}, {}, privateKey as never).slice(0, -86)}${'A'.repeat(86)}`,
      line: '401 signature_invalid ERR_SIGNATURE_INVALID: the signature does not match any key of a public key (ec, prime256v1), a public key (ed25519); "alg" is "ES256", "kid" is absent',
    },
    'a key source': {
      options: { key: () => secret },
      token: mint({}, {}, other),
      line: '401 signature_invalid ERR_SIGNATURE_INVALID: the signature does not match the key of the key source; "alg" is "HS256", "kid" is absent',
    },
    'a verifier': {
      verifier: createVerifier(secret, { clock }),
      token: mint({}, {}, other),
      line: '401 signature_invalid ERR_SIGNATURE_INVALID: the signature does not match the key of the verifier; "alg" is "HS256", "kid" is absent',
    },
    'a source without a key': {
      options: { key: () => undefined },
      token: mint({}, { keyid: 'k1' }),
      line: '401 signature_invalid ERR_KEY_NOT_FOUND: the key source has no key for this token; "alg" is "HS256", "kid" is "k1"',
    },
    'a set without the kid': {
      options: {
        key: createLocalJwks({
          keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k2' } as never],
        }),
      },
      token: mint({}, { keyid: 'k1' }, privateKey as never),
      line: '401 signature_invalid ERR_KEY_NOT_FOUND: the key source has no key for this token; "alg" is "ES256", "kid" is "k1": the set has no such key',
    },
    'no signature': {
      token: mint().replace(/[^.]*$/, ''),
      line: '401 signature_invalid ERR_SIGNATURE_MISSING: the token is not signed; "alg" is "HS256", "kid" is absent',
    },
  },
  alg_not_allowed: {
    none: {
      token: `${segment({ alg: 'none' })}.e30.`,
      line: '401 alg_not_allowed ERR_HEADER_ALG: "alg" is "none", expected "HS256": the default of the key, a secret',
    },
    'the option "algorithms"': {
      options: { algorithms: ['HS384', 'HS512'], key: secret.repeat(2) },
      token: mint(),
      line: '401 alg_not_allowed ERR_HEADER_ALG: "alg" is "HS256", expected "HS384" or "HS512": see "algorithms"',
    },
    'a key source': {
      options: { key: () => publicKey },
      token: mint(),
      line: '401 alg_not_allowed ERR_HEADER_ALG: "alg" is "HS256", which is not for the key of the key source',
    },
  },
  typ_not_allowed: {
    'a refresh token': {
      token: mint({}, { header: { typ: 'rt+jwt' } as never }),
      line: '401 typ_not_allowed ERR_HEADER_TYP: "typ" is "rt+jwt", expected "JWT" or "at+jwt" or no "typ"',
    },
  },
  token_expired: {
    'exp that has passed': {
      token: mint({ exp: seconds - 300 }),
      line: '401 token_expired ERR_CLAIM_EXPIRED: "exp" is 2026-11-21T23:55:00Z, now is 2026-11-22T00:00:00Z: expired 300 s ago',
    },
  },
  token_not_active: {
    'nbf in milliseconds': {
      token: tokenOf({ nbf: now }, {}, secret),
      line: `401 token_not_active ERR_CLAIM_NOT_ACTIVE: "nbf" is ${now} (not seconds?), now is 2026-11-22T00:00:00Z: active in ${now - seconds} s`,
    },
    'nbf in the future': {
      token: mint({ nbf: seconds + 60 }),
      line: '401 token_not_active ERR_CLAIM_NOT_ACTIVE: "nbf" is 2026-11-22T00:01:00Z, now is 2026-11-22T00:00:00Z: active in 60 s',
    },
  },
  too_old: {
    'iat older than maxAge': {
      options: { maxAge: '5m' },
      token: mint({ iat: seconds - 301 }),
      line: '401 too_old ERR_CLAIM_TOO_OLD: "iat" is 2026-11-21T23:54:59Z, now is 2026-11-22T00:00:00Z: issued 301 s ago, "maxAge" is "5m"',
    },
  },
  claim_mismatch: {
    'an opaque token': {
      resource: rejecting('ERR_CLAIM_MISMATCH', 'jwt audience invalid. expected: api'),
      token: 'opaque',
      line: '401 claim_mismatch ERR_CLAIM_MISMATCH: jwt audience invalid. expected: api',
    },
    'an absent aud': {
      options: { audience: 'api' },
      token: mint(),
      line: '401 claim_mismatch ERR_CLAIM_MISSING: "aud" is absent, expected "api"',
    },
    'another aud': {
      options: { audience: ['api', /^https:\/\/api\./] },
      token: mint({}, { audience: ['web', 'app'] }),
      line: '401 claim_mismatch ERR_CLAIM_MISMATCH: "aud" is ["web", "app"], expected "api" or "/^https:\\\\/\\\\/api\\\\./"',
    },
    'an absent iss': {
      options: { issuer: 'https://id.example' },
      token: mint(),
      line: '401 claim_mismatch ERR_CLAIM_MISSING: "iss" is absent, expected "https://id.example"',
    },
    'an absent iss of several issuers': {
      verifier: createIssuers({ 'https://id.example': { key: secret } }),
      token: mint(),
      line: '401 claim_mismatch ERR_CLAIM_MISSING: "iss" is absent, expected a registered issuer',
    },
    'another sub': {
      options: { subject: 'grace' },
      token: mint(),
      line: '401 claim_mismatch ERR_CLAIM_MISMATCH: "sub" is another value, expected that of "subject"',
    },
    'an absent jti': {
      options: { jwtid: 'x' },
      token: mint(),
      line: '401 claim_mismatch ERR_CLAIM_MISSING: "jti" is absent, expected that of "jwtid"',
    },
    'a required claim': {
      options: { requiredClaims: ['tenant'] },
      token: mint(),
      line: '401 claim_mismatch ERR_CLAIM_MISSING: "tenant" is absent, but required by "requiredClaims"',
    },
    'an iat that maxAge needs': {
      options: { maxAge: '5m' },
      token: mint({ exp: seconds + 60 }, { noTimestamp: true }),
      line: '401 claim_mismatch ERR_CLAIM_MISSING: "iat" is absent, but required by "maxAge"',
    },
    'an iat in the future': {
      options: { maxAge: '5m' },
      token: mint({ iat: seconds + 60, exp: seconds + 90 }),
      line: '401 claim_mismatch ERR_CLAIM_INVALID: "iat" is 2026-11-22T00:01:00Z, now is 2026-11-22T00:00:00Z: issued in the future',
    },
    'a schema': {
      options: {
        schema: {
          '~standard': {
            version: 1,
            vendor: 'test',
            validate: () => ({ issues: [{ message: 'ada is no address', path: ['email'] }] }),
          },
        },
      },
      token: mint(),
      line: '401 claim_mismatch ERR_CLAIM_SCHEMA: the claims do not match "schema": see "email"',
    },
  },
  unknown_issuer: {
    'another iss': {
      options: { issuer: ['https://id.example', 'https://id.test'] },
      token: mint({}, { issuer: 'https://id.example/' }),
      line: '401 unknown_issuer ERR_CLAIM_MISMATCH: "iss" is "https://id.example/", expected "https://id.example" or "https://id.test"',
    },
    'an issuer that is not registered': {
      verifier: createIssuers({ 'https://id.example': { key: secret } }),
      token: mint({}, { issuer: 'https://evil.example' }),
      line: '401 unknown_issuer ERR_CLAIM_MISMATCH: "iss" is "https://evil.example", expected a registered issuer',
    },
  },
  token_revoked: {
    isRevoked: {
      options: { isRevoked: () => true },
      token: mint(),
      line: '401 token_revoked: "isRevoked" returned true',
    },
    'an AuthError of a hook': {
      options: revokedBy(new AuthError('token_revoked')),
      token: mint(),
      line: '401 token_revoked: The token has been revoked',
    },
  },
  token_inactive: {
    'an opaque token': {
      resource: rejecting('ERR_TOKEN_INACTIVE', 'the authorization server does not know the token'),
      token: 'opaque',
      line: '401 token_inactive ERR_TOKEN_INACTIVE: the authorization server does not know the token',
    },
  },
  sender_mismatch: {
    'a bound token without options': {
      token: bound,
      line: '401 sender_mismatch ERR_PROOF_MISMATCH: the token is bound to a key, and no "dpop" is set to verify a proof',
    },
    'another certificate': {
      options: { mtls: () => 'another' },
      token: mint({ cnf: { 'x5t#S256': 'mine' } }),
      line: '401 sender_mismatch ERR_PROOF_MISMATCH: the token is bound to another certificate than that of the client',
    },
  },
  proof_missing: {
    'a bearer token': {
      options: { dpop: fakeDpop({ required: true }).dpop },
      token: mint(),
      line: '401 proof_missing ERR_PROOF_MISSING: the token was not sent with the scheme DPoP',
    },
  },
  proof_invalid: withProof('ERR_PROOF_INVALID', '401 proof_invalid'),
  proof_replayed: withProof('ERR_PROOF_REPLAYED', '401 proof_replayed'),
  nonce_required: withProof('ERR_PROOF_NONCE', '401 nonce_required'),
  replay_unavailable: {
    'a store that fails': {
      options: failingWith(new ReplayStoreError('the replay store failed', new Error('down'))),
      request: withDpop,
      line: '503 replay_unavailable ERR_REPLAY_STORE: the replay store failed: Error: down',
    },
  },
  introspection_unavailable: {
    'an endpoint that fails': {
      resource: fakeResource(() => {
        const error = new KeySourceError('the introspection endpoint failed', new Error('timeout'));
        throw withCode(error, 'ERR_INTROSPECTION');
      }),
      token: 'opaque',
      line: '503 introspection_unavailable ERR_INTROSPECTION: the introspection endpoint failed: Error: timeout',
    },
  },
  user_not_found: {
    user: {
      options: { user: () => null },
      token: mint(),
      line: '401 user_not_found: "user" returned null',
    },
  },
  credentials_conflict: {
    'a header and a cookie': {
      options: { from: [bearer(), cookie('at')], multiple: 'reject' },
      request: {
        method: 'GET',
        headers: { authorization: `Bearer ${mint()}`, cookie: `at=${mint()}` },
      },
      line: '400 credentials_conflict: tokens in header and cookie, expected one: "multiple" is "reject"',
    },
  },
  insufficient_scope: {
    scopes: {
      options: { scopes: ['orders:read', 'orders:write'] },
      token: mint({ scope: 'orders:read' }),
      line: '403 insufficient_scope: the token must have the scope "orders:read" and "orders:write"',
    },
    anyScope: {
      options: { anyScope: ['a', 'b', 'c', 'd', 'e'] },
      token: mint(),
      line: '403 insufficient_scope: the token must have the scope "a" or "b" or "c" or "d" or 1 more',
    },
  },
  forbidden: {
    roles: {
      options: { roles: 'editor' },
      token: mint({ roles: ['reader'] }),
      line: '403 forbidden: the token must have the role "editor"',
    },
    authorize: {
      options: { authorize: () => false },
      token: mint(),
      line: '403 forbidden: "authorize" returned false',
    },
  },
  csrf_failed: {
    'another site': {
      options: { from: cookie('at') },
      request: {
        method: 'POST',
        headers: {
          cookie: `at=${mint()}`,
          origin: 'https://evil.example',
          'sec-fetch-site': 'cross-site',
          host: 'api.example',
        },
      },
      line: '403 csrf_failed: "Origin" is "https://evil.example", "Sec-Fetch-Site" is "cross-site", "Host" is "api.example"; "origins" allows other sites',
    },
    'no Origin': {
      options: { from: cookie('at') },
      request: { method: 'POST', headers: { cookie: `at=${mint()}` } },
      line: '403 csrf_failed: "Origin" is absent, "Sec-Fetch-Site" is absent, "Host" is absent; "origins" allows other sites',
    },
  },
  key_unavailable: {
    'a source that throws': {
      options: unavailable(
        Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6379'), { code: 'ECONNREFUSED' }),
      ),
      token: mint({}, { keyid: 'k1' }),
      line: '503 key_unavailable ERR_KEY_SOURCE: the key source failed: Error ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:6379; "alg" is "HS256", "kid" is "k1"',
    },
    'a set that was not fetched': {
      options: unavailable(
        new KeySourceError(
          'no keys from https://id.example/jwks.json: the connection failed',
          new Error('the connection failed', {
            cause: new TypeError('fetch failed', {
              cause: Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }),
            }),
          }),
        ),
      ),
      token: mint(),
      line: '503 key_unavailable ERR_KEY_SOURCE: no keys from https://id.example/jwks.json: the connection failed: TypeError: fetch failed: AggregateError ECONNREFUSED; "alg" is "HS256", "kid" is absent',
    },
    'a set that is not JSON': {
      options: unavailable(
        new KeySourceError(
          'no keys from https://id.example/jwks.json: a response that is not JSON',
          new Error('a response that is not JSON'),
        ),
      ),
      token: mint(),
      line: '503 key_unavailable ERR_KEY_SOURCE: no keys from https://id.example/jwks.json: a response that is not JSON; "alg" is "HS256", "kid" is absent',
    },
    'a cause that is its own cause': {
      options: unavailable(circular),
      token: mint(),
      line: '503 key_unavailable ERR_KEY_SOURCE: the key source failed: Error: round: Error: round: Error: round; "alg" is "HS256", "kid" is absent',
    },
  },
  revocation_unavailable: {
    'isRevoked that throws': {
      options: revokedBy(new Error('connect to redis://ada:hunter2@cache.example/0 failed')),
      token: mint(),
      line: '503 revocation_unavailable: "isRevoked" threw Error: connect to redis://… failed',
    },
    'a URL with a port before a colon': {
      options: revokedBy(new Error('no introspection at http://localhost:4100: status 401')),
      token: mint(),
      line: '503 revocation_unavailable: "isRevoked" threw Error: no introspection at http://localhost:4100: status 401',
    },
  },
};

describe('NODE_DEBUG=jotkit', () => {
  for (const [reason, each] of Object.entries(rows)) {
    it.each(Object.entries(each))(`writes one line for ${reason}: %s`, async (_, row) => {
      expect(await lineOf(row)).toBe(row.line);
    });
  }

  it('writes nothing for an accepted request, a guest or a preflight', async () => {
    const authenticate = createAuthenticator({ key: secret, clock, credentialsRequired: false });
    const preflight = { origin: 'https://a.example', 'access-control-request-method': 'GET' };
    await authenticate(withBearer(mint()));
    await authenticate({ headers: {} });
    await authenticate({ method: 'OPTIONS', headers: preflight });
    expect(lines).toEqual([]);
  });

  it('says that an ignored token leaves the request without a user', async () => {
    const options = { credentialsRequired: false, onInvalid: 'anonymous' } as const;
    expect(await lineOf({ options, token: 'abc', line: '' })).toBe(
      '401 token_malformed ERR_TOKEN_MALFORMED: the token has 1 part, expected 3; the request continues without a user',
    );
  });

  it('writes the line for authenticate.verify', async () => {
    await createAuthenticator({ key: secret, clock }).verify(mint({}, {}, other));
    expect(lines).toEqual([
      expect.stringMatching(/^401 signature_invalid ERR_SIGNATURE_INVALID: /),
    ]);
  });

  it('writes the line for guards, getAuth and checkCsrf', async () => {
    const request = { headers: {} };
    setAuth(request, undefined);
    expect(() => getAuth(request)).toThrow(AuthError);
    const outcome = await createAuthenticator({ key: secret, clock })(withBearer(mint()));
    setAuth(request, outcome.auth);
    expect(() => requireScopes('orders:read')(request)).toThrow(AuthError);
    expect(() => requireAnyRole('editor', 'admin')(request)).toThrow(AuthError);
    expect(() => requireClaims({ email_verified: true, plan: 'pro' })(request)).toThrow(AuthError);
    expect(() => checkCsrf({ method: 'POST', headers: {} })).toThrow(AuthError);
    expect(lines).toEqual([
      '401 token_missing: the request was accepted without a token',
      '403 insufficient_scope: the token must have the scope "orders:read"',
      '403 forbidden: the token must have the role "editor" or "admin"',
      '403 forbidden: the claims "email_verified" and "plan" must have the values of requireClaims',
      '403 csrf_failed: "Origin" is absent, "Sec-Fetch-Site" is absent, "Host" is absent; "origins" allows other sites',
    ]);
  });

  it('stays short for arrays in arrays', async () => {
    const list = ['x', 'x', 'x', 'x'].map((x) => ['x', 'x', 'x', 'x'].map(() => [x, x, x, x]));
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${encode({ alg: list })}.${encode({})}.c2ln`;
    expect(await lineOf({ token, line: '' })).toContain(
      '"alg" is [an array, an array, an array, an array], ',
    );
  });

  it('changes no response, and writes no line if a clock or an error of yours throws', async () => {
    const hostile = Object.defineProperty(new Error(), 'message', {
      get() {
        throw new Error('no message');
      },
    });
    const authenticate = createAuthenticator({ key: secret, clock, ...revokedBy(hostile) });
    const outcomes = [];
    for (const isEnabled of [true, false]) {
      debugLog.isEnabled = isEnabled;
      const { error } = (await authenticate(withBearer(mint()))) as { error: AuthError };
      const response = error.getResponse();
      outcomes.push([response.status, [...response.headers], await response.text()]);
    }
    expect(outcomes[0]).toEqual(outcomes[1]);
    expect(lines).toEqual([]);
  });
});

describe('the switch', () => {
  it('is off in a runtime that reports every log as enabled, as workerd does', () => {
    expect(isSwitchedOn(true, {})).toBe(false);
  });

  it('is on if the runtime reports the log as enabled and NODE_DEBUG is set', () => {
    expect(isSwitchedOn(true, { NODE_DEBUG: 'jotkit' })).toBe(true);
    expect(isSwitchedOn(false, { NODE_DEBUG: 'http' })).toBe(false);
    expect(isSwitchedOn(undefined, { NODE_DEBUG: 'jotkit' })).toBe(false);
  });

  it('does not read the environment if the log is not enabled', () => {
    const environment = new Proxy({}, { get: () => expect.unreachable() });
    expect(isSwitchedOn(false, environment)).toBe(false);
  });
});
