import { describe, expect, test, vi } from 'vitest';
import { JsonWebTokenError, KeySourceError } from '../../src/index.ts';
import { createRemoteJwks } from '../../src/jwk/remote/create-remote-jwks.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import {
  broken,
  HOUR,
  json,
  MINUTE,
  scene,
  setOf,
  status,
  strangeToken,
  tokenBy,
} from './key-server.ts';

const HEADERS = { 'cache-control': 'max-age=600' };

describe('while the endpoint fails, a remote set', () => {
  test.each([
    ['a status', status(503)],
    ['a broken connection', broken],
  ])('is used for "maxStale", and then throws KeySourceError: %s', async (_, answer) => {
    const { server, clock, by, rejection } = await scene(json(setOf('a'), HEADERS), {
      maxStale: '2h',
    });
    await by('a');
    server.answer = answer;
    clock.pass(10 * MINUTE);
    for (let minute = 0; minute < 119; minute++) {
      expect(await by('a')).toBe('a');
      clock.pass(MINUTE);
    }
    expect(await by('a')).toBe('a');
    clock.pass(MINUTE);
    expect(await rejection(tokenBy('a'))).toBe('ERR_KEY_SOURCE');
    server.answer = json(setOf('a'));
    clock.pass(MINUTE);
    expect(await by('a')).toBe('a');
  });

  test('delays no token after the first failure', async () => {
    let calls = 0;
    const { clock, by, jwks } = await scene(status(404), {
      timeout: '1h',
      fetch: () => {
        calls++;
        if (calls === 1) return Promise.resolve(Response.json(setOf('a'), { headers: HEADERS }));
        if (calls === 2) return Promise.reject(new Error('down'));
        return new Promise(() => {});
      },
    });
    await by('a');
    clock.pass(10 * MINUTE);
    expect(await by('a')).toBe('a');
    clock.pass(MINUTE);
    for (let i = 0; i < 100; i++) expect(await by('a')).toBe('a');
    expect(calls).toBe(3);
    jwks.close();
  });

  test('is used also if it was not needed for a while', async () => {
    const { server, clock, by } = await scene(json(setOf('a'), HEADERS));
    await by('a');
    server.answer = status(500);
    clock.pass(24 * HOUR);
    expect(await by('a')).toBe('a');
    expect(server.count).toBe(2);
  });

  test('is not used after "maxStale"', async () => {
    const { server, clock, by, rejection } = await scene(json(setOf('a'), HEADERS));
    await by('a');
    server.answer = status(500);
    clock.pass(24 * HOUR + 10 * MINUTE);
    expect(await rejection(tokenBy('a'))).toBe('ERR_KEY_SOURCE');
  });

  test('is not used once stale if "maxStale" is 0', async () => {
    const { server, clock, by, rejection } = await scene(json(setOf('a'), HEADERS), {
      maxStale: 0,
    });
    await by('a');
    server.answer = status(500);
    clock.pass(10 * MINUTE - 1);
    expect(await by('a')).toBe('a');
    clock.pass(1);
    expect(await rejection(tokenBy('a'))).toBe('ERR_KEY_SOURCE');
  });

  test('throws KeySourceError for an unknown kid, which may be new', async () => {
    const { server, by, rejection } = await scene(json(setOf('a'), HEADERS));
    await by('a');
    server.answer = status(500);
    for (let i = 0; i < 100; i++) {
      expect(await rejection(strangeToken(`x${i}`))).toBe('ERR_KEY_SOURCE');
    }
    expect(server.count).toBe(2);
    expect(await by('a')).toBe('a');
  });

  test('still rejects an invalid signature', async () => {
    const { server, clock, by, verify } = await scene(json(setOf('a'), HEADERS));
    await by('a');
    server.answer = status(500);
    clock.pass(HOUR);
    const [header, payload] = tokenBy('a').split('.');
    const [, , signature] = tokenBy('b').split('.');
    const error = await rejectionOf(verify(`${header}.${payload}.${signature}`));
    expect(error.code).toBe('ERR_SIGNATURE_INVALID');
  });

  test('fetches again after 1 s, 2 s, 4 s, and so on up to 60 s', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0);
    const { server, clock, rejection } = await scene(status(500));
    const fetchedAt: number[] = [];
    for (let second = 0; second < 200; second++) {
      const { count } = server;
      expect(await rejection(tokenBy('a'))).toBe('ERR_KEY_SOURCE');
      if (server.count > count) fetchedAt.push(second);
      clock.pass(1);
    }
    random.mockRestore();
    expect(fetchedAt).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183]);
  });
});

test('uses no stale set hours after an outage', async () => {
  const { server, clock, by, rejection } = await scene(json(setOf('a', 'gone'), HEADERS));
  await by('gone');
  server.answer = status(500);
  clock.pass(10 * MINUTE);
  expect(await by('gone')).toBe('gone');
  server.answer = json(setOf('a'));
  clock.pass(5 * HOUR);
  expect(await rejection(tokenBy('gone'))).toBe('ERR_KEY_NOT_FOUND');
});

describe('a failure', () => {
  test('is a KeySourceError with the reason, and no JsonWebTokenError', async () => {
    const { server, verify } = await scene(status(500));
    const error = await rejectionOf(verify(tokenBy('a')));
    expect(error).toBeInstanceOf(KeySourceError);
    expect(error).not.toBeInstanceOf(JsonWebTokenError);
    expect(error.code).toBe('ERR_KEY_SOURCE');
    expect(error.message).toBe(`no keys from ${server.url}/jwks: status 500`);
    expect(error.cause).toEqual(new Error('status 500'));
  });

  test('repeats the cause of the last fetch', async () => {
    const { server, verify } = await scene(status(500));
    const first = await rejectionOf(verify(tokenBy('a')));
    const second = await rejectionOf(verify(tokenBy('a')));
    expect(second).not.toBe(first);
    expect(second.message).toBe(first.message);
    expect(second.cause).toBe(first.cause);
    expect(server.count).toBe(1);
  });

  test('shows the URL without its query', async () => {
    const jwks = createRemoteJwks('https://id.example/keys?apikey=hush', {
      fetch: async () => new Response('', { status: 500 }),
    });
    const error = await rejectionOf(jwks.reload());
    expect(error.message).toBe('no keys from https://id.example/keys: status 500');
  });

  test('of a renewal in the background is no unhandled rejection', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const { server, clock, by } = await scene(json(setOf('a'), HEADERS));
    await by('a');
    server.answer = broken;
    clock.pass(500);
    await by('a');
    await vi.waitFor(() => expect(server.count).toBe(2), { interval: 1 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe('close', () => {
  test('deletes the keys, and makes every later call fail', async () => {
    const { server, jwks, by, verify } = await scene(json(setOf('a')));
    await by('a');
    jwks.close();
    const error = await rejectionOf(verify(tokenBy('a')));
    expect(error).toBeInstanceOf(KeySourceError);
    expect(error.message).toBe('the key set was closed');
    expect((await rejectionOf(jwks.reload())).message).toBe('the key set was closed');
    jwks.close();
    expect(server.count).toBe(1);
  });

  test('aborts pending fetches', async () => {
    const { server, jwks, verify } = await scene(() => {}, { timeout: '1h' });
    const waiting = rejectionOf(verify(tokenBy('a')));
    const reloading = rejectionOf(jwks.reload());
    await vi.waitFor(() => expect(server.count).toBe(1), { interval: 1 });
    jwks.close();
    expect((await waiting).message).toBe('the key set was closed');
    expect((await reloading).code).toBe('ERR_KEY_SOURCE');
    expect(server.count).toBe(1);
  });
});

test('shares nothing with another set of the same URL', async () => {
  const { server, jwks, by } = await scene(json(setOf('a')));
  await by('a');
  const other = createRemoteJwks(`${server.url}/jwks`);
  jwks.close();
  await other.reload();
  expect(server.count).toBe(2);
});
