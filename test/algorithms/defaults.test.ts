import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  type Algorithm,
  clearKeyCache,
  createSigner,
  createVerifier,
  decode,
  sign,
  verify,
} from '../../src/index.ts';
import { createKeyRing, createLocalJwks } from '../../src/jwk/index.ts';
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

/** The names that a verifier without "algorithms" accepts: one algorithm, in all its names. */
function defaultNames(alg: Algorithm, names: readonly Algorithm[]): readonly Algorithm[] {
  return alg === 'EdDSA' ? names : [alg];
}

describe.each(pairedKeys.filter(({ algorithms }) => algorithms.length > 0))(
  'a verifier without "algorithms", with a key of $name (RFC 8725 §3.1)',
  ({ algorithms, signing, verifying }) => {
    const [first = 'HS256'] = algorithms;
    const defaults = defaultNames(first, algorithms);
    const verifiers = {
      'a key': createVerifier(verifying),
      'a key source': createVerifier(() => verifying),
      'a list': createVerifier(() => [verifying]),
    };

    test.each(Object.entries(verifiers))(
      'accepts only its default algorithm from %s',
      (_, call) => {
        for (const alg of algorithms) {
          const token = forge(alg, signing, { a: 1 });
          if (defaults.includes(alg)) expect(call(token)).toEqual({ a: 1 });
          else {
            expect(errorOf(() => call(token))).toMatchObject({
              code: 'ERR_HEADER_ALG',
              message: `invalid algorithm: this key verifies ${first} unless "algorithms" names another`,
            });
          }
        }
      },
    );

    test('accepts what the list names', () => {
      const verifier = createVerifier(verifying, { algorithms });
      for (const alg of algorithms) {
        expect(verifier(forge(alg, signing, { a: 1 }))).toEqual({ a: 1 });
      }
    });

    test('is not narrowed by the classic calls', () => {
      for (const alg of algorithms) {
        expect(verify(forge(alg, signing, { a: 1 }), verifying)).toEqual({ a: 1 });
      }
    });
  },
);

describe('the "alg" of a JWK', () => {
  const [okp, okp448] = [ed25519(), ed448()];

  test.each([
    ['EdDSA', 'Ed25519', okp],
    ['Ed25519', 'EdDSA', okp],
    ['EdDSA', 'Ed448', okp448],
    ['Ed448', 'EdDSA', okp448],
  ] as const)('%s verifies tokens of %s as well (RFC 9864)', (alg, other, pair) => {
    const jwk = { ...(pair.publicKey.export({ format: 'jwk' }) as { kty: string }), alg };
    for (const name of [alg, other]) {
      const token = forge(name, pair.privateKey, { a: 1 });
      for (const verifier of [
        createVerifier(jwk),
        createVerifier(() => jwk),
        createVerifier(createLocalJwks({ keys: [jwk] })),
        (text: string) => verify(text, jwk),
      ]) {
        expect(verifier(token)).toEqual({ a: 1 });
      }
    }
    const own = { ...(pair.privateKey.export({ format: 'jwk' }) as { kty: string }), alg };
    expect(decode(createSigner(own)({}), { complete: true })?.header.alg).toBe(alg);
  });

  test.each([
    ['PS256', rsa()],
    ['RS512', rsa()],
    ['ES384', ec('P-384')],
  ] as const)('binds the keys of sets and rings: %s', async (alg, pair) => {
    const jwk = { ...(pair.publicKey.export({ format: 'jwk' }) as { kty: string }), alg };
    const ring = createKeyRing([{ key: pair.privateKey, algorithm: alg, kid: 'k' }], {
      expiresIn: '5m',
    });
    const sources = [
      createLocalJwks({ keys: [{ ...jwk, kid: 'k' }] }),
      createLocalJwks({ keys: [jwk] }),
      ring.keys,
    ];
    for (const source of sources) {
      const verifier = createVerifier(source);
      expect(verifier(forge(alg, pair.privateKey, { a: 1 }))).toEqual({ a: 1 });
      clearKeyCache();
      expect(verifier(forge(alg, pair.privateKey, { a: 2 }))).toEqual({ a: 2 });
    }
    expect(createVerifier(ring.keys)(await ring.sign({ a: 1 }))).toMatchObject({ a: 1 });
  });

  test('of a ring does not bind the key object of the caller elsewhere', async () => {
    const object = createSecretKey(secret);
    const ring = createKeyRing([{ key: object, algorithm: 'HS384', kid: 'k' }], {
      expiresIn: '5m',
    });
    expect(createVerifier(ring.keys)(await ring.sign({ a: 1 }))).toMatchObject({ a: 1 });
    expect(createVerifier(object)(createSigner(object)({ a: 1 }))).toMatchObject({ a: 1 });
  });
});

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
  ])('is rejected where it is %s: %j', (_, alg) => {
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
