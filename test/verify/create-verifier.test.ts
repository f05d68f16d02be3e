/** Tests of `createVerifier`: the key, copies of options, and the clock. */

import { afterEach, describe, expect, test, vi } from 'vitest';
import { createVerifier, JsonWebTokenError, sign } from '../../src/index.ts';
import { ec, ed25519, rsa, secret } from '../fixtures/keys.ts';
import { errorOf, rejectionOf } from '../fixtures/outcome.ts';
import { forge, NOW, tokenOf } from '../fixtures/tokens.ts';

afterEach(() => void vi.restoreAllMocks());

const valid = tokenOf({ sub: 'ada' });

describe('createVerifier throws a TypeError for', () => {
  test.each<[name: string, key: unknown, code: string, algorithms?: string[]]>([
    ['an empty secret', '', 'ERR_KEY_MISSING'],
    ['a list of keys', [secret], 'ERR_KEY_INVALID'],
    ['a promise', Promise.resolve(secret), 'ERR_KEY_INVALID'],
    ['a short secret', Buffer.alloc(31, 1), 'ERR_KEY_WEAK'],
    ['a small RSA key', rsa(1024).publicKey, 'ERR_KEY_WEAK'],
    ['a secret for RS256', secret, 'ERR_KEY_TYPE', ['HS256', 'RS256']],
    ['a public key for HS256', rsa().publicKey, 'ERR_KEY_TYPE', ['HS256']],
    ['P-384 for ES256', ec('P-384').publicKey, 'ERR_KEY_TYPE', ['ES256']],
  ])('%s', (_, key, code, algorithms) => {
    const error = errorOf(() =>
      createVerifier(key as never, { ...(algorithms && { algorithms }) } as never),
    );
    expect(error).toBeInstanceOf(TypeError);
    expect(error.code).toBe(code);
  });
});

describe('createVerifier', () => {
  test('accepts a short secret with allowInsecureKeySizes', () => {
    const verify = createVerifier('short', { allowInsecureKeySizes: true });
    expect(verify(tokenOf({ sub: 'ada' }, {}, 'short'))).toEqual({ sub: 'ada' });
  });

  test.each([
    ['RS256', rsa()],
    ['EdDSA', ed25519()],
  ] as const)('verifies %s in the thread pool with "async"', async (algorithm, pair) => {
    const token = sign({ sub: 'ada' }, pair.privateKey, { algorithm });
    const promise = createVerifier(pair.publicKey, { async: true })(token);
    expect(promise).toBeInstanceOf(Promise);
    expect(await promise).toMatchObject({ sub: 'ada' });
  });

  test('never throws with "async"', async () => {
    const verify = createVerifier(secret, { async: true });
    expect(await rejectionOf(verify(undefined as never))).toBeInstanceOf(JsonWebTokenError);
    expect((await rejectionOf(verify(`${valid}AAAA`))).message).toBe('invalid signature');
  });

  test('rejects algorithms that are not in its list', () => {
    const verify = createVerifier(secret, { algorithms: ['HS512', 'HS384'] });
    expect(() => verify(valid)).toThrow('invalid algorithm');
    expect(verify(sign({ sub: 'ada' }, secret, { algorithm: 'HS384' }))).toMatchObject({
      sub: 'ada',
    });
  });

  test('copies its options', () => {
    const issuer = ['a'];
    const audience: string[] = ['a'];
    const typ: Array<string | null> = ['JWT'];
    const requiredClaims = ['tenant'];
    const algorithms: Array<'HS256' | 'HS384'> = ['HS256'];
    const options = { issuer, audience, typ, requiredClaims, algorithms, subject: 'ada' };
    const verify = createVerifier(secret, options);
    issuer.push('b');
    audience.push('b');
    typ.push(null, 'at+jwt');
    requiredClaims.length = 0;
    algorithms.push('HS384');
    options.subject = 'eve';
    const claims = { iss: 'a', aud: 'a', sub: 'ada', tenant: 't' };
    expect(verify(tokenOf(claims))).toEqual(claims);
    expect(() => verify(tokenOf({ ...claims, iss: 'b' }))).toThrow('jwt issuer invalid');
    expect(() => verify(tokenOf({ ...claims, aud: 'b' }))).toThrow('jwt audience invalid');
    expect(() => verify(tokenOf({ ...claims, sub: 'eve' }))).toThrow('jwt subject invalid');
    expect(() => verify(tokenOf({ ...claims, tenant: '' }))).toThrow('"tenant"');
    expect(() => verify(tokenOf(claims, { typ: 'at+jwt' }))).toThrow('jwt typ invalid');
    expect(() => verify(forge({ alg: 'HS256' }, claims))).toThrow('jwt typ invalid');
    expect(() => verify(sign(claims, secret, { algorithm: 'HS384' }))).toThrow('invalid algorithm');
  });

  test('returns new claims from every call', () => {
    const verify = createVerifier(secret);
    const first = verify(valid);
    first['sub'] = 'eve';
    expect(verify(valid)).toEqual({ sub: 'ada' });
  });

  test('reads Date.now at every call', () => {
    const verify = createVerifier(secret);
    const token = tokenOf({ exp: NOW });
    vi.spyOn(Date, 'now').mockReturnValue((NOW - 1) * 1000);
    expect(verify(token)).toEqual({ exp: NOW });
    vi.spyOn(Date, 'now').mockReturnValue(NOW * 1000);
    expect(() => verify(token)).toThrow('jwt expired');
  });

  test('reads its clock in milliseconds, once for each token', async () => {
    const clock = vi.fn(() => NOW * 1000 + 999);
    const options = { clock, maxAge: 60 } as const;
    const token = tokenOf({ iat: NOW, nbf: NOW, exp: NOW + 1 });
    expect(createVerifier(secret, options)(token)).toMatchObject({ iat: NOW });
    expect(clock).toHaveBeenCalledTimes(1);
    await createVerifier(secret, { ...options, async: true })(token);
    expect(clock).toHaveBeenCalledTimes(2);
  });

  test.each([[Number.NaN], [undefined], ['now'], [null], [''], [NOW], [-1 / 0], [1 / 0]])(
    'throws TypeError if the clock returns %j, which is not milliseconds',
    (time) => {
      const verify = createVerifier(secret, { clock: () => time as never });
      const error = errorOf(() => verify(tokenOf({ exp: 1000 })));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toMatch(/^"clock" must return milliseconds since 1970, got /);
    },
  );
});
