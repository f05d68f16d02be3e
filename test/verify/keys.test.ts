import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  JsonWebTokenError,
  type SignOptions,
  sign,
  type VerifyOptions,
  verify,
} from '../../src/index.ts';
import { algorithmKeys, ec, ed25519, rsa, rsaPss, secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { base64url, forge, tokenOf } from '../fixtures/tokens.ts';

const hs = tokenOf({ sub: 'ada' });
const rs = sign({ sub: 'ada' }, rsa().privateKey, { algorithm: 'RS256' });
const es = sign({ sub: 'ada' }, ec().privateKey, { algorithm: 'ES256' });
const pem = rsa().publicKey.export({ type: 'spki', format: 'pem' }) as string;

describe('a missing key is told as such:', () => {
  test.each([undefined, null, '', 0, false])('%j', (key) => {
    const error = errorOf(() => verify(hs, key as never));
    expect(error).toBeInstanceOf(JsonWebTokenError);
    expect(error.message).toBe('secret or public key must be provided');
    expect(error.code).toBe('ERR_KEY_MISSING');
  });

  test.each([Buffer.alloc(0), createSecretKey(Buffer.alloc(0))])('an empty secret', (key) => {
    expect(() => verify(hs, key)).toThrow('secret or public key must be provided');
  });
});

describe('key material is refused that is', () => {
  test.each<[title: string, key: unknown]>([
    ['a number', 123],
    ['a plain object', {}],
    ['a list of keys', [secret]],
    ['an object with a toString', { toString: () => secret.toString() }],
    ['a damaged PEM', pem.slice(0, 200)],
    ['a PEM without its armour', pem.replace(/-----.*-----/g, '').trim()],
    ['the text of a JWK', JSON.stringify(rsa().publicKey.export({ format: 'jwk' }))],
  ])('%s', (_, key) => {
    for (const token of [hs, rs]) {
      const error = errorOf(() => verify(token, key as never));
      expect(error).toBeInstanceOf(JsonWebTokenError);
      expect(error.message).toBe('secretOrPublicKey is not valid key material');
      expect(error.code).toBe('ERR_KEY_INVALID');
    }
  });

  test('a promise: a TypeError that says to await it', () => {
    const error = errorOf(() => verify(hs, Promise.resolve(secret) as never));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe('secretOrPublicKey is a promise: await it first');
  });
});

describe('a public key may be', () => {
  const { publicKey, privateKey } = rsa();
  const pkcs1 = publicKey.export({ type: 'pkcs1', format: 'pem' }) as string;
  test.each<[title: string, key: unknown]>([
    ['a KeyObject', publicKey],
    ['SPKI PEM', pem],
    ['PKCS1 PEM', pkcs1],
    ['PEM bytes', Buffer.from(pem)],
    ['PEM with CRLF', pem.replaceAll('\n', '\r\n')],
    ['PEM behind an empty line', `\n${pem}`],
    ['PEM behind a comment', `# the key of ada\n${pem}`],
    ['PEM with escaped line ends, as in an environment variable', pem.replaceAll('\n', '\\n')],
    ['PEM in quotes and white space', ` "${pem}" `],
    ['PEM in an object', { key: pem }],
    [
      'DER in an object',
      { key: publicKey.export({ type: 'spki', format: 'der' }), format: 'der', type: 'spki' },
    ],
    ['a JWK in an object', { key: publicKey.export({ format: 'jwk' }), format: 'jwk' }],
    ['a bare JWK', publicKey.export({ format: 'jwk' })],
    [
      'a private PEM, of which the public half counts',
      privateKey.export({ type: 'pkcs8', format: 'pem' }),
    ],
    ['a private KeyObject, of which the public half counts', privateKey],
  ])('%s', (_, key) => {
    expect(verify(rs, key as never)).toMatchObject({ sub: 'ada' });
    expect(errorOf(() => verify(hs, key as never)).message).toBe('invalid algorithm');
  });
});

describe('without a list of algorithms those of the type of the key pass,', () => {
  const classic = algorithmKeys.filter(
    ({ alg }) => /^(HS|RS|PS|ES)\d/.test(alg) && alg !== 'ES256K',
  );
  const families: Array<[title: string, key: () => unknown, pattern: RegExp]> = [
    ['of a secret HS', () => secret, /^HS/],
    ['of RSA RS and PS', () => rsa().publicKey, /^[RP]S/],
  ];
  test.each(families)('%s', (_, key, pattern) => {
    for (const { alg, signing } of classic) {
      const token = sign({ sub: 'ada' }, signing(), { algorithm: alg } as SignOptions);
      if (pattern.test(alg)) expect(verify(token, key() as never)).toMatchObject({ sub: 'ada' });
      else expect(() => verify(token, key() as never)).toThrow('invalid algorithm');
    }
  });

  test('of an elliptic key ES, of RSA-PSS PS', () => {
    for (const { alg, signing, verifying } of classic.filter(({ alg }) => alg.startsWith('ES'))) {
      const token = sign({ sub: 'ada' }, signing(), { algorithm: alg });
      expect(verify(token, verifying())).toMatchObject({ sub: 'ada' });
    }
    const token = sign({ sub: 'ada' }, rsaPss().privateKey, { algorithm: 'PS256' });
    expect(verify(token, rsaPss().publicKey)).toMatchObject({ sub: 'ada' });
  });

  test('of Ed25519 its own', () => {
    const token = sign({ sub: 'ada' }, ed25519().privateKey, { algorithm: 'EdDSA' });
    expect(verify(token, ed25519().publicKey)).toMatchObject({ sub: 'ada' });
  });
});

describe('key, algorithm and header agree, or', () => {
  test.each<[message: string, token: string, key: unknown, algorithms: string[]]>([
    ['secretOrPublicKey must be a symmetric key when using HS256', hs, rsa().publicKey, ['HS256']],
    ['secretOrPublicKey must be a symmetric key when using HS256', hs, pem, ['HS256']],
    ['secretOrPublicKey must be an asymmetric key when using RS256', rs, secret, ['RS256']],
    ['invalid algorithm', hs, secret, ['HS384']],
    ['invalid algorithm', hs, secret, ['hs256']],
    ['invalid algorithm', hs, secret, []],
    ['invalid algorithm', forge({ alg: 'hs256' }, {}), secret, ['HS256']],
    ['invalid algorithm', forge({}, {}), secret, ['HS256']],
    ['invalid algorithm', forge({ alg: ['HS256'] }, {}), secret, ['HS256']],
    ['invalid algorithm', forge({ alg: 'constructor' }, {}), secret, ['HS256']],
  ])('%s', (message, token, key, algorithms) => {
    const error = errorOf(() => verify(token, key as never, { algorithms } as never));
    expect(error).toBeInstanceOf(JsonWebTokenError);
    expect(error.message).toBe(message);
  });

  const { publicKey: x25519 } = generateKeyPairSync('x25519');
  test.each<[message: string, token: string, key: unknown, algorithms: string[]]>([
    [
      '"alg" parameter for "rsa" key type must be one of: RS256, PS256, RS384, PS384, RS512, PS512.',
      es,
      rsa().publicKey,
      ['ES256'],
    ],
    [
      '"alg" parameter for "ec" key type must be one of: ES256, ES384, ES512.',
      rs,
      ec().publicKey,
      ['RS256'],
    ],
    ['"alg" parameter "ES256" requires curve "prime256v1".', es, ec('P-384').publicKey, ['ES256']],
    ['Unknown key type "x25519".', es, x25519, ['ES256']],
  ])('%s', (message, token, key, algorithms) => {
    const error = errorOf(() => verify(token, key as never, { algorithms } as never));
    expect(error.constructor).toBe(Error);
    expect(error.message).toBe(message);
    expect(error.code).toBe('ERR_KEY_TYPE');
  });

  test('an algorithm that is allowed and unknown is a TypeError', () => {
    const token = forge({ alg: 'foo' }, {});
    const error = errorOf(() => verify(token, secret, { algorithms: ['foo'] } as never));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(
      /^"foo" is not a valid algorithm\.\n {2}Supported algorithms are:/,
    );
  });

  test('a small RSA key is refused unless allowInsecureKeySizes', () => {
    const { privateKey, publicKey } = rsa(1024);
    const token = sign({ sub: 'a' }, privateKey, {
      algorithm: 'RS256',
      allowInsecureKeySizes: true,
    });
    const error = errorOf(() => verify(token, publicKey));
    expect(error).toBeInstanceOf(JsonWebTokenError);
    expect(error.message).toBe('secretOrPublicKey has a minimum key size of 2048 bits for RS256');
    expect(error.code).toBe('ERR_KEY_WEAK');
    expect(verify(token, publicKey, { allowInsecureKeySizes: true })).toMatchObject({ sub: 'a' });
  });

  test('allowInvalidAsymmetricKeyTypes lifts the rules about types', () => {
    const key = ec('secp256k1');
    const lifted = { algorithm: 'ES256', allowInvalidAsymmetricKeyTypes: true } as const;
    const token = sign({ sub: 'a' }, key.privateKey, lifted);
    expect(() => verify(token, key.publicKey, { algorithms: ['ES256'] })).toThrow('requires curve');
    const options: VerifyOptions = {
      algorithms: ['ES256'],
      allowInvalidAsymmetricKeyTypes: true,
    };
    expect(verify(token, key.publicKey, options)).toMatchObject({ sub: 'a' });
  });
});

describe('an ECDSA signature of a wrong length is an invalid signature:', () => {
  test.each([0, 1, 61, 63, 65, 128].filter(Boolean))('%d bytes', (length) => {
    const [header, payload] = es.split('.');
    const token = `${header}.${payload}.${base64url(Buffer.alloc(length, 1))}`;
    const error = errorOf(() => verify(token, ec().publicKey));
    expect(error.constructor).toBe(JsonWebTokenError);
    expect(error.message).toBe('invalid signature');
  });
});
