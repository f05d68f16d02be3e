import { describe, expect, test, vi } from 'vitest';
import { createSigner, createVerifier } from '../../src/index.ts';
import { createRemoteJwks } from '../../src/jwk/remote/create-remote-jwks.ts';
import { ec, secret } from '../fixtures/keys.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { tokenOf, unsigned } from '../fixtures/tokens.ts';
import {
  broken,
  json,
  jwkOf,
  MINUTE,
  pairOf,
  scene,
  serve,
  setOf,
  status,
  strangeToken,
  tokenBy,
} from './key-server.ts';

const times = <Item>(count: number, make: (index: number) => Item) =>
  Array.from({ length: count }, (_, index) => make(index));

describe('a remote set fetches', () => {
  test('nothing before the first token', async () => {
    const { server, jwks } = await scene(json(setOf('a')));
    jwks.close();
    expect(server.count).toBe(0);
  });

  test('once for 50 concurrent first tokens', async () => {
    const { server, by } = await scene(json(setOf('a', 'b')));
    const kids = times(50, (i) => (i % 2 ? 'a' : 'b'));
    expect(await Promise.all(kids.map(by))).toEqual(kids);
    expect(server.count).toBe(1);
  });

  test('once for 1,000 tokens', async () => {
    const { server, by } = await scene(json(setOf('a')));
    for (let i = 0; i < 1000; i++) await by('a');
    expect(server.count).toBe(1);
  });

  test.each([
    ['500', status(500)],
    ['a connection that breaks', broken],
  ])('once for 1,000 tokens while the endpoint fails from the start: %s', async (_, answer) => {
    const { server, rejection } = await scene(answer);
    for (let i = 0; i < 500; i++) expect(await rejection(tokenBy('a'))).toBe('ERR_KEY_SOURCE');
    const atOnce = await Promise.all(times(500, () => rejection(tokenBy('a'))));
    expect(new Set(atOnce)).toEqual(new Set(['ERR_KEY_SOURCE']));
    expect(server.count).toBe(1);
  });

  test('at most 28 times for 1,000 tokens in an outage of ten minutes', async () => {
    const { server, clock, by } = await scene(json(setOf('a'), { 'cache-control': 'max-age=60' }));
    await by('a');
    server.answer = status(503);
    clock.pass(MINUTE);
    for (let i = 0; i < 1000; i++) {
      expect(await by('a')).toBe('a');
      clock.pass(0.6);
    }
    // Delays double up to a minute, and are shortened at most by half: 2 * (6 + 8).
    expect(server.count).toBeGreaterThan(2);
    expect(server.count - 1).toBeLessThanOrEqual(28);
  });

  test('six times for 1,000 unknown kids', async () => {
    const { server, by, rejection } = await scene(json(setOf('a')));
    await by('a');
    // What was not looked up may be valid: KeySourceError, not a rejection of the token.
    for (let i = 0; i < 500; i++) {
      const code = i < 5 ? 'ERR_KEY_NOT_FOUND' : 'ERR_KEY_SOURCE';
      expect(await rejection(strangeToken(`none-${i}`))).toBe(code);
    }
    const codes = await Promise.all(times(500, (i) => rejection(strangeToken(`never-${i}`))));
    expect(new Set(codes)).toEqual(new Set(['ERR_KEY_SOURCE']));
    expect(server.count).toBe(6);
    expect(await by('a')).toBe('a');
  });

  test('four times a minute for a continuing flood of unknown kids', async () => {
    const { server, clock, by, rejection } = await scene(json(setOf('a')));
    await by('a');
    for (let i = 0; i < 5; i++) await rejection(strangeToken(`first-${i}`));
    expect(server.count).toBe(6);
    for (let second = 0; second < 5 * MINUTE; second++) {
      clock.pass(1);
      await rejection(strangeToken(`none-${second}`));
    }
    expect(server.count).toBe(6 + 5 * 4);
  });

  test('once if the first token has an unknown kid', async () => {
    const { server, rejection } = await scene(json(setOf('a')));
    expect(await rejection(strangeToken('x'))).toBe('ERR_KEY_NOT_FOUND');
    expect(server.count).toBe(1);
  });

  test('nothing for a token that is rejected before the key is needed', async () => {
    const server = await serve(json(setOf('a')));
    const jwks = createRemoteJwks(server.url);
    const verify = createVerifier(jwks, { algorithms: ['ES256'] });
    const rs256 = tokenBy('a').replace(/^[^.]+/, (header) => {
      const changed = { ...JSON.parse(Buffer.from(header, 'base64url').toString()), alg: 'RS256' };
      return Buffer.from(JSON.stringify(changed)).toString('base64url');
    });
    for (const token of [
      tokenBy('a'),
      rs256,
      unsigned({}),
      'a.b.c',
      '',
      tokenOf({}, { crit: [] }),
    ]) {
      expect((await rejectionOf(verify(token))).code).not.toBe('ERR_KEY_SOURCE');
    }
    expect(server.count).toBe(0);
  });

  test('nothing for a token with an HMAC algorithm', async () => {
    const { server, rejection } = await scene(json(setOf('a')));
    const token = createSigner(secret, { algorithm: 'HS256', keyid: 'a' })({});
    expect(await rejection(token)).toBe('ERR_KEY_NOT_FOUND');
    expect(await rejection(tokenOf({}, { alg: 'HS512', kid: 'a' }))).toBe('ERR_KEY_NOT_FOUND');
    expect(server.count).toBe(0);
  });
});

describe('a rejected kid', () => {
  test('is remembered, and leaves the fetches to kids that were never looked up', async () => {
    const { server, clock, by, rejection } = await scene(json(setOf('a')));
    await by('a');
    for (let i = 0; i < 100; i++) {
      expect(await rejection(strangeToken('stale'))).toBe('ERR_KEY_NOT_FOUND');
    }
    expect(server.count).toBe(2);
    for (let second = 0; second < MINUTE; second++) {
      clock.pass(1);
      expect(await rejection(strangeToken('stale'))).toBe('ERR_KEY_NOT_FOUND');
    }
    expect(server.count).toBeLessThanOrEqual(2 + 4);
    for (let i = 0; i < 3; i++) {
      server.answer = json(setOf('a', `new-${i}`));
      expect(await by(`new-${i}`)).toBe(`new-${i}`);
    }
  });

  test('verifies within 15 seconds after its key is published', async () => {
    const { server, clock, by, rejection } = await scene(json(setOf('a')));
    await by('a');
    expect(await rejection(tokenBy('early'))).toBe('ERR_KEY_NOT_FOUND');
    server.answer = json(setOf('a', 'early'));
    clock.pass(15);
    expect(await by('early')).toBe('early');
  });

  test('is named in the error, with the reason', async () => {
    const keys = [...setOf('a').keys, { ...jwkOf('enc'), use: 'enc' }];
    const { verify } = await scene(json({ keys }));
    const message = async (token: string) => (await rejectionOf(verify(token))).message;
    const notFound = (kid: string) => `no key was found for this token with the "kid" "${kid}"`;
    expect(await message(strangeToken('none'))).toBe(
      `${notFound('none')}: the set has no such key`,
    );
    expect(await message(tokenBy('enc'))).toMatch(
      /"kid" "enc": that key of the set is skipped: .*"use" does not allow it$/,
    );
    const es256 = createSigner(ec().privateKey, { keyid: 'a' })({});
    expect(await message(es256)).toContain(
      `${notFound('a')}: that key of the set does not fit the "alg" of the token`,
    );
    expect(await message(createSigner(ec().privateKey)({}))).toMatch(
      /no key of the set fits the "alg" of the token; skipped keys: 1: .*"use"/,
    );
  });
});

describe('a new key', () => {
  test('verifies its first token', async () => {
    const { server, by } = await scene(json(setOf('old')));
    expect(await by('old')).toBe('old');
    server.answer = json(setOf('old', 'new'));
    expect(await by('new')).toBe('new');
    expect(server.count).toBe(2);
  });

  test('verifies 50 concurrent first tokens with one fetch', async () => {
    const { server, by } = await scene(json(setOf('old')));
    await by('old');
    server.answer = json(setOf('new'));
    expect(await Promise.all(times(50, () => by('new')))).toEqual(times(50, () => 'new'));
    expect(server.count).toBe(2);
  });

  test('verifies a token that arrives during an older fetch', async () => {
    const { server, by, jwks } = await scene(json(setOf('old')));
    await by('old');
    let release = () => {};
    const requested = new Promise<void>((resolve) => {
      server.answer = (request, response) => {
        release = () => json(setOf('old'))(request, response);
        resolve();
      };
    });
    const reload = jwks.reload();
    await requested;
    const verified = by('new');
    server.answer = json(setOf('old', 'new'));
    release();
    await reload;
    expect(await verified).toBe('new');
    expect(server.count).toBe(3);
  });

  test('verifies within 15 seconds in a flood of unknown kids', async () => {
    const { server, clock, by, rejection } = await scene(json(setOf('a')));
    await by('a');
    for (let i = 0; i < 20; i++) await rejection(strangeToken(`none-${i}`));
    server.answer = json(setOf('a', 'b'));
    expect(await rejection(tokenBy('b'))).toBe('ERR_KEY_SOURCE');
    clock.pass(15);
    await rejection(strangeToken('takes the fetch'));
    expect(await by('b')).toBe('b');
  });

  test('verifies beside another key with its kid', async () => {
    const { server, verify } = await scene(json(setOf('a')));
    const twin = { ...pairOf('b').publicKey.export({ format: 'jwk' }), kid: 'a', alg: 'EdDSA' };
    server.answer = json({ keys: [...setOf('a').keys, twin] });
    const token = createSigner(pairOf('b').privateKey, { keyid: 'a' })({ sub: 'b' });
    expect((await verify(token)).sub).toBe('b');
  });
});

test('reload fetches now, and twice for 100 concurrent calls: the first may be too old', async () => {
  const { server, jwks, by } = await scene(json(setOf('a')));
  await jwks.reload();
  expect(await by('a')).toBe('a');
  expect(server.count).toBe(1);
  await Promise.all(times(100, () => jwks.reload()));
  expect(server.count).toBe(3);
});

test('clears every timer, so that an unused set keeps no process alive', async () => {
  const set = vi.spyOn(globalThis, 'setTimeout');
  const cleared = vi.spyOn(globalThis, 'clearTimeout');
  const responses = [Response.json(setOf('a')), new Response('', { status: 500 })];
  const jwks = createRemoteJwks('https://id.example', {
    fetch: async () => responses.shift() ?? Promise.reject(new Error('down')),
    timeout: '1h',
  });
  for (let i = 0; i < 3; i++) await jwks.reload().catch(() => {});
  const ours = set.mock.results.filter((_, i) => set.mock.calls[i]?.[1] === 3_600_000);
  expect(ours).toHaveLength(3);
  for (const { value } of ours) expect(cleared).toHaveBeenCalledWith(value);
  vi.restoreAllMocks();
});
