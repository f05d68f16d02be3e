/** T4, first half: the members of a token reach no prototype. */

import { describe, expect, test } from 'vitest';
import { createVerifier, decode, type UnverifiedToken, verifyAsync } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { forge, tokenOf } from '../fixtures/tokens.ts';
import { rejectionBy, verifyApis } from '../fixtures/verify-apis.ts';

type Members = Record<string, unknown>;

const dangerous: Array<[name: string, members: string]> = [
  ['__proto__', '"__proto__":{"admin":true}'],
  ['__proto__ behind an escape', '"\\u005f\\u005fproto__":{"admin":true}'],
  ['__proto__ of null', '"__proto__":null'],
  ['__proto__ of an array', '"__proto__":["admin"]'],
  ['__proto__ in __proto__', '"__proto__":{"__proto__":{"admin":true}}'],
  ['constructor', '"constructor":{"prototype":{"admin":true}}'],
  ['prototype', '"prototype":{"admin":true}'],
  ['both in an object', '"a":{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":1}}}'],
  ['both in an array', '"a":[{"__proto__":{"admin":true}},[{"__proto__":{"admin":true}}]]'],
];

/** The ways in which applications copy an object. */
const copies: Array<(value: object) => object> = [
  (value) => value,
  (value) => Object.assign({}, value),
  (value) => ({ ...value }),
  (value) => structuredClone(value),
  (value) => JSON.parse(JSON.stringify(value)),
  (value) => {
    const copy: Members = {};
    for (const name in value) copy[name] = (value as Members)[name];
    return copy;
  },
  (value) => merge({}, value),
];

/** A naive deep merge. */
function merge(target: Members, source: object): Members {
  for (const [name, member] of Object.entries(source)) {
    const isObject = typeof member === 'object' && member !== null && !Array.isArray(member);
    if (isObject && name !== 'constructor') {
      target[name] = merge((target[name] ?? {}) as Members, member);
    } else target[name] = member;
  }
  return target;
}

/** Fails if an object in the value inherits anything beyond the ordinary. */
function expectOrdinary(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  expect([Object.prototype, Array.prototype, null]).toContain(Object.getPrototypeOf(value));
  expect((value as Members)['admin']).toBeUndefined();
  expect(Object.keys(value)).not.toContain('__proto__');
  for (const [name, member] of Object.entries(value)) {
    if (name !== 'constructor' && name !== 'prototype') expectOrdinary(member);
  }
}

describe.each(dangerous)('%s', (_, members) => {
  test('in the payload reaches no prototype', async () => {
    for (const text of [`{"sub":"ada",${members}}`, `{${members},"sub":"ada"}`]) {
      const token = tokenOf(text);
      const results = [decode(token), decode(token, { json: true })];
      for (const api of verifyApis) results.push((await api.verify(token, secret)) as never);
      for (const result of results) {
        for (const copy of copies) {
          const copied = copy(result as object);
          expectOrdinary(copied);
          expect(copied).toMatchObject({ sub: 'ada' });
        }
      }
      expect(({} as Members)['admin']).toBeUndefined();
    }
  });

  test('in the header reaches no prototype', async () => {
    const token = forge(`{"alg":"HS256",${members}}`, '{"sub":"ada"}');
    const headers: unknown[] = [decode(token, { complete: true })?.header];
    for (const api of verifyApis) {
      headers.push(((await api.verify(token, secret, { complete: true })) as Members)['header']);
    }
    const source = (unverified: UnverifiedToken) => {
      headers.push(unverified.header, unverified.payload);
      return secret;
    };
    createVerifier(source)(token);
    await verifyAsync(token, source);
    for (const found of headers) {
      for (const copy of copies) expectOrdinary(copy(found as object));
    }
  });
});

test('__proto__ stays an own property that is not enumerable', async () => {
  const token = tokenOf('{"sub":"ada","__proto__":{"admin":true}}');
  for (const api of verifyApis) {
    const claims = (await api.verify(token, secret)) as object;
    expect(Object.getOwnPropertyDescriptor(claims, '__proto__')).toMatchObject({
      enumerable: false,
      value: { admin: true },
    });
    expect(JSON.stringify(claims)).toBe('{"sub":"ada"}');
  }
});

describe('a member of __proto__ does not count as', () => {
  test.each<[claim: string, value: unknown, options: Members]>([
    ['iss', 'https://id.example', { issuer: 'https://id.example' }],
    ['aud', 'api', { audience: 'api' }],
    ['sub', 'ada', { subject: 'ada' }],
    ['jti', '1', { jwtid: '1' }],
    ['nonce', 'n', { nonce: 'n' }],
    ['iat', 99_999_999_999, { maxAge: 60 }],
    ['tenant', 'a', { requiredClaims: ['tenant'] }],
  ])('the claim %s', async (claim, value, options) => {
    const token = tokenOf(`{"__proto__":${JSON.stringify({ [claim]: value })}}`);
    for (const api of verifyApis) {
      expect((await rejectionBy(api, token, secret, options)).code).toBe('ERR_CLAIM_MISSING');
    }
  });

  test.each<[parameter: string, header: string, options: Members, code: string]>([
    ['alg', '{"__proto__":{"alg":"HS256"}}', {}, 'ERR_HEADER_ALG'],
    ['typ', '{"alg":"HS256","__proto__":{"typ":"a"}}', { typ: 'a' }, 'ERR_HEADER_TYP'],
  ])('the header parameter %s', async (_, header, options, code) => {
    for (const api of verifyApis) {
      expect((await rejectionBy(api, forge(header, '{}'), secret, options)).code).toBe(code);
    }
  });
});
