/** One table of calls through every entrance that signs: they must not differ in what they answer. */

import { describe, expect, test } from 'vitest';
import {
  createSigner,
  decode,
  type SignerOptions,
  type SignOptions,
  sign,
  signAsync,
} from '../../src/index.ts';
import { algorithmKeys, ec, rsa, secret } from '../fixtures/keys.ts';
import { called, errorFields, errorOf, rejectionOf } from '../fixtures/outcome.ts';
import { NOW } from '../fixtures/tokens.ts';

const circular: Record<string, unknown> = {};
circular['self'] = circular;

const faults: Array<[title: string, payload: unknown, key: unknown, options: object]> = [
  ['no key', {}, undefined, {}],
  ['a key that cannot be read', {}, 123, {}],
  ['a key that is a promise', {}, Promise.resolve(secret), {}],
  ['a secret for RS256', {}, secret, { algorithm: 'RS256' }],
  ['a small RSA key', {}, rsa(1024).privateKey, { algorithm: 'RS256' }],
  ['a key of the wrong type', {}, ec().privateKey, { algorithm: 'RS256' }],
  ['no payload', undefined, secret, {}],
  ['a payload that is an array', [], secret, {}],
  ['a payload with a wrong time', { exp: '1' }, secret, {}],
  ['an option that text forbids', 'text', secret, { expiresIn: 1 }],
  ['an exp in two places', { exp: 1 }, secret, { expiresIn: 1 }],
  ['a sub in two places', { sub: 'a' }, secret, { subject: 'a' }],
  ['two claims in two places', { sub: 'a', iss: 'a' }, secret, { subject: 'a', issuer: 'a' }],
  ['an unknown option', {}, secret, { foo: 1 }],
  ['a wrong option', {}, secret, { noTimestamp: 1 }],
  ['an unknown alg', {}, secret, { header: { alg: 'foo' } }],
  ['an alg that is no string', {}, secret, { header: { alg: 5 } }],
  ['an alg of none in the header', {}, secret, { header: { alg: 'none' } }],
  ['a wrong timespan', {}, secret, { expiresIn: 'soon' }],
  ['a wrong encoding', 'a', secret, { encoding: 'foo' }],
  ['a circular payload', circular, secret, {}],
];

describe.each(faults)('%s', (_, payload, key, options) => {
  const args = [payload as never, key as never, options as SignOptions] as const;
  const expected = errorFields(errorOf(() => sign(...args)));

  test('is told alike by callback', async () => {
    const error = await rejectionOf(called((done) => sign(...args, done)));
    expect(errorFields(error)).toEqual(expected);
  });

  test('is told alike by promise', async () => {
    expect(errorFields(await rejectionOf(signAsync(...args)))).toEqual(expected);
  });
});

const preparedFaults: Array<[title: string, payload: unknown, options: SignerOptions]> = [
  ['no payload', undefined, {}],
  ['a payload that is text', 'text', {}],
  ['a payload that is an array', [], {}],
  ['a payload with a wrong time', { exp: '1' }, {}],
  ['a payload with an infinite time', { nbf: Number.POSITIVE_INFINITY }, {}],
  ['an exp in two places', { exp: 1 }, { expiresIn: 1 }],
  ['a sub in two places', { sub: 'a' }, { subject: 'a' }],
  ['a circular payload', circular, {}],
  ['a bigint', { n: 1n }, {}],
  ['an empty jti', {}, { jwtid: () => '' }],
];

test.each(preparedFaults)(
  '%s is told alike by prepared signers, and is a TypeError',
  async (_, payload, options) => {
    const now = createSigner(secret, options);
    const later = createSigner(secret, { ...options, async: true });
    const expected = errorOf(() => now(payload as never));
    expect(expected).toBeInstanceOf(TypeError);
    expect(errorFields(await rejectionOf(later(payload as never)))).toEqual(errorFields(expected));
  },
);

describe.each(algorithmKeys)('claims signed with $alg', ({ alg, signing }) => {
  const claims = { z: 1, iat: NOW, a: [{ b: null }] };
  const options = {
    algorithm: alg,
    keyid: 'k',
    header: { x: 1 },
    expiresIn: '15m',
    notBefore: -5,
    audience: ['a', 'b'],
    issuer: 'i',
    subject: 's',
    jwtid: 'j',
  } as const;
  const classic = { ...options, audience: ['a', 'b'] };

  test('are the same header and payload through every entrance', async () => {
    const key = signing();
    const tokens = [
      sign(claims, key, classic),
      (await called((done) => sign(claims, key, classic, done))) as string,
      await signAsync(claims, key, classic),
      createSigner(key, options)(claims),
      await createSigner(key, { ...options, async: true })(claims),
    ];
    const inputs = tokens.map((token) => token.slice(0, token.lastIndexOf('.')));
    expect(new Set(inputs).size).toBe(1);
    expect(decode(tokens[0] ?? '', { complete: true })).toMatchObject({
      header: { alg, typ: 'JWT', kid: 'k', x: 1 },
      payload: { ...claims, nbf: NOW - 5, exp: NOW + 900, iss: 'i' },
    });
  });
});
