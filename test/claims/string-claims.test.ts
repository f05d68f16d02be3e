/** Tests of the claims that are compared with a string: `iss`, `sub`, `jti`, `nonce`. */

import { describe, expect, test } from 'vitest';
import { JsonWebTokenError } from '../../src/index.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { claimApis, classic } from './verify-claims.ts';

const issuer = 'https://id.example';
const strings = [
  '',
  ' ',
  'h',
  'https://id.exampl',
  'https://id.example/',
  'https://id.example.evil.example',
  'https://id.example ',
  ' https://id.example',
  'https://id.example\0',
  'https://id.example\n',
  'HTTPS://ID.EXAMPLE',
  'https://id\u2024example',
  'https://id.example\u200B',
  'https://evil.example,https://id.example',
];
const lists = [[issuer], ['https://evil.example', issuer], [[issuer]], []];
const objects: object[] = [{}, { 0: issuer, length: 1 }, { toString: issuer }];
const mismatches = [...strings, ...lists, ...objects, null, 0, 1, issuer.length, true, false];

describe.each(claimApis)('%s', (_, verifyClaims) => {
  describe.each([
    ['issuer', 'iss'],
    ['subject', 'sub'],
    ['jwtid', 'jti'],
    ['nonce', 'nonce'],
  ])('with "%s"', (option, claim) => {
    test(`accepts an equal "${claim}"`, () => {
      expect(verifyClaims({ [claim]: issuer }, { [option]: issuer })).toEqual({ [claim]: issuer });
    });

    test.each(mismatches.map((value) => [value]))('rejects %j', (value) => {
      const error = errorOf(() => verifyClaims({ [claim]: value }, { [option]: issuer }));
      expect(error).toMatchObject({
        constructor: JsonWebTokenError,
        message: `jwt ${option} invalid. expected: ${issuer}`,
        code: 'ERR_CLAIM_MISMATCH',
        claim,
      });
    });

    test(`rejects a token without "${claim}"`, () => {
      expect(errorOf(() => verifyClaims({}, { [option]: issuer }))).toMatchObject({
        message: `jwt ${option} invalid. expected: ${issuer}`,
        code: 'ERR_CLAIM_MISSING',
        claim,
      });
    });

    test(`accepts every "${claim}" without the option`, () => {
      expect(verifyClaims({ [claim]: 'two' })).toEqual({ [claim]: 'two' });
    });
  });

  test('accepts one of several issuers, each as a whole string', () => {
    const options = { issuer: ['a', 'b'] };
    expect(verifyClaims({ iss: 'b' }, options)).toEqual({ iss: 'b' });
    for (const iss of ['c', 'a,b', '', ['a'], ['a', 'b'], 0, null, undefined]) {
      const error = errorOf(() => verifyClaims({ iss }, options));
      expect(error.message).toBe('jwt issuer invalid. expected: a,b');
    }
  });

  test('compares decoded strings, without Unicode normalization', () => {
    expect(verifyClaims('{"iss":"https:\\/\\/id.example"}', { issuer })).toEqual({ iss: issuer });
    expect(() => verifyClaims({ iss: 'e\u0301' }, { issuer: '\u00E9' })).toThrow('issuer');
  });

  test.each([
    { Iss: issuer },
    { issuer },
    { 'iss ': issuer },
    { 'i\u0455s': issuer },
    { claims: { iss: issuer } },
  ])('does not read "iss" from %j', (claims) => {
    expect(() => verifyClaims(claims, { issuer })).toThrow('issuer');
  });
});

test('rejects every issuer with an empty list in verify', () => {
  const error = errorOf(() => classic({ iss: 'a' }, { issuer: [] }));
  expect(error.message).toBe('jwt issuer invalid. expected: ');
  expect(() => classic({}, { issuer: [undefined] })).toThrow('jwt issuer invalid');
});
