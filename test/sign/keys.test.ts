import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { sign, verify } from '../../src/index.ts';
import { rsa, secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';

const signs = (key: unknown, options: object = {}) => sign({ sub: 'a' }, key as never, options);
const pem = rsa().privateKey.export({ type: 'pkcs8', format: 'pem' });

const text = secret.toString('hex');
const bytes = Uint8Array.from(Buffer.from(text));

/** The key of the fixtures behind a passphrase. */
const encrypted = (passphrase?: string) => ({
  key: rsa().privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'right',
  }),
  passphrase,
});

describe('a missing key', () => {
  test.each([undefined, null, '', 0, false])('such as %j is refused', (key) => {
    const error = errorOf(() => signs(key));
    expect(error.constructor).toBe(Error);
    expect(error.message).toBe('secretOrPrivateKey must have a value');
    expect(error.code).toBe('ERR_KEY_MISSING');
  });

  test.each([
    ['Buffer', Buffer.alloc(0)],
    ['KeyObject', createSecretKey(Buffer.alloc(0))],
  ])('such as an empty %s is refused', (_, key) => {
    expect(() => signs(key)).toThrow('secretOrPrivateKey must have a value');
  });

  test('is not lifted by an alg of none in the header', () => {
    const options = { header: { alg: 'none' } };
    expect(() => signs(undefined, options)).toThrow('secretOrPrivateKey must have a value');
  });
});

describe('key material', () => {
  test.each<[name: string, key: unknown]>([
    ['a number', 123],
    ['true', true],
    ['a plain object', {}],
    ['an array', [secret]],
    ['a function', () => secret],
    ['an object with a toString', { toString: () => 'secret' }],
    ['a damaged PEM', String(pem).slice(0, 400)],
    ['a wrong passphrase', encrypted('wrong')],
    ['an encrypted PEM without its passphrase', encrypted().key],
  ])('that is %s is refused', (_, key) => {
    const error = errorOf(() => signs(key));
    expect(error.constructor).toBe(Error);
    expect(error.message).toBe('secretOrPrivateKey is not valid key material');
    expect(error.code).toBe('ERR_KEY_INVALID');
  });

  test.each<[name: string, key: unknown]>([
    ['PKCS8 PEM text', pem],
    ['PKCS8 PEM bytes', Buffer.from(pem)],
    ['PKCS1 PEM', rsa().privateKey.export({ type: 'pkcs1', format: 'pem' })],
    ['a KeyObject', rsa().privateKey],
    ['a PEM and its passphrase', encrypted('right')],
    [
      'DER',
      {
        key: rsa().privateKey.export({ type: 'pkcs8', format: 'der' }),
        format: 'der',
        type: 'pkcs8',
      },
    ],
    ['a JWK', { key: rsa().privateKey.export({ format: 'jwk' }), format: 'jwk' }],
  ])('that is %s signs', (_, key) => {
    const token = signs(key, { algorithm: 'RS256' });
    expect(verify(token, rsa().publicKey)).toMatchObject({ sub: 'a' });
  });

  test.each<[name: string, key: unknown]>([
    ['text', text],
    ['a Buffer', Buffer.from(text)],
    ['a Uint8Array', bytes],
    ['a DataView', new DataView(bytes.buffer)],
    ['an ArrayBuffer', bytes.buffer],
    ['a KeyObject', createSecretKey(bytes)],
  ])('that is a secret as %s signs', (_, key) => {
    expect(verify(signs(key), text)).toMatchObject({ sub: 'a' });
  });

  test('of a short secret signs', () => {
    expect(verify(signs('x'), 'x')).toMatchObject({ sub: 'a' });
  });
});
