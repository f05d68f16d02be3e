import { describe, expect, test } from 'vitest';
import {
  type Algorithm,
  createSigner,
  createVerifier,
  decode,
  sign,
  verify,
} from '../../src/index.ts';
import { ec, ed448, ed25519, rsa, rsaPss, secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { encode, forge, mlDsa, pairedKeys } from './pairs.ts';

describe('a prepared signer without "algorithm"', () => {
  test.each([
    ['HS256', 'a secret', secret],
    ['RS256', 'an RSA key', rsa().privateKey],
    ['PS256', 'an RSA-PSS key of SHA-256', rsaPss(256).privateKey],
    ['PS384', 'an RSA-PSS key of SHA-384', rsaPss(384).privateKey],
    ['PS512', 'an RSA-PSS key of SHA-512', rsaPss(512).privateKey],
    ['ES256', 'a key on P-256', ec('P-256').privateKey],
    ['ES384', 'a key on P-384', ec('P-384').privateKey],
    ['ES512', 'a key on P-521', ec('P-521').privateKey],
    ['ES256K', 'a key on secp256k1', ec('secp256k1').privateKey],
    ['EdDSA', 'an Ed25519 key', ed25519().privateKey],
    ['EdDSA', 'an Ed448 key', ed448().privateKey],
    ...mlDsa.map(({ alg, pair }) => [alg, `a key of ${alg}`, pair.privateKey] as const),
  ] as const)('takes %s for %s', (alg, _, key) => {
    const token = createSigner(key)({});
    expect(decode(token, { complete: true })?.header).toEqual({ alg, typ: 'JWT' });
  });

  test('takes the "alg" of a JWK', () => {
    const jwk = { kty: 'RSA', ...rsa().privateKey.export({ format: 'jwk' }), alg: 'PS384' };
    expect(decode(createSigner(jwk)({}), { complete: true })?.header.alg).toBe('PS384');
  });
});

test.each(pairedKeys.filter(({ algorithms }) => algorithms.length > 0))(
  'a prepared verifier without "algorithms" takes all that fit: $name',
  (row) => {
    for (const alg of row.algorithms) {
      expect(createVerifier(row.verifying)(forge(alg, row.signing, { a: 1 }))).toEqual({ a: 1 });
    }
  },
);

test('the classic sign without "algorithm" is HS256 whatever the key', () => {
  expect(decode(sign({}, secret), { complete: true })?.header.alg).toBe('HS256');
  expect(() => sign({}, rsa().privateKey)).toThrow(
    'secretOrPrivateKey must be a symmetric key when using HS256',
  );
});

describe('the allowed algorithms', () => {
  const token = forge('RS256', rsa().privateKey, {});

  test.each([[[]], [['RS384', 'PS256']], [['rs256']], [['RS256 ']], [['RS']], [['HS256', 'none']]])(
    'are compared exactly by the classic verify: %j',
    (algorithms) => {
      expect(() => verify(token, rsa().publicKey, { algorithms: algorithms as never })).toThrow(
        'invalid algorithm',
      );
    },
  );

  test('are one name where the classic verify gets a string', () => {
    const options = (algorithms: string) => ({ algorithms: algorithms as never });
    expect(verify(token, rsa().publicKey, options('RS256'))).toEqual({});
    for (const name of ['RS2567', 'RS256,PS256', 'XRS256', 'RS']) {
      expect(() => verify(token, rsa().publicKey, options(name))).toThrow('invalid algorithm');
    }
  });

  test.each([
    ['rs256'],
    ['RS256 '],
    ['constructor'],
    ['toString'],
    ['__proto__'],
    ['hasOwnProperty'],
    [''],
    [undefined],
    [null],
    [0],
  ])('of a prepared entrance are known names: %j', (name) => {
    for (const call of [
      () => createSigner(rsa().privateKey, { algorithm: name as never }),
      () => createVerifier(rsa().publicKey, { algorithms: [name as never] }),
      () => createVerifier(rsa().publicKey, { algorithms: ['RS256', name as never] }),
    ]) {
      const error = errorOf(call);
      expect(error).toBeInstanceOf(TypeError);
      expect(error.code).toBe('ERR_OPTION_INVALID');
    }
  });

  test('of a prepared verifier must all fit the key', () => {
    expect(() => createVerifier(rsa().publicKey, { algorithms: ['RS256', 'ES256'] })).toThrow(
      '"alg" parameter for "rsa" key type must be one of',
    );
    expect(() => createVerifier(secret, { algorithms: ['HS256', 'RS256'] })).toThrow(
      'key must be an asymmetric key when using RS256',
    );
  });

  test('do not change with the array they came in', () => {
    const algorithms: Algorithm[] = ['PS256'];
    const verifier = createVerifier(rsa().publicKey, { algorithms });
    algorithms.push('RS256');
    expect(() => verifier(token)).toThrow('invalid algorithm');
  });

  test('are narrower than the key where the caller says so', () => {
    const verifier = createVerifier(rsa().publicKey, { algorithms: ['PS256', 'RS512'] });
    expect(() => verifier(token)).toThrow('invalid algorithm');
    expect(verifier(forge('RS512', rsa().privateKey, {}))).toEqual({});
  });
});

describe('"alg" in the header', () => {
  const body = encode({ sub: 'ada' });

  test.each([
    ['missing', undefined],
    ['null', null],
    ['a number', 256],
    ['an array', ['HS256']],
    ['an object', { toString: 'HS256' }],
    ['empty', ''],
    ['in another case', 'hs256'],
    ['padded', ' HS256'],
    ['a member of every object', 'constructor'],
    ['a member of every object', '__proto__'],
    ['in strange spelling', 'nOnE'],
    ['not known', 'HS1024'],
  ])('is refused where it is %s: %j', (_, alg) => {
    const token = `${encode({ alg, typ: 'JWT' })}.${body}.${'A'.repeat(43)}`;
    for (const call of [
      () => verify(token, secret),
      () => verify(token, secret, { algorithms: ['HS256'] }),
      () => createVerifier(secret)(token),
      () => createVerifier(() => secret)(token),
      () => verify(token, rsa().publicKey),
      () => createVerifier(rsa().publicKey)(token),
    ]) {
      expect(errorOf(call)).toMatchObject({
        name: 'JsonWebTokenError',
        message: 'invalid algorithm',
        code: 'ERR_HEADER_ALG',
      });
    }
  });

  test('that is unknown does not pass because the list of the classic verify names it', () => {
    const token = `${encode({ alg: 'HS1024' })}.${body}.${'A'.repeat(43)}`;
    expect(() => verify(token, secret, { algorithms: ['HS1024' as never] })).toThrow(
      '"HS1024" is not a valid algorithm.',
    );
  });
});

test('allowInvalidAsymmetricKeyTypes lifts the rules about types at the classic entrance only', () => {
  const { privateKey, publicKey } = ec('secp256k1');
  const lifted = { allowInvalidAsymmetricKeyTypes: true };
  const token = sign({ sub: 'ada' }, privateKey, { algorithm: 'ES256', ...lifted });
  expect(verify(token, publicKey, { algorithms: ['ES256'], ...lifted })).toMatchObject({
    sub: 'ada',
  });
  expect(() => verify(token, publicKey, { algorithms: ['ES256'] })).toThrow('requires curve');
  expect(() => createVerifier(publicKey, lifted as never)).toThrow('is not an option');
  expect(() => createSigner(privateKey, lifted as never)).toThrow('is not an option');
});
