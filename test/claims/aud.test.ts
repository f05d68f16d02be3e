/** Tests of the option `audience`. */

import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { createVerifier, JsonWebTokenError, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { tokenOf } from '../fixtures/tokens.ts';
import { claimApis, classic, prepared } from './verify-claims.ts';

const strings = ['', 'ap', 'api2', 'API', 'api ', ' api', 'api,web', 'web api'];
const objects = [{}, { 0: 'api' }, { api: true }, { length: 1, 0: 'api' }];
const lists = [[], [''], [null], [1], [true], [{}], [['api']], ['ap', 'i'], ['API']];
const others = [undefined, null, 0, 3, true, false];
const mismatches: unknown[] = [...strings, ...objects, ...lists, ...others];

describe.each(claimApis)('%s with "audience"', (_, verifyClaims) => {
  const either = ['a', 'b', /^web-\d$/];
  test.each<[aud: unknown, audience: unknown]>([
    ['a', 'a'],
    [['a', 'b'], 'b'],
    ['b', either],
    [['x', 'b'], either],
    ['web-1', /^web-\d$/],
    [['x', 'web-1'], either],
    ['a', /A/i],
  ])('accepts "aud" %j for %s', (aud, audience) => {
    expect(verifyClaims({ aud }, { audience })).toEqual({ aud });
  });

  test.each<[audience: unknown, expected: string]>([
    ['a', 'a'],
    [['a', 'd'], 'a or d'],
    [/^web/, '/^web/'],
    [['a', /^web/], 'a or /^web/'],
  ])('names the expected %s in the error', (audience, expected) => {
    expect(errorOf(() => verifyClaims({ aud: ['x'] }, { audience }))).toMatchObject({
      constructor: JsonWebTokenError,
      message: `jwt audience invalid. expected: ${expected}`,
    });
  });

  test.each(mismatches.map((aud) => [aud]))('rejects "aud" %j for "api"', (aud) => {
    const code = aud === undefined ? 'ERR_CLAIM_MISSING' : 'ERR_CLAIM_MISMATCH';
    for (const audience of ['api', ['api'], ['web2', 'api'], /^api$/, [/^api$/]]) {
      const error = errorOf(() => verifyClaims({ aud }, { audience }));
      expect(error).toMatchObject({ code, claim: 'aud' });
    }
  });

  test('never matches a RegExp with an "aud" that is absent or not a string', () => {
    const patterns = [/./, /undefined|^$/, /(?:)/, /null/, /object/, /5|true/, [/./, 'x']];
    for (const aud of [undefined, null, {}, [], 0, 5, true, [null], [{}]]) {
      for (const audience of patterns) {
        expect(() => verifyClaims({ aud }, { audience })).toThrow('jwt audience invalid');
      }
    }
  });

  test('does not convert numbers to strings', () => {
    expect(() => verifyClaims({ aud: 5 }, { audience: '5' })).toThrow('jwt audience invalid');
  });

  test('accepts every "aud" without the option', () => {
    expect(verifyClaims({ aud: 'other' })).toEqual({ aud: 'other' });
  });

  test('does not match a RegExp with a string longer than 1024 characters', () => {
    const audience = /^a+$/;
    expect(verifyClaims({ aud: 'a'.repeat(1024) }, { audience })).toBeTypeOf('object');
    for (const aud of ['a'.repeat(1025), ['a'.repeat(1025)]]) {
      expect(() => verifyClaims({ aud }, { audience })).toThrow('jwt audience invalid');
    }
  });

  test('matches a RegExp of another realm', () => {
    const foreign = runInNewContext('/^web$/');
    for (const audience of [foreign, [foreign]]) {
      expect(verifyClaims({ aud: 'web' }, { audience })).toEqual({ aud: 'web' });
      expect(() => verifyClaims({ aud: 'x' }, { audience })).toThrow('jwt audience invalid');
    }
  });

  test('rejects an object that imitates a RegExp', () => {
    for (const fake of [
      { test: () => true },
      Object.create(RegExp.prototype),
      { source: '.*', flags: '', test: () => true, exec: () => [''] },
    ]) {
      for (const audience of [fake, [fake]]) {
        expect(() => verifyClaims({ aud: 'x' }, { audience })).toThrow();
      }
    }
  });
});

test.each(['g', 'y', 'gy', 'gi', 'giy', 'gu'])(
  'keeps no state of a RegExp with the flags "%s" between tokens',
  (flags) => {
    const audience = new RegExp('api', flags);
    audience.lastIndex = 2;
    const verifier = createVerifier(secret, { audience });
    for (let i = 0; i < 4; i++) {
      for (const check of [verifier, (token: string) => verify(token, secret, { audience })]) {
        expect(check(tokenOf({ aud: 'api' }))).toEqual({ aud: 'api' });
        expect(check(tokenOf({ aud: ['x', 'api', 'y'] }))).toBeTruthy();
        expect(() => check(tokenOf({ aud: 'no' }))).toThrow('audience');
      }
    }
    expect(audience.lastIndex).toBe(2);
  },
);

test('ignores methods that are replaced on a RegExp', () => {
  const audience = /^api$/;
  const verifier = createVerifier(secret, { audience });
  audience.exec = () => ['x'] as never;
  audience.test = () => true;
  expect(() => verifier(tokenOf({ aud: 'no' }))).toThrow('audience');
  expect(() => classic({ aud: 'no' }, { audience })).toThrow('audience');
});

test('matches nothing with an empty list in verify', () => {
  for (const aud of ['a', '', [], undefined]) {
    const error = errorOf(() => classic({ aud }, { audience: [] }));
    expect(error.message).toBe('jwt audience invalid. expected: ');
  }
});

test('matches nothing with elements of the option that are not strings in verify', () => {
  for (const aud of [[5, null, 'x'], 5, '5', null, undefined, []]) {
    expect(() => classic({ aud }, { audience: [5, null, undefined, []] })).toThrow(
      'jwt audience invalid',
    );
  }
});

test.each([[['api', null]], [['api', 1]], [[null, 'api']], [['api', {}]], [['api', ['x']]]])(
  'accepts the mixed list %j in verify and rejects it in createVerifier',
  (aud) => {
    expect(classic({ aud }, { audience: 'api' })).toEqual({ aud });
    expect(() => prepared({ aud }, { audience: 'api' })).toThrow('jwt audience invalid');
  },
);

test('keeps the anchor of a sticky RegExp', () => {
  for (const flags of ['y', 'gy']) {
    const audience = new RegExp('api', flags);
    for (const verifyClaims of [classic, prepared]) {
      expect(() => verifyClaims({ aud: 'evil-api' }, { audience })).toThrow('jwt audience invalid');
      expect(verifyClaims({ aud: 'api-1' }, { audience })).toEqual({ aud: 'api-1' });
    }
  }
});
