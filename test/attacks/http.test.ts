import { createHmac, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  AuthError,
  type AuthenticatorOptions,
  bearer,
  cookie,
  createAuthenticator,
  type Outcome,
  query,
} from '../../src/http/index.ts';
import { createSigner, createVerifier } from '../../src/index.ts';

const secret = 'the secret of the http attacks, of 32 bytes or more';
const token = createSigner(secret, { expiresIn: '10m' })({ sub: 'ada' });
const reasonOf = (outcome: Outcome) => {
  return outcome.status === 'rejected' ? outcome.error.reason : outcome.status;
};
const judge = async (options: AuthenticatorOptions, headers: Record<string, string>, more = {}) =>
  reasonOf(
    await createAuthenticator({ key: secret, ...options })({ method: 'GET', headers, ...more }),
  );

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('what middlewares have let in', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' });

  test('CVE-2020-15084, CVE-2026-22817: a public key as the secret of HS256, where no algorithms are named', async () => {
    const input = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: 'eve' })}`;
    const forged = `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
    const headers = { authorization: `Bearer ${forged}` };
    expect(await judge({ key: pem.toString() }, headers)).toBe('alg_not_allowed');
    expect(await judge({ key: [pem.toString(), publicKey] }, headers)).toBe('alg_not_allowed');
    expect(await judge({ key: () => pem.toString() }, headers)).toBe('alg_not_allowed');
  });

  test('an unsigned token, to guests, too', async () => {
    const unsigned = `${part({ alg: 'none' })}.${part({ sub: 'eve' })}.`;
    const headers = { authorization: `Bearer ${unsigned}` };
    expect(await judge({}, headers)).toBe('alg_not_allowed');
    const guests: AuthenticatorOptions = { credentialsRequired: false, onInvalid: 'anonymous' };
    expect(await judge(guests, headers)).toBe('anonymous');
  });

  test('an OPTIONS request that says it will send Authorization', async () => {
    const headers = { 'access-control-request-headers': 'authorization' };
    expect(await judge({}, headers, { method: 'OPTIONS' })).toBe('token_missing');
  });

  test('a second cookie of the same name, which a subdomain set: the first of the header counts', async () => {
    const headers = { cookie: `at=${token}; at=x` };
    expect(await judge({ from: cookie('at') }, headers)).toBe('authenticated');
    expect(await judge({ from: cookie('at') }, { cookie: `at=x; at=${token}` })).toBe(
      'token_malformed',
    );
  });

  test('a cookie of a subdomain whose name is "__Host-at" after a space of Unicode', async () => {
    const forged = createSigner(secret)({ sub: 'eve' });
    // U+00A0, as the one byte that a Set-Cookie header may hold; browsers see no prefix in this name.
    const headers = { cookie: `\u00a0__Host-at=${forged}; __Host-at=${token}` };
    const authenticate = createAuthenticator({ key: secret, from: cookie('__Host-at') });
    const outcome = await authenticate({ method: 'GET', headers });
    expect(outcome).toMatchObject({ auth: { payload: { sub: 'ada' } } });
    expect(
      await judge({ from: cookie('__Host-at') }, { cookie: `\u00a0__Host-at=${forged}` }),
    ).toBe('token_missing');
  });

  test('claims that look like a complete answer', async () => {
    const claims = { sub: 'eve', signature: '', payload: { sub: 'admin' } };
    const headers = { authorization: `Bearer ${createSigner(secret)(claims)}` };
    for (const complete of [false, true]) {
      const verifier = createVerifier(secret, { complete });
      expect(await createAuthenticator({ verifier })({ headers })).toMatchObject({
        auth: { payload: { sub: 'eve' } },
      });
    }
  });

  test('a forged form with a method override: the method that came counts', async () => {
    const headers = { cookie: `at=${token}`, 'x-http-method-override': 'GET' };
    expect(await judge({ from: cookie('at') }, headers, { method: 'POST' })).toBe('csrf_failed');
  });

  test('a cookie beside an Authorization header of the attacker’s making', async () => {
    const headers = { cookie: `at=${token}`, authorization: 'Basic x' };
    const from = [bearer(), cookie('at')];
    expect(await judge({ from }, headers, { method: 'POST' })).toBe('csrf_failed');
  });
});

describe('what middlewares have told', () => {
  test('the token of the URL stands in no header of the answer', async () => {
    const url = `/me?t=${token}x`;
    const outcome = await createAuthenticator({ key: secret, from: query('t') })({
      url,
      headers: { host: 'api.example' },
    });
    if (outcome.status !== 'rejected') return expect.unreachable();
    const { error } = outcome;
    const told = JSON.stringify([error.headers, error, error.message, error.stack, `${error}`]);
    expect(told).not.toContain('eyJ');
    expect(told).not.toContain('/me');
  });

  test('nor does anything of a hostile token, whatever it is', async () => {
    const authenticate = createAuthenticator({ key: secret });
    const evil = '"\r\nSet-Cookie: x=1\\';
    for (const header of [
      { alg: evil },
      { alg: 'HS256', typ: evil },
      { alg: 'HS256', kid: evil },
    ]) {
      const text = `${part(header)}.${part({ sub: evil, iss: evil })}.c2ln`;
      for (const sent of [text, evil, `${text}.${evil}`]) {
        const outcome = await authenticate({ headers: { authorization: `Bearer ${sent}` } });
        if (outcome.status !== 'rejected') return expect.unreachable();
        expect(outcome.error).toBeInstanceOf(AuthError);
        expect(JSON.stringify([outcome.error, outcome.error.headers])).not.toContain('Set-Cookie');
      }
    }
  });
});

describe('what makes a server work', () => {
  test('a header of a million spaces, commas or cookies is refused', async () => {
    const from = [bearer(), cookie('at'), query('t')];
    const long = 1_000_000;
    for (const headers of [
      { authorization: `Bearer ${' '.repeat(long)}` },
      { authorization: `Bearer ${'.'.repeat(long)}` },
      { cookie: 'at;'.repeat(long) },
      { cookie: `at=${'"'.repeat(long)}` },
    ]) {
      expect(await judge({ from }, headers)).toMatch(/^token_(missing|malformed)$/);
    }
  });
});
