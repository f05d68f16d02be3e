import { describe, expect, it } from 'vitest';
import { createVerifier } from '../../src/index.ts';
import { createAccessTokenVerifier } from '../../src/profiles/index.ts';
import { secret } from '../fixtures/keys.ts';
import { NOW, tokenOf } from '../fixtures/tokens.ts';

const issuer = 'https://id.example';
const audience = 'https://api.example';
const clock = () => NOW * 1000;
const base = { iss: issuer, aud: audience, sub: 'ada', exp: NOW + 60 };
const claims = { ...base, iat: NOW, jti: '1', client_id: 'web' };
const at = { typ: 'at+jwt' };

const verify = createAccessTokenVerifier(secret, { issuer, audience, clock });

describe('createAccessTokenVerifier', () => {
  it('resolves to the claims of an access token', async () => {
    expect(await verify(tokenOf(claims, at))).toEqual(claims);
  });

  it('returns the rejection from result', async () => {
    const accepted = await verify.result(tokenOf(claims, at));
    const rejected = await verify.result(tokenOf({ ...claims, nonce: 'n' }, at));
    expect(accepted).toEqual({ ok: true, value: claims });
    expect(rejected).toMatchObject({ ok: false, code: 'ERR_TOKEN_KIND', claim: 'nonce' });
  });

  it.each(['at+jwt', 'application/at+jwt', 'AT+JWT', 'Application/At+Jwt'])(
    'accepts the typ %s',
    async (typ) => {
      expect((await verify.result(tokenOf(claims, { typ }))).ok).toBe(true);
    },
  );

  it.each([['JWT'], [undefined], ['at+jwt '], ['text/at+jwt'], [['at+jwt']], ['logout+jwt']])(
    'rejects the typ %j',
    async (typ) => {
      await expect(verify(tokenOf(claims, { typ }))).rejects.toMatchObject({
        name: 'JsonWebTokenError',
        code: 'ERR_HEADER_TYP',
      });
    },
  );

  it.each(Object.keys(claims))('rejects a token without %s', async (name) => {
    const result = await verify.result(tokenOf({ ...claims, [name]: undefined }, at));
    expect(result).toMatchObject({ ok: false, code: 'ERR_CLAIM_MISSING', claim: name });
  });

  it.each([[7], [['web']], [{}], [true]])('rejects a client_id of %j', async (client_id) => {
    const result = await verify.result(tokenOf({ ...claims, client_id }, at));
    expect(result).toMatchObject({ ok: false, code: 'ERR_CLAIM_INVALID', claim: 'client_id' });
  });

  it('adds the required claims of the caller to those of RFC 9068', async () => {
    const options = { issuer, audience, clock, requiredClaims: ['tenant'] };
    const strict = createAccessTokenVerifier(secret, options);
    expect((await strict.result(tokenOf({ ...claims, tenant: 'a' }, at))).ok).toBe(true);
    const missing = { code: 'ERR_CLAIM_MISSING', claim: 'tenant' };
    expect(await strict.result(tokenOf(claims, at))).toMatchObject(missing);
    const { client_id, ...others } = { ...claims, tenant: 'a' };
    expect(await strict.result(tokenOf(others, at))).toMatchObject({ claim: 'client_id' });
  });

  it('accepts one of several audiences and issuers', async () => {
    const options = { issuer: ['https://old.example', issuer], audience: ['other', audience] };
    const verify = createAccessTokenVerifier(secret, { ...options, clock });
    expect((await verify.result(tokenOf(claims, at))).ok).toBe(true);
    expect((await verify.result(tokenOf({ ...claims, aud: 'third' }, at))).ok).toBe(false);
    expect((await verify.result(tokenOf({ ...claims, iss: 'third' }, at))).ok).toBe(false);
  });

  it('calls a key source with the context', async () => {
    const contexts: unknown[] = [];
    const source = async (_token: unknown, context: unknown) => {
      contexts.push(context);
      return secret;
    };
    const verify = createAccessTokenVerifier(source, { issuer, audience, clock });
    expect(await verify(tokenOf(claims, at), 'request')).toEqual(claims);
    expect(contexts).toEqual(['request']);
  });

  it('calls the schema only for an access token, and resolves to its output', async () => {
    const seen: unknown[] = [];
    const validate = (value: unknown) => {
      seen.push(value);
      return { value: { user: 'ada' } };
    };
    const schema = { '~standard': { version: 1 as const, vendor: 'test', validate } };
    const verify = createAccessTokenVerifier(secret, { issuer, audience, clock, schema });
    await expect(verify(tokenOf({ ...claims, nonce: 'n' }, at))).rejects.toThrow();
    expect(seen).toEqual([]);
    expect((await verify(tokenOf(claims, at))).user).toBe('ada');
  });

  it('checks the kind of a cached token, too', async () => {
    const verify = createAccessTokenVerifier(secret, { issuer, audience, clock, cache: true });
    const token = tokenOf({ ...claims, nonce: 'n' }, at);
    for (let i = 0; i < 3; i++) expect((await verify.result(token)).ok).toBe(false);
    expect(await verify(tokenOf(claims, at))).toEqual(await verify(tokenOf(claims, at)));
    verify.forget(token);
    verify.clear();
  });

  it('rejects with a promise, also for what is no token', async () => {
    await expect(verify('')).rejects.toMatchObject({ name: 'JsonWebTokenError' });
    await expect(verify(undefined as never)).rejects.toMatchObject({ name: 'JsonWebTokenError' });
  });

  it('rejects with the errors of createVerifier, in its order', async () => {
    const plain = createVerifier(secret, { issuer, audience, clock });
    for (const wrong of [{ exp: NOW }, { aud: 'x' }, { iss: 'x' }, { nbf: NOW + 9 }]) {
      const token = tokenOf({ ...claims, ...wrong, nonce: 'n' }, at);
      const { code, message, claim } = plain.result(token) as never;
      expect(await verify.result(token)).toMatchObject({ code, message, claim });
    }
  });
});

describe('an option of createAccessTokenVerifier', () => {
  it.each([
    [{ audience }, /"issuer" is missing/],
    [{ issuer }, /"audience" is missing/],
    [{ issuer: false, audience }, /"issuer" must be/],
    [{ issuer, audience: false }, /"audience" must be/],
    [{ issuer, audience: undefined }, /"audience" must be/],
    [{ issuer, audience: [] }, /"audience" must be/],
    [{ issuer, audience, profile: 'okta' }, /"profile" must be one of rfc9068, auth0/],
    [{ issuer, audience, profile: 'constructor' }, /"profile" must be/],
    [{ issuer, audience, profile: undefined }, /"profile" must be/],
    [{ issuer, audience, typ: 'JWT' }, /"typ" is not an option/],
    [{ issuer, audience, nonce: 'n' }, /"nonce" is not an option/],
    [{ issuer, audience, ignoreExpiration: true }, /"ignoreExpiration" is not an option/],
    [{ issuer, audience, complete: true }, /"complete" is not an option/],
    [{ issuer, audience, async: false }, /"async" is not an option/],
    [null, /options must be an object/],
  ])('is checked: %j', (options, message) => {
    const create = () => createAccessTokenVerifier(secret, options as never);
    expect(create).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }));
    expect(create).toThrow(message);
  });
});

describe('the profile of a provider', () => {
  const sign = {
    auth0: { scope: 'openid', azp: 'web' },
    cognito: { token_use: 'access', client_id: audience, aud: undefined },
    entra: { scp: 'Orders.Read', oid: 'o', tid: 't', ver: '2.0' },
    keycloak: { typ: 'Bearer', azp: 'web' },
  } as const;
  const names = Object.keys(sign) as Array<keyof typeof sign>;
  const verifierOf = (profile: keyof typeof sign) =>
    createAccessTokenVerifier(secret, { issuer, audience, profile, clock });

  it.each(names)('%s accepts its tokens with typ JWT, at+jwt and without', async (name) => {
    const verify = verifierOf(name);
    for (const typ of ['JWT', 'at+jwt', undefined]) {
      const token = tokenOf({ ...base, ...sign[name] }, { typ });
      expect(await verify.result(token)).toMatchObject({ ok: true });
    }
  });

  it.each(names)('%s rejects a token without the claim that tells its kind', async (name) => {
    const bare = { ...base, client_id: name === 'cognito' ? audience : undefined };
    const token = tokenOf({ ...bare, oid: 'o', tid: 't' });
    const claim = { auth0: 'scope', cognito: 'token_use', entra: 'scp', keycloak: 'typ' }[name];
    expect(await verifierOf(name).result(token)).toMatchObject({ code: 'ERR_TOKEN_KIND', claim });
  });

  it.each(names)('%s rejects a token that is marked as an ID token', async (name) => {
    const token = tokenOf({ ...base, ...sign[name], at_hash: 'h' });
    const expected = { code: 'ERR_TOKEN_KIND', claim: 'at_hash' };
    expect(await verifierOf(name).result(token)).toMatchObject(expected);
  });

  it('keycloak accepts the nonce that versions before 25 write', async () => {
    const token = tokenOf({ ...base, ...sign.keycloak, nonce: 'n' });
    expect(await verifierOf('keycloak').result(token)).toMatchObject({ ok: true });
  });

  it.each(['auth0', 'cognito', 'entra'] as const)('%s rejects a nonce', async (name) => {
    const token = tokenOf({ ...base, ...sign[name], nonce: 'n' });
    const expected = { code: 'ERR_TOKEN_KIND', claim: 'nonce' };
    expect(await verifierOf(name).result(token)).toMatchObject(expected);
  });

  it('cognito compares the audience with client_id', async () => {
    const token = tokenOf({ ...base, ...sign.cognito, client_id: 'other' });
    const expected = { code: 'ERR_CLAIM_MISMATCH', claim: 'client_id' };
    expect(await verifierOf('cognito').result(token)).toMatchObject(expected);
    const missing = tokenOf({ ...base, ...sign.cognito, client_id: undefined });
    expect(await verifierOf('cognito').result(missing)).toMatchObject({ claim: 'client_id' });
  });

  it('cognito compares the audience with aud if the token has it', async () => {
    const own = tokenOf({ ...base, ...sign.cognito, client_id: 'other', aud: audience });
    expect(await verifierOf('cognito').result(own)).toMatchObject({ ok: true });
    const other = tokenOf({ ...base, ...sign.cognito, aud: 'https://other.example' });
    expect(await verifierOf('cognito').result(other)).toMatchObject({ claim: 'aud' });
  });
});
