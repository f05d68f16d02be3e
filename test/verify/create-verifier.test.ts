import { afterEach, describe, expect, test, vi } from 'vitest';
import { createVerifier, JsonWebTokenError, sign } from '../../src/index.ts';
import { algorithmKeys, ec, ed25519, rsa, rsaPss, secret } from '../fixtures/keys.ts';
import { errorOf, rejectionOf } from '../fixtures/outcome.ts';
import { NOW, tokenOf } from '../fixtures/tokens.ts';

afterEach(() => void vi.restoreAllMocks());

const good = tokenOf({ sub: 'ada' });

describe('without a list of algorithms a prepared verifier takes those that fit the key:', () => {
  test.each<[name: string, key: () => unknown, pattern: RegExp]>([
    ['a secret', () => secret, /^HS/],
    ['a secret of 32 bytes', () => secret.subarray(0, 32), /^HS256/],
    ['RSA', () => rsa().publicKey, /^[RP]S/],
    ['RSA-PSS', () => rsaPss().publicKey, /^PS256/],
    ['P-256', () => ec().publicKey, /^ES256$/],
    ['P-384', () => ec('P-384').publicKey, /^ES384$/],
    ['secp256k1', () => ec('secp256k1').publicKey, /^ES256K$/],
    ['Ed25519', () => ed25519().publicKey, /^Ed(DSA|25519)$/],
    [
      'a JWK with alg',
      () => ({ ...rsa().publicKey.export({ format: 'jwk' }), alg: 'PS256' }),
      /^PS256$/,
    ],
  ])('%s', (_, key, pattern) => {
    const verify = createVerifier(key() as never);
    for (const { alg, signing } of algorithmKeys) {
      const message = errorOf(() =>
        verify(`${sign({}, signing(), { algorithm: alg })}AAAA`),
      ).message;
      expect([alg, message]).toEqual([
        alg,
        pattern.test(alg) ? 'invalid signature' : 'invalid algorithm',
      ]);
    }
  });
});

describe('a key is refused at creation, with a TypeError:', () => {
  test.each<[name: string, key: unknown, options: object, message: string, code: string]>([
    ['none', undefined, {}, 'key must have a value', 'ERR_KEY_MISSING'],
    ['null', null, {}, 'key must have a value', 'ERR_KEY_MISSING'],
    ['an empty secret', '', {}, 'key must have a value', 'ERR_KEY_MISSING'],
    ['a number', 5, {}, 'key is not valid key material', 'ERR_KEY_INVALID'],
    ['a list', [secret], {}, 'key is not valid key material', 'ERR_KEY_INVALID'],
    [
      'a promise',
      Promise.resolve(secret),
      {},
      'key is a promise: await it first',
      'ERR_KEY_INVALID',
    ],
    [
      'a short secret',
      Buffer.alloc(31, 1),
      {},
      'key has a minimum key size of 256 bits for HS256',
      'ERR_KEY_WEAK',
    ],
    [
      'a small RSA key',
      rsa(1024).publicKey,
      {},
      'key has a minimum key size of 2048 bits for RS256',
      'ERR_KEY_WEAK',
    ],
    [
      'a secret for RS256',
      secret,
      { algorithms: ['HS256', 'RS256'] },
      'key must be an asymmetric key when using RS256',
      'ERR_KEY_TYPE',
    ],
    [
      'RSA for HS256',
      rsa().publicKey,
      { algorithms: ['HS256'] },
      'key must be a symmetric key when using HS256',
      'ERR_KEY_TYPE',
    ],
    [
      'P-384 for ES256',
      ec('P-384').publicKey,
      { algorithms: ['ES256'] },
      '"alg" parameter "ES256" requires curve "prime256v1".',
      'ERR_KEY_TYPE',
    ],
    [
      'a JWK for encryption',
      { ...rsa().publicKey.export({ format: 'jwk' }), use: 'enc' },
      {},
      'key may not be used to verify: its "use" does not allow it',
      'ERR_KEY_TYPE',
    ],
  ])('%s', (_, key, options, message, code) => {
    const error = errorOf(() => createVerifier(key as never, options));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe(message);
    expect(error.code).toBe(code);
  });

  test('unless allowInsecureKeySizes lets a small one pass', () => {
    const verify = createVerifier('short', { allowInsecureKeySizes: true });
    expect(verify(tokenOf({ sub: 'ada' }, {}, 'short'))).toEqual({ sub: 'ada' });
  });
});

describe('a prepared verifier', () => {
  test.each(algorithmKeys)('verifies $alg, at once and as a promise', async (row) => {
    const token = sign({ sub: 'ada' }, row.signing(), { algorithm: row.alg });
    const options = { algorithms: [row.alg] };
    expect(createVerifier(row.verifying(), options)(token)).toMatchObject({ sub: 'ada' });
    const promise = createVerifier(row.verifying(), { ...options, async: true })(token);
    expect(promise).toBeInstanceOf(Promise);
    expect(await promise).toMatchObject({ sub: 'ada' });
  });

  test('with async rejects and never throws', async () => {
    const verify = createVerifier(secret, { async: true });
    expect(await rejectionOf(verify(undefined as never))).toBeInstanceOf(JsonWebTokenError);
    expect((await rejectionOf(verify(`${good}AAAA`))).message).toBe('invalid signature');
  });

  test('names the algorithms it takes: no other passes', () => {
    const verify = createVerifier(secret, { algorithms: ['HS512', 'HS384'] });
    expect(() => verify(good)).toThrow('invalid algorithm');
    expect(verify(sign({ sub: 'ada' }, secret, { algorithm: 'HS384' }))).toMatchObject({
      sub: 'ada',
    });
  });

  test('does not see later changes of its options', () => {
    const issuer = ['a'];
    const audience: string[] = ['a'];
    const requiredClaims = ['sub'];
    const algorithms: Array<'HS256' | 'HS384'> = ['HS256'];
    const options = { issuer, audience, requiredClaims, algorithms, subject: 'ada' };
    const verify = createVerifier(secret, options);
    issuer.push('b');
    audience.push('b');
    requiredClaims.length = 0;
    algorithms.push('HS384');
    options.subject = 'eve';
    const claims = { iss: 'a', aud: 'a', sub: 'ada' };
    expect(verify(tokenOf(claims))).toEqual(claims);
    expect(() => verify(tokenOf({ ...claims, iss: 'b' }))).toThrow('jwt issuer invalid');
    expect(() => verify(tokenOf({ ...claims, aud: 'b' }))).toThrow('jwt audience invalid');
    expect(() => verify(tokenOf({ ...claims, sub: 'eve' }))).toThrow('jwt subject invalid');
    expect(() => verify(sign(claims, secret, { algorithm: 'HS384' }))).toThrow('invalid algorithm');
  });

  test('gives every call its own claims', () => {
    const verify = createVerifier(secret);
    const first = verify(good);
    first['sub'] = 'eve';
    expect(verify(good)).toEqual({ sub: 'ada' });
  });

  test('looks Date.now up at each call', () => {
    const verify = createVerifier(secret);
    const token = tokenOf({ exp: NOW });
    vi.spyOn(Date, 'now').mockReturnValue((NOW - 1) * 1000);
    expect(verify(token)).toEqual({ exp: NOW });
    vi.spyOn(Date, 'now').mockReturnValue(NOW * 1000);
    expect(() => verify(token)).toThrow('jwt expired');
  });

  test('reads its clock in milliseconds, once in a verification', async () => {
    const clock = vi.fn(() => NOW * 1000 + 999);
    const options = { clock, maxAge: 60 } as const;
    const token = tokenOf({ iat: NOW, nbf: NOW, exp: NOW + 1 });
    expect(createVerifier(secret, options)(token)).toMatchObject({ iat: NOW });
    expect(clock).toHaveBeenCalledTimes(1);
    await createVerifier(secret, { ...options, async: true })(token);
    expect(clock).toHaveBeenCalledTimes(2);
  });

  test.each([Number.NaN, undefined, 'now'])('with a clock of %j lets no time pass', (time) => {
    const verify = createVerifier(secret, { clock: () => time as never });
    expect(() => verify(tokenOf({ exp: NOW }))).toThrow('jwt expired');
    expect(() => verify(tokenOf({ nbf: NOW }))).toThrow('jwt not active');
  });
});
