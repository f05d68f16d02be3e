/** One table of cases through every entrance that verifies: they must not differ in what they answer. */

import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  createVerifier,
  type VerifierOptions,
  type VerifyOptions,
  verify,
  verifyAsync,
} from '../../src/index.ts';
import { ec, rsa, secret } from '../fixtures/keys.ts';
import { called, errorFields, errorOf, rejectionOf } from '../fixtures/outcome.ts';
import { forge, NOW, tokenOf, unsigned } from '../fixtures/tokens.ts';

/** Options that mean the same in both doors; the time is added to them. */
type Shared = VerifyOptions & VerifierOptions & { clockTimestamp?: never; clock?: never };
type Case = [title: string, token: unknown, options?: Shared];

const claims = {
  sub: 'ada',
  iss: 'i',
  aud: ['a', 'b'],
  jti: 'j',
  nonce: 'n',
  iat: NOW,
  exp: NOW + 9,
};
const good = tokenOf(claims);
const expected = {
  issuer: ['h', 'i'],
  audience: /^a$/,
  subject: 'ada',
  jwtid: 'j',
  nonce: 'n',
  typ: 'JWT',
  requiredClaims: ['exp'],
  maxAge: '5s',
} as const;

const accepted: Case[] = [
  ['a token', good],
  ['a token that meets every rule', good, expected as never],
  ['its three parts', good, { complete: true }],
  ['a token at the end of the tolerance', tokenOf({ exp: NOW - 4 }), { clockTolerance: 5 }],
  ['an expired token that may be', tokenOf({ exp: 1 }), { ignoreExpiration: true }],
  ['an early token that may be', tokenOf({ nbf: NOW + 9 }), { ignoreNotBefore: true }],
];

const refused: Case[] = [
  ['no token', undefined],
  ['a token that is no text', 5],
  ['a token of two parts', 'a.b'],
  ['a token of five parts', 'a.b.c.d.e'],
  ['a token with padding', `${good}=`],
  ['a token that is too long', good, { maxTokenLength: 10 }],
  ['an unreadable header', forge('{', {})],
  ['a critical extension', tokenOf({}, { crit: ['x'], x: 1 })],
  ['a typ that is not expected', good, { typ: 'at+jwt' }],
  ['an algorithm that is not listed', good, { algorithms: ['HS384'] }],
  ['an algorithm that nobody knows', tokenOf({}, { alg: 'foo' })],
  ['an algorithm that is no text', tokenOf({}, { alg: 5 })],
  ['an unsigned token that says HS256', unsigned(claims, { alg: 'HS256' })],
  ['a wrong signature', tokenOf(claims, {}, 'another secret')],
  ['an expired token under a wrong signature', tokenOf({ exp: 1 }, {}, 'another secret')],
  ['a payload that is no JSON', tokenOf('text')],
  ['a payload of null', tokenOf('null')],
  ['a payload with a member twice', tokenOf('{"a":1,"a":1}')],
  ['a token that is not active', tokenOf({ nbf: NOW + 1 })],
  ['an nbf of the wrong type', tokenOf({ nbf: '1' })],
  ['an expired token', tokenOf({ exp: NOW })],
  ['a token one second after the tolerance', tokenOf({ exp: NOW - 5 }), { clockTolerance: 5 }],
  ['an exp of the wrong type', tokenOf({ exp: null })],
  ['an exp beyond all numbers', tokenOf('{"exp":1e400}')],
  ['an aud of another', good, { audience: 'c' }],
  ['no aud', tokenOf({}), { audience: ['a', /b/] }],
  ['an iss of another', good, { issuer: ['x', 'y'] }],
  ['a sub of another', good, { subject: 'eve' }],
  ['a jti of another', good, { jwtid: 'x' }],
  ['a nonce of another', good, { nonce: 'x' }],
  ['an old token', tokenOf({ iat: NOW - 60 }), { maxAge: 60 }],
  ['no iat', tokenOf({}), { maxAge: 60 }],
  ['a missing claim', good, { requiredClaims: ['sub', 'scope'] }],
];

/** The same call through every entrance. */
function entrances(token: unknown, options: Shared = {}, key: unknown = secret) {
  const classic = [token as never, key as never, { ...options, clockTimestamp: NOW }] as const;
  const prepared = { ...options, clock: () => NOW * 1000 };
  return {
    sync: () => verify(...classic),
    callback: () => called((done) => verify(...classic, done)),
    'key function': () =>
      called((done) => verify(classic[0], (_, cb) => cb(null, key as never), classic[2], done)),
    promise: () => verifyAsync(...classic),
    'key source': () => verifyAsync(classic[0], () => key as never, classic[2]),
    prepared: () => createVerifier(key as never, prepared)(token as never),
    'prepared async': () =>
      createVerifier(key as never, { ...prepared, async: true })(token as never),
    'prepared key source': () => createVerifier(() => key as never, prepared)(token as never),
    'prepared async key source': () =>
      createVerifier(async () => key as never, prepared)(token as never),
  };
}

describe.each(refused)('%s', (_, token, options) => {
  const { sync, ...others } = entrances(token, options);
  test.each(Object.entries(others))('is refused alike by %s', async (_name, call) => {
    const face = errorFields(errorOf(sync));
    const promise = new Promise((resolve) => resolve(call()));
    expect(errorFields(await rejectionOf(promise))).toEqual(face);
  });
});

describe.each(accepted)('%s', (_, token, options) => {
  const { sync, ...others } = entrances(token, options);
  test.each(Object.entries(others))('is answered alike by %s', async (_name, call) => {
    expect(await call()).toEqual(sync());
  });
});

describe('what is wrong with the key is told alike by the classic entrances:', () => {
  const rs = tokenOf({}, { alg: 'RS256' });
  const cases: Array<[title: string, token: string, key: unknown, options?: Shared]> = [
    ['that it cannot be read', good, 123],
    ['that it is a promise', good, Promise.resolve(secret)],
    ['that it is a secret', rs, secret, { algorithms: ['RS256'] }],
    ['that it is public', good, rsa().publicKey, { algorithms: ['HS256'] }],
    ['that it is small', rs, rsa(1024).publicKey],
    ['that it is of another type', rs, ec().publicKey, { algorithms: ['RS256'] }],
    ['that no algorithm is for it', rs, generateKeyPairSync('x25519').publicKey],
    [
      'that the algorithm is unknown',
      tokenOf({}, { alg: 'x' }),
      secret,
      { algorithms: ['x' as never] },
    ],
  ];
  test.each(cases)('%s', async (_, token, key, options) => {
    const calls = entrances(token, options, key);
    const face = errorFields(errorOf(calls.sync));
    expect(errorFields(await rejectionOf(calls.callback()))).toEqual(face);
    expect(errorFields(await rejectionOf(calls.promise()))).toEqual(face);
    if (!(key instanceof Promise)) {
      expect(errorFields(await rejectionOf(calls['key function']()))).toEqual(face);
    }
  });
});

describe('what is wrong with the key of a key source is told alike by all that take one:', () => {
  const rs = tokenOf({}, { alg: 'RS256' });
  const cases: Array<[title: string, token: string, key: unknown]> = [
    ['that there is none', good, null],
    ['that the list is empty', good, []],
    ['that it cannot be read', good, 123],
    ['that it is an empty secret', good, Buffer.alloc(0)],
    ['that it is a secret', rs, secret],
    ['that it is small', rs, rsa(1024).publicKey],
    ['that it is of another type', rs, ec().publicKey],
  ];
  test.each(cases)('%s', async (_, token, key) => {
    const calls = entrances(token, {}, key);
    const face = errorFields(await rejectionOf(calls['key source']() as Promise<unknown>));
    expect(errorFields(errorOf(calls['prepared key source']))).toEqual(face);
    const later = calls['prepared async key source']() as Promise<unknown>;
    expect(errorFields(await rejectionOf(later))).toEqual(face);
  });
});

test('a missing key is told alike by sync, callback, key function and promise', async () => {
  const calls = entrances(good, {}, null);
  const face = errorFields(errorOf(calls.sync));
  for (const name of ['callback', 'key function', 'promise'] as const) {
    expect(errorFields(await rejectionOf(calls[name]() as Promise<unknown>))).toEqual(face);
  }
});
