import { describe, expect, it } from 'vitest';
import { createLogoutTokenVerifier } from '../../src/profiles/index.ts';
import { secret } from '../fixtures/keys.ts';
import { NOW, tokenOf } from '../fixtures/tokens.ts';
import { LOGOUT_EVENT } from './kinds.ts';

const issuer = 'https://id.example';
const clock = () => NOW * 1000;
const options = { issuer, clientId: 'web', clock };
const verify = createLogoutTokenVerifier(secret, options);
const claims = {
  iss: issuer,
  aud: 'web',
  exp: NOW + 120,
  iat: NOW,
  jti: '1',
  sid: 's',
  events: { [LOGOUT_EVENT]: {} },
};

const outcome = async (payload: object, header: object = { typ: 'logout+jwt' }) => {
  const result = await verify.result(tokenOf({ ...claims, ...payload }, header));
  return result.ok ? 'accepted' : `${result.code} ${result.claim}`;
};

describe('createLogoutTokenVerifier', () => {
  it('resolves to the claims of a logout token', async () => {
    expect(await verify(tokenOf(claims, { typ: 'logout+jwt' }))).toEqual(claims);
  });

  it.each(['JWT', undefined, 'at+jwt'])('rejects the typ %s', async (typ) => {
    expect(await outcome({}, { typ })).toBe('ERR_HEADER_TYP undefined');
  });

  it.each(['iss', 'aud', 'exp', 'iat', 'jti', 'events'])(
    'rejects a token without %s',
    async (name) => {
      expect(await outcome({ [name]: undefined })).toBe(`ERR_CLAIM_MISSING ${name}`);
    },
  );

  it('requires sub, sid or both, as non-empty strings', async () => {
    expect(await outcome({ sid: undefined })).toBe('ERR_CLAIM_MISSING sid');
    expect(await outcome({ sid: undefined, sub: 'ada' })).toBe('accepted');
    expect(await outcome({ sub: 'ada' })).toBe('accepted');
    for (const wrong of [1, '', ['s'], null, {}]) {
      expect(await outcome({ sid: wrong, sub: 'ada' })).toBe('ERR_CLAIM_INVALID sid');
      expect(await outcome({ sub: wrong })).toBe('ERR_CLAIM_INVALID sub');
    }
  });

  it('requires an object as the value of the event', async () => {
    for (const events of [{}, { [LOGOUT_EVENT]: null }, { [LOGOUT_EVENT]: [] }, { other: {} }]) {
      expect(await outcome({ events })).toBe('ERR_CLAIM_INVALID events');
    }
    for (const events of [[LOGOUT_EVENT], LOGOUT_EVENT, 1]) {
      expect(await outcome({ events })).toBe('ERR_CLAIM_INVALID events');
    }
    expect(await outcome({ events: { [LOGOUT_EVENT]: { more: 1 }, other: 1 } })).toBe('accepted');
  });

  it('rejects a token with a nonce, whatever its value', async () => {
    for (const nonce of ['n', '', null]) {
      expect(await outcome({ nonce })).toBe('ERR_TOKEN_KIND nonce');
    }
  });

  it('rejects a token that is older than maxAge, by default five minutes and 30 seconds', async () => {
    const exp = NOW + 9999;
    expect(await outcome({ exp, iat: NOW - 329 })).toBe('accepted');
    expect(await outcome({ exp, iat: NOW - 330 })).toBe('ERR_CLAIM_TOO_OLD iat');
  });

  it('allows by default a clock of the provider that is 30 seconds ahead', async () => {
    expect(await outcome({ iat: NOW + 30 })).toBe('accepted');
    expect(await outcome({ iat: NOW + 31 })).toBe('ERR_CLAIM_INVALID iat');
  });

  it('takes other limits', async () => {
    const strict = { ...options, maxAge: '1m', clockTolerance: 0 } as const;
    const verify = createLogoutTokenVerifier(secret, strict);
    const resultAt = (iat: number) =>
      verify.result(tokenOf({ ...claims, iat }, { typ: 'logout+jwt' }));
    expect((await resultAt(NOW - 59)).ok).toBe(true);
    expect((await resultAt(NOW - 60)).ok).toBe(false);
    expect((await resultAt(NOW + 1)).ok).toBe(false);
  });

  it.each([
    [{ clientId: 'web' }, /"issuer" is missing/],
    [{ issuer }, /"clientId" is missing/],
    [{ ...options, maxAge: false }, /"maxAge" must be/],
    [{ ...options, audience: 'web' }, /"audience" is not an option/],
    [{ ...options, schema: false }, /"schema" is not an option/],
  ])('checks its options: %j', (options, message) => {
    const create = () => createLogoutTokenVerifier(secret, options as never);
    expect(create).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }));
    expect(create).toThrow(message);
  });
});
