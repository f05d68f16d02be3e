import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createSigner, KeySourceError } from '../../src/index.ts';
import type { RemoteJwksOptions } from '../../src/jwk/remote/create-remote-jwks.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import {
  type Answer,
  broken,
  drip,
  flood,
  hang,
  json,
  jwkOf,
  pairOf,
  scene,
  serve,
  setOf,
  status,
  tokenBy,
  truncated,
} from './key-server.ts';

const text = JSON.stringify(setOf('a'));
const privateJwk = { ...pairOf('leaked').privateKey.export({ format: 'jwk' }), kid: 'leaked' };
const octJwk = { kty: 'oct', kid: 'secret', k: Buffer.alloc(64, 7).toString('base64url') };
const nested = `{"keys":[],"x":${'['.repeat(100)}${']'.repeat(100)}}`;
const many = { keys: Array.from({ length: 101 }, (_, i) => ({ ...jwkOf('a'), kid: `k${i}` })) };

const faults: Array<
  [title: string, answer: Answer, reason: string | RegExp, options?: RemoteJwksOptions]
> = [
  ['status 500', status(500), 'status 500'],
  ['status 204', status(204), 'status 204'],
  ['status 206 with a set', (_, r) => void r.writeHead(206).end(text), 'status 206'],
  ['a redirect', status(302, { location: '/elsewhere' }), 'a redirect, which is not followed'],
  ['no response', hang, 'no complete response within 0.25 s', { timeout: '250ms' }],
  ['a slow drip', drip(text), 'no complete response within 0.25 s', { timeout: '250ms' }],
  ['a broken connection', broken, 'the connection failed'],
  ['a truncated body', truncated(setOf('a')), 'the connection failed'],
  ['60 MB', flood({ bytes: 0 }), 'a response of more than 524288 bytes'],
  [
    'a length of 60 MB',
    (_, r) => void r.writeHead(200, { 'content-length': 60 * 2 ** 20 }).flushHeaders(),
    'a response of more than 524288 bytes',
  ],
  [
    '60 MB in 60 KB',
    (_, r) => {
      r.writeHead(200, { 'content-encoding': 'gzip' });
      r.end(gzipSync(Buffer.alloc(60 * 2 ** 20, ' ')));
    },
    'a response of more than 524288 bytes',
  ],
  ['more than maxBytes', json(setOf('a')), 'a response of more than 50 bytes', { maxBytes: 50 }],
  ['HTML', json('<html>Sign in</html>'), 'a response that is not JSON'],
  ['an empty body', json(''), 'a response that is not JSON'],
  ['invalid UTF-8', (_, r) => void r.end(Buffer.from([0xff])), 'a response that is not UTF-8'],
  [
    'a duplicate member',
    json(`{"keys":[],${text.slice(1)}`),
    'JSON with a duplicate member, or nested too deep',
  ],
  ['deep nesting', json(nested), 'JSON with a duplicate member, or nested too deep'],
  ['a single JWK', json(jwkOf('a')), /^a JWK Set must be an object/],
  ['an empty set', json({ keys: [] }), 'a JWK Set without a key that can verify a token'],
  [
    'a set of secrets',
    json({ keys: [octJwk] }),
    'a JWK Set without a key that can verify a token: 0: a secret does not belong in a set of public keys',
  ],
  ['more keys than maxKeys', json(many), 'a JWK Set must have at most 100 keys, got 101'],
];

describe.each(faults)('an endpoint with %s', (_, answer, reason, options = {}) => {
  test('throws KeySourceError with the reason at the first token', async () => {
    const { server, verify } = await scene(answer, options);
    const error = await rejectionOf(verify(tokenBy('a')));
    expect(error).toBeInstanceOf(KeySourceError);
    expect(error.cause).toBeInstanceOf(Error);
    const { message } = error.cause as Error;
    if (typeof reason === 'string') expect(message).toBe(reason);
    else expect(message).toMatch(reason);
    expect(error.message).toBe(`no keys from ${server.url}/jwks: ${message}`);
    expect(server.count).toBe(1);
  });

  test('leaves the cached keys in use, with one fetch per delay', async () => {
    // The first response must fit although `maxBytes` is what is tested.
    const { maxBytes, ...others } = options;
    const { server, clock, by, jwks, rejection } = await scene(json(setOf('a')), others);
    expect(await by('a')).toBe('a');
    server.answer = maxBytes ? flood({ bytes: 0 }) : answer;
    await expect(jwks.reload()).rejects.toBeInstanceOf(KeySourceError);
    for (let i = 0; i < 20; i++) expect(await by('a')).toBe('a');
    expect(await rejection(tokenBy('not there'))).toBe('ERR_KEY_SOURCE');
    expect(server.count).toBe(2);
    server.answer = json(setOf('b'));
    clock.pass(60);
    expect(await by('b')).toBe('b');
    expect(await rejection(tokenBy('a'))).toBe('ERR_KEY_NOT_FOUND');
  });
});

describe('a redirect', () => {
  test('is not followed', async () => {
    const trap = await serve(json(setOf('a')));
    const { rejection } = await scene(status(307, { location: `${trap.url}/jwks` }));
    expect(await rejection(tokenBy('a'))).toBe('ERR_KEY_SOURCE');
    expect(trap.count).toBe(0);
  });

  test('is rejected if the "fetch" of the caller followed it', async () => {
    const target = await serve(json(setOf('a')));
    const { verify } = await scene(status(302, { location: target.url }), {
      fetch: (url, init) => fetch(url, { ...init, redirect: 'follow' }),
    });
    const error = await rejectionOf(verify(tokenBy('a')));
    expect(error.cause).toEqual(new Error('a redirect, which is not followed'));
  });
});

test('reads no more of a long response than "maxBytes" and the buffers', async () => {
  const sent = { bytes: 0 };
  const { rejection, server } = await scene(flood(sent));
  expect(await rejection(tokenBy('a'))).toBe('ERR_KEY_SOURCE');
  await server.stop();
  expect(sent.bytes).toBeLessThan(20 * 2 ** 20);
});

test('throws a failed connection with the error of the runtime as cause', async () => {
  const { server, verify } = await scene(hang);
  await server.stop();
  const error = await rejectionOf(verify(tokenBy('a')));
  expect(error).toBeInstanceOf(KeySourceError);
  expect(error.message).toBe(`no keys from ${server.url}/jwks: the connection failed`);
  const runtimeError = (error.cause as Error).cause as Error;
  expect((runtimeError.cause as { code: string }).code).toBe('ECONNREFUSED');
});

describe('a set', () => {
  test('with unusable keys verifies with the others', async () => {
    const damaged = { ...jwkOf('x'), x: 'AA' };
    const keys = [octJwk, privateJwk, damaged, null, 'key', jwkOf('a'), { kty: 'PQC', kid: 'x' }];
    const { by, rejection } = await scene(json({ keys }));
    expect(await by('a')).toBe('a');
    expect(await rejection(tokenBy('leaked'))).toBe('ERR_KEY_NOT_FOUND');
  });

  test('with two keys of one "kid" tries them in order', async () => {
    const named = (kid: string) => ({ ...jwkOf(kid), kid: 'same' });
    const { verify } = await scene(json({ keys: [named('a'), named('b')] }));
    for (const kid of ['a', 'b']) {
      const token = createSigner(pairOf(kid).privateKey, { keyid: 'same' })({ sub: kid });
      expect((await verify(token)).sub).toBe(kid);
    }
  });
});

test('ignores the content type', async () => {
  for (const type of ['text/html', 'application/octet-stream', 'application/jwk-set+json', '']) {
    const { by } = await scene(json(setOf('a'), { 'content-type': type }));
    expect(await by('a')).toBe('a');
  }
});

test('ignores a byte order mark', async () => {
  const { by } = await scene(json(`\ufeff${text}`));
  expect(await by('a')).toBe('a');
});

test('keeps members named "__proto__" away from prototypes', async () => {
  const { by } = await scene(
    json(
      `{"__proto__":{"keys":[]},"keys":[{"__proto__":{"kty":"oct"}},${JSON.stringify(jwkOf('a'))}]}`,
    ),
  );
  expect(await by('a')).toBe('a');
  expect(({} as { keys?: unknown }).keys).toBeUndefined();
});
