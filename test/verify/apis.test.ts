/** Tests that every API that verifies returns the same result or error for the same token. */

import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { verify } from '../../src/index.ts';
import { ec, rsa, secret } from '../fixtures/keys.ts';
import { errorFields, errorOf, rejectionOf } from '../fixtures/outcome.ts';
import { forge, NOW, tokenOf, unsigned } from '../fixtures/tokens.ts';
import { classicVerifyApis, type VerifyApi, verifyApis } from '../fixtures/verify-apis.ts';

type Case = [title: string, token: unknown, options?: object];

const claims = {
  sub: 'ada',
  iss: 'i',
  aud: ['a', 'b'],
  jti: 'j',
  nonce: 'n',
  iat: NOW,
  exp: NOW + 9,
};
const valid = tokenOf(claims);
const rs = tokenOf({}, { alg: 'RS256' });
const expected = {
  issuer: ['h', 'i'],
  audience: /^a$/,
  subject: 'ada',
  jwtid: 'j',
  nonce: 'n',
  typ: 'JWT',
  requiredClaims: ['exp'],
  maxAge: '5s',
};

const accepted: Case[] = [
  ['a token', valid],
  ['a token that meets every rule', valid, expected],
  ['a complete result', valid, { complete: true }],
  ['a token within the tolerance', tokenOf({ exp: NOW - 4 }), { clockTolerance: 5 }],
  ['an expired token with ignoreExpiration', tokenOf({ exp: 1 }), { ignoreExpiration: true }],
  ['an early token with ignoreNotBefore', tokenOf({ nbf: NOW + 9 }), { ignoreNotBefore: true }],
];

const rejected: Case[] = [
  ['no token', undefined],
  ['a token that is not a string', 5],
  ['a token of five parts', 'a.b.c.d.e'],
  ['a token that is too long', valid, { maxTokenLength: 10 }],
  ['a header that is not JSON', forge('{', {})],
  ['a critical extension', tokenOf({}, { crit: ['x'], x: 1 })],
  ['another typ', valid, { typ: 'at+jwt' }],
  ['an algorithm that is not allowed', valid, { algorithms: ['HS384'] }],
  ['an unknown algorithm', tokenOf({}, { alg: 'foo' })],
  ['an unsigned token', unsigned(claims, { alg: 'HS256' })],
  ['a wrong signature', tokenOf(claims, {}, 'another secret')],
  ['a token that is not active', tokenOf({ nbf: NOW + 1 })],
  ['an expired token', tokenOf({ exp: NOW })],
  ['an exp of the wrong type', tokenOf({ exp: null })],
  ['another aud', valid, { audience: 'c' }],
  ['no aud', tokenOf({}), { audience: ['a', /b/] }],
  ['another iss', valid, { issuer: ['x', 'y'] }],
  ['another nonce', valid, { nonce: 'x' }],
  ['an old token', tokenOf({ iat: NOW - 60 }), { maxAge: 60 }],
  ['no iat', tokenOf({}), { maxAge: 60 }],
  ['a missing claim', valid, { requiredClaims: ['sub', 'scope'] }],
];

const verifyNow = (token: unknown, key: unknown, options: object = {}) =>
  verify(token as never, key as never, { ...options, clockTimestamp: NOW });

const callAt = (api: VerifyApi, token: unknown, key: unknown, options: object = {}) =>
  api.verify(token, key, {
    ...options,
    ...(api.kind === 'classic' ? { clockTimestamp: NOW } : { clock: () => NOW * 1000 }),
  });

describe.each(verifyApis)('$name', (api) => {
  test.each(accepted)('accepts %s', async (_, token, options) => {
    const result = await callAt(api, token, secret, options);
    expect(result).toEqual(verifyNow(token, secret, options));
  });

  test.each(rejected)('rejects %s', async (_, token, options) => {
    const error = errorFields(errorOf(() => verifyNow(token, secret, options)));
    expect(errorFields(await rejectionOf(callAt(api, token, secret, options)))).toEqual(error);
  });
});

describe('the jsonwebtoken-compatible APIs reject with the same error', () => {
  test.each<[title: string, token: string, key: unknown, algorithms?: string[]]>([
    ['a missing key', valid, null],
    ['an invalid key', valid, 123],
    ['a promise as key', valid, Promise.resolve(secret)],
    ['a secret for RS256', rs, secret, ['RS256']],
    ['a public key for HS256', valid, rsa().publicKey, ['HS256']],
    ['a small key', rs, rsa(1024).publicKey],
    ['a key of another type', rs, ec().publicKey, ['RS256']],
    ['a key without an algorithm', rs, generateKeyPairSync('x25519').publicKey],
    ['an unknown algorithm', tokenOf({}, { alg: 'x' }), secret, ['x']],
  ])('%s', async (_, token, key, algorithms) => {
    const options = algorithms ? { algorithms } : {};
    const error = errorFields(errorOf(() => verifyNow(token, key, options)));
    const apis = classicVerifyApis.filter(
      ({ name }) =>
        !name.includes('source') && !(key instanceof Promise && name.includes('function')),
    );
    for (const api of apis) {
      expect(errorFields(await rejectionOf(callAt(api, token, key, options)))).toEqual(error);
    }
  });
});

describe('the APIs that take a key source reject with the same error', () => {
  test.each<[title: string, token: string, key: unknown]>([
    ['no key', valid, null],
    ['an empty list', valid, []],
    ['an invalid key', valid, 123],
    ['an empty secret', valid, Buffer.alloc(0)],
    ['a secret for RS256', rs, secret],
    ['a small key', rs, rsa(1024).publicKey],
    ['a key of another type', rs, ec().publicKey],
  ])('%s', async (_, token, key) => {
    const [first, ...others] = await Promise.all(
      verifyApis
        .filter(({ name }) => name.includes('source'))
        .map(async (api) => errorFields(await rejectionOf(callAt(api, token, key)))),
    );
    for (const other of others) expect(other).toEqual(first);
    expect(others).toHaveLength(2);
  });
});
