import { expect, test } from 'vitest';
import * as jwk from '../../src/jwk/index.ts';
import { packageEntries } from '../fixtures/package-entries.ts';

/** The public names of jotkit/jwk: a change of this list is a change of the interface. */
const values = [
  'createIssuers',
  'createKeyRing',
  'createLocalJwks',
  'createRemoteJwks',
  'discover',
  'exportJwk',
  'exportPem',
  'generateKey',
  'importKey',
  'thumbprint',
  'thumbprintUri',
];

const types = [
  'Discovered',
  'ExternalSigner',
  'GenerateKeyOptions',
  'IssuerMetadata',
  'IssuerOptions',
  'Jwks',
  'KeyAlgorithm',
  'KeyRing',
  'KeyRingOptions',
  'KeyState',
  'KeyStatus',
  'KeyTimes',
  'KeyType',
  'KeyTypeOptions',
  'LocalJwks',
  'RemoteJwks',
  'RemoteJwksOptions',
  'RingKey',
  'SkippedKey',
  'ThumbprintHash',
];

test('jotkit/jwk exports these values and no other', () => {
  expect(Object.keys(jwk).sort()).toEqual(values);
  expect(Object.values(jwk).every((value) => typeof value === 'function')).toBe(true);
});

test('jotkit/jwk exports these types and no other', () => {
  const exports = packageEntries.find(({ specifier }) => specifier === 'jotkit/jwk')?.exports ?? [];
  const named = exports.filter(({ isType }) => isType).map(({ name }) => name);
  expect(named.sort()).toEqual(types);
});
