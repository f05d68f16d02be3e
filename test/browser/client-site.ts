/** A site whose pages use `jotkit/client`, with a server that counts the requests it gets. */

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { toListener } from '../../src/adapters/node.ts';
import { tokenCookies } from '../../src/http/index.ts';
import { createSessionHandlers, createSessions } from '../../src/sessions/index.ts';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';

const key = (name: string) => `the ${name} key of the browser tests, of 32 bytes or more`;

/** Longer than any run: with tokens of two seconds, slow machines refresh more often. */
const ACCESS_SECONDS = 600;

/** Shorter than the client waits before it repeats a refresh. */
const CUT_MS = 300;

export interface ClientSite {
  /** A secure context, so with Web Locks. */
  local: string;
  /** Plain http as in a LAN, so without Web Locks. */
  lan: string;
  browser: Browser;
  /** The paths of all requests with the status of their response: `401 /api`. */
  log: string[];
  count(line: string): number;
  /** The bodies of the requests to `/api`. */
  bodies: string[];
  /** Makes all access tokens expire. */
  expire(): void;
  /**
   * What happens to refreshes. With `cut`, responses are lost for 300 ms: Chromium itself repeats requests on a
   * connection that it used before.
   */
  refreshes: 'pass' | 'cut' | 'superseded';
  /** Whether the store fails. */
  isDown: boolean;
  /** Ends all sessions of the user. */
  revoke(): Promise<unknown>;
  close(): Promise<void>;
}

/** Installs `client` and the list `heard` of what its listeners were called with. */
const page = `<!doctype html><title>client</title><script type="module">
  import * as jotkit from '/client.js';
  const options = JSON.parse(decodeURIComponent(location.hash.slice(1)) || '{}');
  globalThis.jotkit = jotkit;
  globalThis.heard = [];
  globalThis.client = jotkit.createClient({
    ...options,
    onSignedIn: () => heard.push('in'),
    onSignedOut: (reason) => heard.push(reason),
  });
</script>`;

/** The store, which throws while the site is down. */
function storeOf(isDown: () => boolean) {
  return new Proxy(createMemoryStore(), {
    get(target, name) {
      const member = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        if (isDown()) throw new Error('the store is down');
        return Reflect.apply(member, target, args);
      };
    },
  });
}

/** With `isBearer`, the access token is in the body and in the header of requests. */
export async function openClientSite(isBearer: boolean): Promise<ClientSite> {
  const { outputFiles } = await build({
    entryPoints: ['src/client/index.ts'],
    bundle: true,
    format: 'esm',
    write: false,
  });
  const script = outputFiles[0]?.text ?? '';
  let passed = 0;
  let cutUntil = 0;
  const sessions = createSessions({
    store: storeOf(() => site.isDown),
    access: { key: key('access'), expiresIn: ACCESS_SECONDS },
    refresh: { key: key('refresh') },
    issuer: 'https://id.example',
    audience: 'api',
    clock: () => Date.now() + passed,
  });
  const cookies = tokenCookies({ secure: false, ...(isBearer && { access: false }) });
  const handlers = createSessionHandlers({ sessions, cookies, login: () => 'ada' });

  async function api(request: Request): Promise<Response> {
    site.bodies.push(await request.text());
    const header = request.headers.get('authorization')?.replace('Bearer ', '');
    try {
      sessions.verifyAccess((isBearer ? header : cookies.read(request).access) ?? '');
      if (!request.url.endsWith('/events')) return Response.json({ user: 'ada' });
      const headers = { 'content-type': 'text/event-stream' };
      return new Response('retry: 100\ndata: hello\n\n', { headers });
    } catch {
      return Response.json({ error: 'invalid_token' }, { status: 401 });
    }
  }

  async function serve(request: Request, incoming: IncomingMessage): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const html = { 'content-type': 'text/html' };
    if (pathname === '/') return new Response(page, { headers: html });
    const type = { 'content-type': 'text/javascript' };
    if (pathname === '/client.js') return new Response(script, { headers: type });
    const isRefresh = pathname === '/auth/refresh';
    const response =
      isRefresh && site.refreshes === 'superseded'
        ? Response.json({ reason: 'session_superseded' }, { status: 409 })
        : pathname.startsWith('/auth/')
          ? await handlers.handle(request)
          : await api(request);
    site.log.push(`${response.status} ${pathname}${search}`);
    if (isRefresh && site.refreshes === 'cut') {
      cutUntil ||= Date.now() + CUT_MS;
      if (Date.now() < cutUntil) incoming.socket.destroy();
    }
    return response;
  }

  const server = createServer((request, response) => {
    toListener((it) => serve(it, request))(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--host-resolver-rules=MAP *.example 127.0.0.1'],
  });

  const site: ClientSite = {
    local: `http://localhost:${port}/`,
    lan: `http://app.example:${port}/`,
    browser,
    log: [],
    bodies: [],
    count: (line) => site.log.filter((logged) => logged === line).length,
    expire() {
      passed += (ACCESS_SECONDS + 60) * 1000;
      site.log.length = 0;
      cutUntil = 0;
    },
    refreshes: 'pass',
    isDown: false,
    revoke: () => sessions.revokeAll('ada'),
    async close() {
      await browser.close();
      server.closeAllConnections();
      server.close();
    },
  };
  return site;
}

/** Opens pages of one browser profile, each in a tab. */
export async function openTabs(
  context: BrowserContext,
  url: string,
  count: number,
  options = {},
): Promise<Page[]> {
  const hash = `#${encodeURIComponent(JSON.stringify(options))}`;
  return Promise.all(
    Array.from({ length: count }, async () => {
      const tab = await context.newPage();
      await tab.goto(url + hash);
      await tab.waitForFunction('globalThis.client');
      return tab;
    }),
  );
}
