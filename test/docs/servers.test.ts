import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { io } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { read, root } from './pages.ts';
import { Sandbox } from './sandbox.ts';

const files = readdirSync(join(root, 'examples/servers'));

describe('the servers among the examples', () => {
  let sandbox: Sandbox;
  const running: ChildProcess[] = [];

  beforeAll(() => {
    sandbox = new Sandbox();
    for (const name of files) sandbox.write(name, read(`examples/servers/${name}`));
  }, 60_000);
  afterEach(async () => {
    for (const child of running.splice(0)) {
      child.kill();
      await once(child, 'exit');
    }
  });
  afterAll(() => sandbox.remove());

  /** Starts one of them as its header says; resolves to the URL that it prints. */
  async function start(name: string, env: Record<string, string> = {}): Promise<string> {
    const settings = { ...process.env, PORT: '0', NODE_ENV: 'production', ...env };
    const child = spawn(process.execPath, [name], { cwd: sandbox.dir, env: settings });
    running.push(child);
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    const lines = createInterface(child.stdout);
    const address = await Promise.race([
      once(lines, 'line').then(([line]) => String(line)),
      once(child, 'exit').then(() => Promise.reject(new Error(errors))),
    ]);
    return address.replace(/\[::1?\]|localhost/, 'localhost');
  }

  const withToken = (token: string, method = 'GET', body?: string) => ({
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body && { body }),
  });
  const jsonOf = async (response: Response) => (await response.json()) as Record<string, string>;
  const reasonOf = async (response: Response) => (await jsonOf(response)).reason;

  it('are all driven here', () => {
    expect(files.sort()).toEqual([
      'chat.js',
      'express.js',
      'fastify.js',
      'gateway.js',
      'hono.js',
      'single-page.js',
    ]);
  });

  it('express.js: a header, scopes and rejections', async () => {
    const origin = await start('express.js');
    const logIn = async (user: string) => {
      const body = new URLSearchParams({ user });
      return (await jsonOf(await fetch(`${origin}/login`, { method: 'POST', body }))).token ?? '';
    };
    const [ada, bob] = [await logIn('ada'), await logIn('bob')];
    expect(await (await fetch(`${origin}/me`, withToken(ada))).json()).toMatchObject({
      sub: 'ada',
    });
    const order = withToken(ada, 'POST', '{"item":"tea"}');
    expect((await fetch(`${origin}/orders`, order)).status).toBe(201);
    const orders = await (await fetch(`${origin}/orders`, withToken(bob))).json();
    expect(orders).toEqual([{ item: 'tea', by: 'ada' }]);
    expect((await fetch(`${origin}/orders`, withToken(bob, 'POST', '{}'))).status).toBe(403);
    expect(await reasonOf(await fetch(`${origin}/me`))).toBe('token_missing');
  });

  it('single-page.js: cookies, their refreshing, a theft, a logout, and forged requests', async () => {
    const origin = await start('single-page.js', { GRACE: '0s' });
    const jar = new Map<string, string>();
    const send = async (path: string, headers: Record<string, string> = {}, body?: object) => {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(`${origin}${path}`, {
        headers: { cookie, 'content-type': 'application/json', ...headers },
        ...(body && { method: 'POST', body: JSON.stringify(body) }),
      });
      for (const text of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
        if (value) jar.set(name, value);
        else jar.delete(name);
      }
      return response;
    };
    const own = { 'sec-fetch-site': 'same-origin' };
    expect(await (await send('/')).text()).toContain('<form>');
    expect((await send('/api/notes')).status).toBe(401);
    expect((await send('/auth/login', own, { user: 'ada' })).status).toBe(200);
    expect([...jar.keys()]).toEqual(['at', 'rt']);
    expect((await send('/api/notes', own, { text: 'x' })).status).toBe(201);
    const forged = await send('/api/notes', { 'sec-fetch-site': 'cross-site' }, { text: 'y' });
    expect([forged.status, await reasonOf(forged)]).toEqual([403, 'csrf_failed']);
    for (const path of ['/auth/login', '/auth/refresh', '/auth/logout']) {
      expect((await send(path, { origin: 'https://evil.example' }, {})).status).toBe(403);
    }

    const used = jar.get('rt') ?? '';
    expect((await send('/auth/refresh', own, {})).status).toBe(200);
    expect(jar.get('rt')).not.toBe(used);
    jar.set('rt', used);
    expect((await send('/auth/refresh', own, {})).status).toBe(401);
    expect([...jar.keys()]).toEqual([]);

    await send('/auth/login', own, { user: 'ada' });
    const kept = jar.get('rt') ?? '';
    expect((await send('/auth/logout', own, {})).status).toBe(204);
    expect([...jar.keys()]).toEqual([]);
    jar.set('rt', kept);
    expect((await send('/auth/refresh', own, {})).status).toBe(401);
  });

  it('fastify.js: users, roles, and one who left', async () => {
    const origin = await start('fastify.js');
    const logIn = async (user: string) =>
      (await jsonOf(await fetch(`${origin}/login/${user}`, { method: 'POST' }))).token ?? '';
    const [ada, bob] = [await logIn('ada'), await logIn('bob')];
    expect(await (await fetch(`${origin}/me`, withToken(bob))).json()).toEqual({ name: 'Bob' });
    const remove = (token: string, user: string) =>
      fetch(`${origin}/users/${user}`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${token}` },
      });
    expect((await remove(bob, 'ada')).status).toBe(403);
    expect((await remove(ada, 'bob')).status).toBe(204);
    expect((await fetch(`${origin}/me`, withToken(bob))).status).toBe(401);
    expect((await fetch(`${origin}/me`)).status).toBe(401);
  });

  it('hono.js: guests read, writers write', async () => {
    const origin = await start('hono.js');
    const { token = '' } = await jsonOf(await fetch(`${origin}/login/ada`, { method: 'POST' }));
    const readers = await Promise.all(
      [undefined, withToken(token)].map(async (init) => {
        return (await jsonOf(await fetch(`${origin}/posts`, init))).reader;
      }),
    );
    expect(readers).toEqual(['a guest', 'ada']);
    expect((await fetch(`${origin}/posts`, { method: 'POST', body: 'x' })).status).toBe(401);
    expect((await fetch(`${origin}/posts`, withToken(token, 'POST', 'x'))).status).toBe(201);
  });

  it('gateway.js: two issuers, each with its own keys', async () => {
    const origin = await start('gateway.js');
    const ask = async (issuer: string) => {
      const token = await (await fetch(`${origin}/token/${issuer}`, { method: 'POST' })).text();
      const { user, reason } = await jsonOf(await fetch(origin, withToken(token)));
      return user ?? reason;
    };
    expect(await ask('staff')).toBe('ada of https://staff.example');
    expect(await ask('partner')).toBe('ada of https://partner.example');
    expect(await ask('forger')).toBe('alg_not_allowed');
    expect(await ask('stranger')).toBe('unknown_issuer');
    expect((await fetch(origin)).status).toBe(401);
  });

  it('chat.js: a socket lives as long as its tokens', async () => {
    const origin = await start('chat.js', { LIFETIME: '2s' });
    const logIn = async () => (await fetch(`${origin}/login/ada`, { method: 'POST' })).text();
    const client = io(origin, { auth: { token: await logIn() }, reconnection: false });
    const ended = new Promise((resolve) => client.on('disconnect', resolve));
    const bye = new Promise((resolve) => client.on('bye', resolve));
    expect(await new Promise((resolve) => client.on('news', resolve))).toBe('ada is here');
    expect(await client.emitWithAck('refresh', await logIn())).toBe('extended');
    expect(await client.emitWithAck('refresh', 'x')).toBe('token_malformed');
    expect(await bye).toBe('your token has ended');
    expect(await ended).toBe('io server disconnect');

    const rejected = io(origin, { auth: {}, reconnection: false, forceNew: true });
    const error = await new Promise<Error & { data?: { reason: string } }>((resolve) => {
      rejected.on('connect_error', resolve);
    });
    expect(error.data?.reason).toBe('token_missing');
    client.close();
    rejected.close();
  });
});
