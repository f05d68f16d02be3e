import { expect, test } from 'vitest';
import * as jwk from '../../src/jwk/index.ts';
import { packageEntries } from '../fixtures/package-entries.ts';

/** The public names of jotkit/jwk: a change of this list changes the API. */
const values = [
  'createDiscoveredJwks',
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
  'DiscoveredJwks',
  'ExternalSigner',
  'FindIssuer',
  'FoundIssuersOptions',
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

test('exports exactly these values', () => {
  expect(Object.keys(jwk).sort()).toEqual(values);
  expect(Object.values(jwk).every((value) => typeof value === 'function')).toBe(true);
});

test('exports exactly these types', () => {
  const exports = packageEntries.find(({ specifier }) => specifier === 'jotkit/jwk')?.exports ?? [];
  const named = exports.filter(({ isType }) => isType).map(({ name }) => name);
  expect(named.sort()).toEqual(types);
});
