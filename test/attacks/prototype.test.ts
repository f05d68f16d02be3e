/** T4, first half: what a token carries reaches nobody's prototype. */

import { describe, expect, test } from 'vitest';
import { createVerifier, decode, type UnverifiedToken, verifyAsync } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { forge } from '../fixtures/tokens.ts';
import { verifyApis } from '../fixtures/verify-apis.ts';

const payloads: Record<string, string> = {
  '__proto__ last': '{"sub":"ada","__proto__":{"admin":true}}',
  '__proto__ first': '{"__proto__":{"admin":true},"sub":"ada"}',
  '__proto__ by an escape': '{"sub":"ada","\\u005f\\u005fproto__":{"admin":true}}',
  '__proto__ null': '{"sub":"ada","__proto__":null}',
  '__proto__ an array': '{"sub":"ada","__proto__":["admin"]}',
  '__proto__ in __proto__': '{"sub":"ada","__proto__":{"__proto__":{"admin":true}}}',
  constructor: '{"sub":"ada","constructor":{"prototype":{"admin":true}}}',
  'constructor by an escape': '{"sub":"ada","c\\u006fnstructor":{"prototype":{"admin":true}}}',
  prototype: '{"sub":"ada","prototype":{"admin":true}}',
  'all in an object':
    '{"sub":"ada","a":{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}}',
  'all in an array':
    '{"sub":"ada","a":[{"__proto__":{"admin":true}},[{"__proto__":{"admin":true}}]]}',
};

/** Code as it stands in applications, which copies what it was given. */
const copies: Record<string, (value: object) => object> = {
  'the value itself': (value) => value,
  'Object.assign': (value) => Object.assign({}, value),
  spread: (value) => ({ ...value }),
  structuredClone: (value) => structuredClone(value),
  'JSON round trip': (value) => JSON.parse(JSON.stringify(value)),
  'for in': (value) => {
    const copy: Record<string, unknown> = {};
    for (const name in value) copy[name] = (value as Record<string, unknown>)[name];
    return copy;
  },
  'Object.entries': (value) => {
    const copy: Record<string, unknown> = {};
    for (const [name, member] of Object.entries(value)) copy[name] = member;
    return copy;
  },
  'a naive deep merge': (value) => merge({}, value),
};

function merge(target: Record<string, unknown>, source: object): Record<string, unknown> {
  for (const name of Object.keys(source)) {
    const member = (source as Record<string, unknown>)[name];
    const isObject = typeof member === 'object' && member !== null && !Array.isArray(member);
    if (isObject && name !== 'constructor') {
      target[name] = merge((target[name] ?? {}) as Record<string, unknown>, member);
    } else target[name] = member;
  }
  return target;
}

/** No object in the value may inherit anything beyond the ordinary. */
function expectOrdinary(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const prototype = Object.getPrototypeOf(value);
  expect([Object.prototype, Array.prototype, null]).toContain(prototype);
  expect((value as { admin?: unknown }).admin).toBeUndefined();
  for (const name of Object.keys(value)) {
    if (name !== 'constructor' && name !== 'prototype')
      expectOrdinary((value as Record<string, unknown>)[name]);
  }
}

const header = '{"alg":"HS256","typ":"JWT"}';

describe('members with dangerous names', () => {
  for (const [name, text] of Object.entries(payloads)) {
    test(`${name} in the payload`, async () => {
      const token = forge(header, text, secret);
      const results = [decode(token), decode(token, { json: true })];
      for (const door of verifyApis) results.push((await door.verify(token, secret)) as never);
      for (const result of results) {
        for (const copy of Object.values(copies)) {
          const copied = copy(result as object);
          expectOrdinary(copied);
          expect(copied).toMatchObject({ sub: 'ada' });
          expect(Object.keys(copied)).not.toContain('__proto__');
        }
      }
      expect(({} as { admin?: unknown }).admin).toBeUndefined();
    });

    test(`${name} in the header`, async () => {
      const token = forge(text.replace('{', '{"alg":"HS256",'), '{"sub":"ada"}', secret);
      const headers: object[] = [decode(token, { complete: true })?.header as object];
      for (const door of verifyApis) {
        const { header } = (await door.verify(token, secret, { complete: true })) as {
          header: object;
        };
        headers.push(header);
      }
      const seen = (token: UnverifiedToken) => {
        headers.push(token.header, token.payload);
        return secret;
      };
      createVerifier(seen)(token);
      await verifyAsync(token, seen);
      for (const found of headers) {
        for (const copy of Object.values(copies)) expectOrdinary(copy(found));
      }
    });
  }

  test('the member stays readable as an own property, and out of every enumeration', async () => {
    const token = forge(header, payloads['__proto__ last'] ?? '', secret);
    for (const door of verifyApis) {
      const claims = (await door.verify(token, secret)) as object;
      expect(Object.getOwnPropertyDescriptor(claims, '__proto__')).toMatchObject({
        enumerable: false,
        value: { admin: true },
      });
      expect(Object.keys(claims)).toEqual(['sub']);
      expect(JSON.stringify(claims)).toBe('{"sub":"ada"}');
    }
  });
});

describe('a __proto__ member supplies no claim and no header', () => {
  const supplied: Array<[string, Record<string, unknown>, Record<string, unknown>]> = [
    ['iss', { iss: 'https://id.example' }, { issuer: 'https://id.example' }],
    ['aud', { aud: 'api' }, { audience: 'api' }],
    ['sub', { sub: 'ada' }, { subject: 'ada' }],
    ['jti', { jti: '1' }, { jwtid: '1' }],
    ['nonce', { nonce: 'n' }, { nonce: 'n' }],
    ['iat', { iat: 99_999_999_999 }, { maxAge: 60 }],
    ['a required claim', { tenant: 'a' }, { requiredClaims: ['tenant'] }],
  ];

  test.each(supplied)('%s', async (_, members, options) => {
    const token = forge(header, `{"__proto__":${JSON.stringify(members)}}`, secret);
    for (const door of verifyApis) {
      await expect(door.verify(token, secret, options)).rejects.toMatchObject({
        code: 'ERR_CLAIM_MISSING',
      });
    }
  });

  test('alg, typ, kid and crit of the header', async () => {
    const token = forge('{"__proto__":{"alg":"HS256"}}', '{}', secret);
    for (const door of verifyApis) {
      await expect(door.verify(token, secret)).rejects.toMatchObject({ code: 'ERR_HEADER_ALG' });
    }
    const typed = forge('{"alg":"HS256","__proto__":{"typ":"at+jwt"}}', '{}', secret);
    for (const door of verifyApis) {
      await expect(door.verify(typed, secret, { typ: 'at+jwt' })).rejects.toMatchObject({
        code: 'ERR_HEADER_TYP',
      });
    }
  });
});
