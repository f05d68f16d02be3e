import { expect, test } from 'vitest';
import * as resource from '../../src/resource/index.ts';
import { packageEntries } from '../fixtures/package-entries.ts';

/** The public names of jotkit/resource: a change of this list changes the API. */
const values = ['IntrospectionError', 'createIntrospector', 'createResource', 'toAuthInfo'];

const types = [
  'AuthInfo',
  'ClientAuth',
  'FindTrustedIssuer',
  'IntrospectionOptions',
  'Introspector',
  'IntrospectorOptions',
  'ResourceOptions',
  'TrustedIssuer',
];

test('exports exactly these values', () => {
  expect(Object.keys(resource).sort()).toEqual(values);
});

test('exports exactly these types', () => {
  const entry = packageEntries.find(({ specifier }) => specifier === 'jotkit/resource');
  const named = entry?.exports.filter(({ isType }) => isType).map(({ name }) => name);
  expect(named?.sort()).toEqual(types);
});
