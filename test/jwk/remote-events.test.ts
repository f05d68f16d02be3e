import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createVerifier } from '../../src/index.ts';
import { createRemoteJwks } from '../../src/jwk/remote/create-remote-jwks.ts';
import { broken, HOUR, json, scene, setOf, status, tagged, tokenBy } from './key-server.ts';

const names = ['jotkit:keys-refreshed', 'jotkit:refresh-failed', 'jotkit:stale-served'];

const listeners = new Map<string, (message: unknown) => void>();

/** Collects what is published from now on. */
function listen(): Array<[name: string, message: unknown]> {
  const published: Array<[string, unknown]> = [];
  for (const name of names) {
    const listener = (message: unknown) => published.push([name.slice('jotkit:'.length), message]);
    listeners.set(name, listener);
    subscribe(name, listener);
  }
  return published;
}

afterEach(() => {
  for (const [name, listener] of listeners) unsubscribe(name, listener);
  listeners.clear();
});

describe('a remote set publishes', () => {
  test('each refresh, and whether the keys changed', async () => {
    const { server, jwks } = await scene(tagged(setOf('a', 'b'), '"1"'));
    const published = listen();
    const url = `${server.url}/jwks`;
    await jwks.reload();
    await jwks.reload();
    server.answer = json(setOf('c'));
    await jwks.reload();
    await jwks.reload();
    expect(published).toEqual([
      ['keys-refreshed', { url, keys: 2, changed: true }],
      ['keys-refreshed', { url, keys: 2, changed: false }],
      ['keys-refreshed', { url, keys: 1, changed: true }],
      ['keys-refreshed', { url, keys: 1, changed: false }],
    ]);
  });

  test('each failure, and how many were consecutive', async () => {
    const { server, jwks } = await scene(status(500));
    const published = listen();
    const url = `${server.url}/jwks`;
    await jwks.reload().catch(() => {});
    server.answer = broken;
    await jwks.reload().catch(() => {});
    expect(published).toEqual([
      ['refresh-failed', { url, reason: 'status 500', failures: 1 }],
      ['refresh-failed', { url, reason: 'the connection failed', failures: 2 }],
    ]);
  });

  test('each use of a stale set', async () => {
    const { server, clock, by } = await scene(json(setOf('a')));
    await by('a');
    server.answer = status(500);
    clock.pass(HOUR);
    const published = listen();
    const url = `${server.url}/jwks`;
    await by('a');
    clock.pass(0.2);
    await by('a');
    expect(published).toEqual([
      ['refresh-failed', { url, reason: 'status 500', failures: 1 }],
      ['stale-served', { url, age: HOUR }],
      ['stale-served', { url, age: HOUR + 0.2 }],
    ]);
  });

  test('no use of a fresh set', async () => {
    const { by } = await scene(json(setOf('a')), { freshFor: { max: 0 } });
    const published = listen();
    await by('a');
    await by('a');
    expect(published.map(([name]) => name)).toEqual(['keys-refreshed', 'keys-refreshed']);
  });

  test('nothing of a token, a key or the query of its URL', async () => {
    const set = setOf('a');
    const responses = [Response.json(set), new Response('', { status: 500 })];
    const jwks = createRemoteJwks('https://id.example/jwks?key=hush', {
      fetch: async () => responses.shift() as Response,
      freshFor: { max: 0 },
      headers: { authorization: 'Bearer hush' },
    });
    const published = listen();
    await createVerifier(jwks)(tokenBy('a'));
    await createVerifier(jwks)(tokenBy('a'));
    const shown = inspect(published, { depth: 9 });
    expect(published).toHaveLength(3);
    expect(shown).toContain("url: 'https://id.example/jwks'");
    for (const hidden of ['hush', String(set.keys[0]?.['x']), ...tokenBy('a').split('.')]) {
      expect(shown).not.toContain(hidden);
    }
  });

  test('nothing without subscribers', async () => {
    const publish = names.map((name) => vi.spyOn(channel(name), 'publish'));
    const { jwks, server } = await scene(json(setOf('a')));
    await jwks.reload();
    server.answer = status(500);
    await jwks.reload().catch(() => {});
    for (const spy of publish) expect(spy).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });
});
