import { describe, expect, test } from 'vitest';
import * as jotkit from '../../src/index.ts';
import { packageEntries } from '../fixtures/package-entries.ts';

/** The public names: a change of this list is a change of the interface, and of its version. */
const values = [
  'JsonWebTokenError',
  'KeySourceError',
  'NotBeforeError',
  'TokenExpiredError',
  'clearKeyCache',
  'createSigner',
  'createVerifier',
  'decode',
  'sign',
  'signAsync',
  'verify',
  'verifyAsync',
];

const types = [
  'AcceptedToken',
  'Algorithm',
  'CacheOptions',
  'DecodeOptions',
  'ErrorCode',
  'FoundKey',
  'GetPublicKeyOrSecret',
  'Jwk',
  'Jwt',
  'JwtHeader',
  'JwtPayload',
  'KeyDescriptor',
  'KeyInput',
  'KeySource',
  'PrivateKey',
  'PublicKey',
  'RejectedToken',
  'ResultOf',
  'Secret',
  'SignCallback',
  'SignOptions',
  'Signer',
  'SignerOptions',
  'SigningKeyCallback',
  'SigningKeySource',
  'StandardSchema',
  'Timespan',
  'UnverifiedToken',
  'VerificationResult',
  'Verified',
  'Verifier',
  'VerifierOptions',
  'VerifyCallback',
  'VerifyErrors',
  'VerifyOptions',
  'WithClaims',
];

/** What @types/jsonwebtoken 9 has, and code imports. */
const publishedTypes = [
  'Algorithm',
  'DecodeOptions',
  'GetPublicKeyOrSecret',
  'Jwt',
  'JwtHeader',
  'JwtPayload',
  'PrivateKey',
  'PublicKey',
  'Secret',
  'SignCallback',
  'SignOptions',
  'SigningKeyCallback',
  'VerifyCallback',
  'VerifyErrors',
  'VerifyOptions',
];

describe('the root entry point', () => {
  test('exports these values and no other', () => {
    expect(Object.keys(jotkit).sort()).toEqual(values);
    expect(Object.values(jotkit).every((value) => typeof value === 'function')).toBe(true);
  });

  test('exports these types and no other', () => {
    const exports = packageEntries.find(({ specifier }) => specifier === 'jotkit')?.exports ?? [];
    const named = (wanted: boolean) =>
      exports.filter(({ isType }) => isType === wanted).map(({ name }) => name);
    expect(named(true).sort()).toEqual(types);
    expect(named(false).sort()).toEqual(values);
  });

  test('has every type name of @types/jsonwebtoken', () => {
    expect(types).toEqual(expect.arrayContaining(publishedTypes));
  });

  test('has functions with the arity of jsonwebtoken', () => {
    expect([jotkit.sign.length, jotkit.verify.length, jotkit.decode.length]).toEqual([4, 4, 2]);
  });
});

test.each(packageEntries)(
  'every name of $specifier is documented with an example',
  ({ exports }) => {
    expect(exports.length).toBeGreaterThan(0);
    expect(exports.filter(({ hasExample }) => !hasExample).map(({ name }) => name)).toEqual([]);
  },
);
