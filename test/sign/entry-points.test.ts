/** One table of calls through every API that signs: their results must not differ. */

import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  createSigner,
  decode,
  type SignerOptions,
  type SignOptions,
  sign,
  signAsync,
} from '../../src/index.ts';
import { algorithmKeys, ec, rsa, secret } from '../fixtures/keys.ts';
import { callsOf, errorFields, errorOf, outcomeOf, rejectionOf } from '../fixtures/outcome.ts';
import { NOW } from '../fixtures/tokens.ts';

afterEach(() => void vi.useRealTimers());

const circular: Record<string, unknown> = {};
circular['self'] = circular;

const classicCalls: Array<[title: string, payload: unknown, key?: unknown, options?: object]> = [
  ['a token', { iat: 1 }, secret],
  ['a token of the thread pool', { iat: 1 }, rsa().privateKey, { algorithm: 'RS256' }],
  ['none without a key', { iat: 1 }, undefined, { algorithm: 'none' }],
  ['an empty payload', '', secret],
  ['a payload of 0', 0, secret],
  ['a payload of false', false, secret],
  ['a payload with a function named pipe', { iat: 1, pipe: () => {} }, secret],
  ['no key', {}],
  ['a key that cannot be read', {}, 123],
  ['a key that is a promise', {}, Promise.resolve(secret)],
  ['a secret for RS256', {}, secret, { algorithm: 'RS256' }],
  ['a small RSA key', {}, rsa(1024).privateKey, { algorithm: 'RS256' }],
  ['a key of the wrong type', {}, ec().privateKey, { algorithm: 'RS256' }],
  ['no payload', undefined, secret],
  ['a payload that is an array', [], secret],
  ['a payload with a wrong time', { exp: '1' }, secret],
  ['an option that strings do not allow', 'text', secret, { expiresIn: 1 }],
  ['a duplicate exp', { exp: 1 }, secret, { expiresIn: 1 }],
  ['two duplicate claims', { sub: 'a', iss: 'a' }, secret, { subject: 'a', issuer: 'a' }],
  ['an unknown option', {}, secret, { foo: 1 }],
  ['a wrong option', {}, secret, { noTimestamp: 1 }],
  ['an unknown alg', {}, secret, { header: { alg: 'foo' } }],
  ['an alg that is a number', {}, secret, { header: { alg: 5 } }],
  ['an alg of none in the header', {}, secret, { header: { alg: 'none' } }],
  ['a wrong timespan', {}, secret, { expiresIn: 'soon' }],
  ['an unknown encoding', 'a', secret, { encoding: 'foo' }],
  ['a circular payload', circular, secret],
];

describe.each(classicCalls)('%s', (_, payload, key, options = {}) => {
  const args = [payload as never, key as never, options as SignOptions] as const;

  test('calls back once, later, with the result of the synchronous call', async () => {
    const { returned, early, calls } = await callsOf((done) => sign(...args, done));
    expect([returned, early, calls.length]).toEqual([undefined, 0, 1]);
    const [error, token] = calls[0] ?? [];
    const outcome = outcomeOf(() => {
      if (error) throw error;
      return token;
    });
    expect(outcome).toEqual(outcomeOf(() => sign(...args)));
  });

  test('settles signAsync with the result of the synchronous call', async () => {
    const settled = await signAsync(...args).then(
      (value) => ({ value }),
      (error) => ({ error: errorFields(error) }),
    );
    expect(settled).toEqual(outcomeOf(() => sign(...args)));
  });
});

test.each<[title: string, payload: unknown, options: SignerOptions]>([
  ['no payload', undefined, {}],
  ['a payload that is a string', 'text', {}],
  ['a payload with an infinite time', { nbf: Number.POSITIVE_INFINITY }, {}],
  ['a duplicate exp', { exp: 1 }, { expiresIn: 1 }],
  ['a circular payload', circular, {}],
  ['a bigint', { n: 1n }, {}],
  ['an empty jti', {}, { jwtid: () => '' }],
])(
  'rejects the promise of an async signer with the TypeError for %s',
  async (_, payload, options) => {
    const expected = errorOf(() => createSigner(secret, options)(payload as never));
    expect(expected).toBeInstanceOf(TypeError);
    const promise = createSigner(secret, { ...options, async: true })(payload as never);
    expect(errorFields(await rejectionOf(promise))).toEqual(errorFields(expected));
  },
);

test.each(algorithmKeys)(
  'signs the same header and payload with $alg in every API',
  async ({ alg, signing }) => {
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
    } satisfies SignOptions;
    const key = signing();
    const { calls } = await callsOf((done) => sign(claims, key, options, done));
    const tokens = [
      sign(claims, key, options),
      String(calls[0]?.[1]),
      await signAsync(claims, key, options),
      createSigner(key, options)(claims),
      await createSigner(key, { ...options, async: true })(claims),
    ];
    expect(new Set(tokens.map((token) => token.slice(0, token.lastIndexOf('.')))).size).toBe(1);
    expect(decode(tokens[0] ?? '', { complete: true })).toMatchObject({
      header: { alg, typ: 'JWT', kid: 'k', x: 1 },
      payload: { ...claims, nbf: NOW - 5, exp: NOW + 900, iss: 'i' },
    });
  },
);

test('calls back although timers are faked', async () => {
  const token = new Promise<unknown>((resolve) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate', 'setInterval', 'queueMicrotask'] });
    const options = { algorithm: 'ES256' } as const;
    sign({ iat: 1 }, ec().privateKey, options, (error, signed) => resolve(error ?? signed));
  });
  expect(await token).toBeTypeOf('string');
  expect(vi.getTimerCount()).toBe(0);
});

describe('signAsync with a function that finds the key', () => {
  test('calls it once', async () => {
    const keySource = vi.fn(async () => secret);
    expect(await signAsync({ iat: 1 }, keySource)).toBe(sign({ iat: 1 }, secret));
    expect(keySource).toHaveBeenCalledTimes(1);
    expect(await signAsync({ iat: 1 }, () => secret)).toBe(sign({ iat: 1 }, secret));
  });

  test('rejects with what it throws or rejects with', async () => {
    const unavailable = new Error('no key today');
    const throwing = () => {
      throw unavailable;
    };
    for (const keySource of [throwing, () => Promise.reject(unavailable)]) {
      expect(await rejectionOf(signAsync({}, keySource))).toBe(unavailable);
    }
  });

  test('rejects if it returns no key', async () => {
    const error = await rejectionOf(signAsync({}, () => undefined as never));
    expect(error.message).toBe('secretOrPrivateKey must have a value');
  });
});
