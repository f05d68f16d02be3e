/** The checks of a key against an algorithm, with descriptions of keys instead of keys. */

import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Algorithm } from '../../src/core/keys/algorithms.ts';
import { type Key, type KeyRole, NO_KEY, preparedKeyArgument } from '../../src/core/keys/key.ts';
import {
  checkKind,
  checkSize,
  checkSizeClassic,
  checkType,
  classicAlgorithms,
  defaultsOf,
  isCompatible,
  usableAlgorithms,
} from '../../src/core/keys/key-checks.ts';

interface Details {
  modulusLength?: number;
  namedCurve?: string;
  hashAlgorithm?: string;
  mgf1HashAlgorithm?: string;
  saltLength?: number;
}

const asKey = (kind: Key['kind'], object: object, only?: string[]): Key => ({
  kind,
  object: object as never,
  only,
});
const secretOf = (bytes: number | undefined, only?: string[]) =>
  asKey('secret', { symmetricKeySize: bytes }, only);
const keyOf = (type: string | undefined, details?: Details, kind: Key['kind'] = 'public') =>
  asKey(kind, { asymmetricKeyType: type, asymmetricKeyDetails: details });

const secret = secretOf(64);
const rsa = keyOf('rsa', { modulusLength: 2048 });
const p256 = keyOf('ec', { namedCurve: 'prime256v1' });
const privateRsa = keyOf('rsa', { modulusLength: 2048 }, 'private');
const pss = (hashAlgorithm: string, mgf1HashAlgorithm: string, saltLength?: number) =>
  keyOf('rsa-pss', { hashAlgorithm, mgf1HashAlgorithm, ...(saltLength && { saltLength }) });

const signing = preparedKeyArgument('sign');
const verifying = preparedKeyArgument('verify');
const argumentOf = (role: KeyRole) => (role === 'sign' ? signing : verifying);

afterEach(() => void vi.restoreAllMocks());

describe('checkKind', () => {
  it.each([
    ['HS256', secret, 'sign'],
    ['HS256', secret, 'verify'],
    ['RS256', rsa, 'verify'],
    ['RS256', privateRsa, 'sign'],
    ['none', rsa, 'verify'],
    ['none', NO_KEY, 'verify'],
  ] as const)('accepts for %s the key that it needs: %#', (alg, key, role) => {
    expect(checkKind(alg, key, argumentOf(role))).toBeUndefined();
  });

  it.each([
    ['HS256', rsa, 'verify', 'a symmetric key when using HS256: it is a public key'],
    ['HS256', privateRsa, 'sign', 'a symmetric key when using HS256: it is a private key'],
    ['RS256', secret, 'sign', 'an asymmetric key when using RS256: it is a secret'],
    ['RS256', privateRsa, 'verify', 'an asymmetric key when using RS256: it is a private key'],
    [
      'RS256',
      rsa,
      'sign',
      'an asymmetric key when using RS256: it is a public key, sign with the private key',
    ],
  ] as const)('rejects for %s a key of another kind: %#', (alg, key, role, reason) => {
    const check = () => checkKind(alg, key, argumentOf(role));
    expect(check).toThrow(
      expect.objectContaining({ message: `key must be ${reason}`, code: 'ERR_KEY_TYPE' }),
    );
  });
});

describe('checkSize', () => {
  it.each([
    ['HS256', secretOf(32)],
    ['HS512', secretOf(64)],
    ['RS256', rsa],
    ['RS256', keyOf('rsa')],
    ['ES256', p256],
    ['HS256', NO_KEY],
  ] as const)('accepts a key of the smallest size for %s: %#', (alg, key) => {
    expect(checkSize(alg, key, verifying)).toBeUndefined();
  });

  it.each([
    ['HS256', secretOf(31), 256],
    ['HS512', secretOf(63), 512],
    ['HS256', secretOf(undefined), 256],
    ['RS256', keyOf('rsa', { modulusLength: 2047 }), 2048],
  ] as const)('rejects a smaller key for %s: %#', (alg, key, bits) => {
    const message = `key has a minimum key size of ${bits} bits for ${alg}`;
    expect(() => checkSize(alg, key, verifying)).toThrow(message);
  });
});

describe('checkSizeClassic', () => {
  it('rejects a small RSA key, and only warns of a small secret', () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const small = keyOf('rsa', { modulusLength: 1024 });
    expect(() => checkSizeClassic('RS256', small, verifying)).toThrow('minimum key size');
    expect(checkSizeClassic('HS256', secretOf(32), verifying)).toBeUndefined();
    expect(emitWarning).not.toHaveBeenCalled();
    expect(checkSizeClassic('HS256', secretOf(31), verifying)).toBeUndefined();
  });
});

describe('checkType', () => {
  it.each<[Algorithm, Key]>([
    ['RS256', rsa],
    ['PS512', rsa],
    ['ES256', p256],
    ['HS256', secret],
    ['HS256', asKey('secret', {}, ['HS256', 'HS512'])],
    ['HS256', NO_KEY],
    ['PS256', keyOf('rsa-pss', { modulusLength: 2048 })],
    ['PS256', keyOf('rsa-pss')],
    ['PS256', pss('sha256', 'sha256')],
    ['PS256', pss('sha256', 'sha256', 32)],
    ['PS384', pss('sha384', 'sha384', 48)],
  ])('accepts for %s a key that fits: %#', (alg, key) => {
    expect(checkType(alg, key, verifying)).toBeUndefined();
  });

  const parameters = 'Invalid key for this operation, its RSA-PSS';
  const inherited = Object.create({ namedCurve: 'prime256v1' });

  it.each<[Algorithm, Key, string]>([
    ['ES256', rsa, 'for "rsa" key type must be one of: RS256, PS256, RS384, PS384, RS512, PS512.'],
    ['RS256', p256, '"alg" parameter for "ec" key type must be one of: ES256, ES384, ES512.'],
    ['RS256', keyOf('rsa-pss'), 'for "rsa-pss" key type must be one of: PS256, PS384, PS512.'],
    ['RS256', keyOf('ed25519'), 'for "ed25519" key type must be one of: EdDSA, Ed25519.'],
    ['RS256', keyOf('x25519'), 'Unknown key type "x25519".'],
    ['RS256', keyOf(undefined), 'Unknown key type "unknown".'],
    ['ES384', p256, '"alg" parameter "ES384" requires curve "secp384r1".'],
    ['ES256', keyOf('ec'), '"alg" parameter "ES256" requires curve "prime256v1".'],
    ['ES256', keyOf('ec', inherited), 'requires curve "prime256v1".'],
    ['PS384', pss('sha256', 'sha256'), `${parameters} parameters do not meet the requirements of`],
    ['PS256', pss('sha256', 'sha1'), `${parameters} parameters do not meet the requirements of`],
    ['PS256', pss('sha1', 'sha256'), `${parameters} parameters do not meet the requirements of`],
    ['PS256', pss('sha256', 'sha256', 33), `${parameters} parameter saltLength does not meet the`],
    [
      'HS256',
      asKey('secret', {}, ['HS384', 'HS512']),
      'the key may only be used with "alg" HS384, HS512, not HS256',
    ],
  ])('rejects for %s a key that does not fit: %#', (alg, key, message) => {
    expect(() => checkType(alg, key, verifying)).toThrow(message);
    expect(isCompatible(alg, key, 'verify')).toBe(false);
  });

  it('accepts any type if that is allowed, but not another "alg" than the own', () => {
    expect(checkType('RS256', p256, verifying, true)).toBeUndefined();
    const bound = { ...p256, only: ['ES256'] };
    expect(() => checkType('RS256', bound, verifying, true)).toThrow('may only be used with');
  });
});

describe('defaultsOf', () => {
  it.each<[Key, KeyRole, Algorithm[]]>([
    [secret, 'sign', ['HS256']],
    [secretOf(64, ['HS512']), 'verify', ['HS512']],
    [secretOf(64, ['none']), 'verify', []],
    [secretOf(64, ['A128KW', 'HS384']), 'verify', ['HS384']],
    [rsa, 'verify', ['RS256']],
    [rsa, 'sign', []],
    [privateRsa, 'sign', ['RS256']],
    [pss('sha384', 'sha384'), 'verify', ['PS384']],
    [keyOf('ec', { namedCurve: 'secp384r1' }), 'verify', ['ES384']],
    [keyOf('ed25519'), 'verify', ['EdDSA', 'Ed25519']],
    [keyOf('x25519'), 'verify', []],
  ])('returns one algorithm in all its names: %#', (key, role, names) => {
    expect(defaultsOf(key, role)).toEqual(names);
    expect(defaultsOf(key, role)).toBe(defaultsOf(key, role));
  });
});

describe('usableAlgorithms', () => {
  it('returns the named ones, else the defaults, in a list of its own', () => {
    const named: Algorithm[] = ['RS512', 'PS256'];
    expect(usableAlgorithms(rsa, named, verifying)).toEqual(named);
    expect(usableAlgorithms(rsa, named, verifying)).not.toBe(named);
    expect(usableAlgorithms(rsa, undefined, verifying)).toEqual(['RS256']);
    expect(usableAlgorithms(rsa, undefined, verifying)).not.toBe(defaultsOf(rsa, 'verify'));
  });

  it.each<[Key, Algorithm[] | undefined, KeyRole, string]>([
    [keyOf('x25519'), undefined, 'verify', 'key fits no algorithm that can verify'],
    [keyOf('x25519', {}, 'private'), undefined, 'sign', 'key fits no algorithm that can sign'],
    [
      rsa,
      undefined,
      'sign',
      'key fits no algorithm that can sign: it is a public key, sign with the private key',
    ],
    [rsa, [], 'verify', 'key fits no algorithm that can verify'],
  ])('rejects a key without an algorithm: %#', (key, named, role, message) => {
    expect(() => usableAlgorithms(key, named, argumentOf(role))).toThrow(
      expect.objectContaining({ message, code: 'ERR_KEY_TYPE' }),
    );
  });

  it.each<[Key, Algorithm[], string]>([
    [rsa, ['RS256', 'HS256'], 'must be a symmetric key when using HS256'],
    [rsa, ['RS256', 'ES256'], '"alg" parameter for "rsa" key type'],
    [secretOf(32), ['HS256', 'HS512'], 'has a minimum key size of 512 bits'],
  ])('rejects a list of which one does not fit: %#', (key, named, message) => {
    expect(() => usableAlgorithms(key, named, verifying)).toThrow(message);
  });

  it('accepts a small key if that is allowed', () => {
    expect(usableAlgorithms(secretOf(1), ['HS512'], verifying, true)).toEqual(['HS512']);
  });
});

describe('classicAlgorithms', () => {
  const hmac = ['HS256', 'HS384', 'HS512'];
  const rsaNames = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];

  it.each<[string, Key, string[]]>([
    ['a secret', secret, hmac],
    ['no key', NO_KEY, hmac],
    ['a key bound to "alg"', secretOf(32, ['HS512']), ['HS512']],
    ['RSA', rsa, rsaNames],
    ['RSA-PSS', keyOf('rsa-pss'), rsaNames],
    ['EC', p256, ['ES256', 'ES384', 'ES512', 'ES256K']],
    ['Ed448', keyOf('ed448'), ['EdDSA', 'Ed448']],
    ['another type', keyOf('x25519'), rsaNames],
    ['an unknown type', keyOf(undefined), rsaNames],
  ])('returns what jsonwebtoken allows for %s', (_, key, names) => {
    expect(classicAlgorithms(key)).toEqual(names);
  });
});
