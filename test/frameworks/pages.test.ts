import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { run } from '../package/project.ts';
import type {} from '../package/setup.ts';
import {
  type Application,
  build,
  type Framework,
  folderOf,
  MINUTE_MS,
  type SentHeaders,
  start,
  Visitor,
} from './application.ts';

const next = {
  build: ['node_modules/next/dist/bin/next', 'build'],
  start: ['node_modules/next/dist/bin/next', 'start', '-H', '127.0.0.1'],
  auth: '/api/auth',
};
const nextVersions = ['next-15', 'next-16'];

const frameworks: Framework[] = [
  { name: 'next-15', ...next, shared: { from: 'next-16', folders: ['app', 'lib'] } },
  { name: 'next-16', ...next },
  {
    name: 'sveltekit',
    build: ['node_modules/vite/bin/vite.js', 'build'],
    start: ['build'],
    auth: '/auth',
  },
  {
    name: 'nuxt',
    build: ['node_modules/nuxt/bin/nuxt.mjs', 'build'],
    start: ['.output/server/index.mjs'],
    auth: '/auth',
  },
];

const applications = new Map<string, Application>();

beforeAll(async () => {
  const tarball = inject('tarball');
  // Two at once, of which next-15 takes longest.
  const [first, ...others] = frameworks as [Framework, ...Framework[]];
  const inTurn = async (list: Framework[]) => {
    for (const framework of list) await build(framework, tarball);
  };
  await Promise.all([inTurn([first]), inTurn(others)]);
  for (const framework of frameworks) applications.set(framework.name, await start(framework));
}, 900_000);
afterAll(() => Promise.all([...applications.values()].map((application) => application.stop())));

const open = (name: string) => {
  const application = applications.get(name) as Application;
  return { application, visitor: new Visitor(application) };
};
const cacheControl = (response: Response) => response.headers.get('cache-control') ?? '';
const setCookies = (response: Response) => response.headers.getSetCookie();

describe.each(frameworks)('a page of $name', ({ name }) => {
  it('shows the user after a login, and is not cached', async () => {
    const { visitor } = open(name);
    const login = await visitor.logIn();
    expect([login.status, login.headers.get('location')]).toEqual([303, '/account']);
    expect(await visitor.cookies()).toEqual(['at', 'rt']);
    const page = await visitor.visit('/account');
    expect([page.status, setCookies(page)]).toEqual([200, []]);
    expect(cacheControl(page)).toBe('private, no-store');
    expect(await visitor.read('/account')).toContain('<p>Hello ada</p>');
  });

  it('refreshes an expired access token once, and renders with the new one', async () => {
    const { application, visitor } = open(name);
    await visitor.logIn();
    await application.advance(6 * MINUTE_MS);
    const before = await application.refreshes();
    const page = await visitor.visit('/account');
    expect([page.status, setCookies(page).length]).toEqual([200, 2]);
    expect((await page.text()).replaceAll(/<!--.*?-->/g, '')).toContain('<p>Hello ada</p>');
    expect(cacheControl(page)).toBe('private, no-store');
    expect(setCookies(await visitor.visit('/account'))).toEqual([]);
    expect((await application.refreshes()) - before).toBe(1);
  });

  it('keeps the session of pages that are loaded at once', async () => {
    const { application, visitor } = open(name);
    await visitor.logIn();
    await application.advance(6 * MINUTE_MS);
    const pages = await Promise.all([1, 2, 3, 4].map(() => visitor.visit('/account')));
    expect(pages.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    await application.advance(6 * MINUTE_MS);
    expect(await visitor.read('/account')).toContain('<p>Hello ada</p>');
  });

  it.each<SentHeaders>([
    { 'sec-purpose': 'prefetch' },
    { purpose: 'prefetch' },
    { 'next-router-prefetch': '1' },
  ])('refreshes nothing for a prefetch: %o', async (headers) => {
    const { application, visitor } = open(name);
    await visitor.logIn();
    await application.advance(6 * MINUTE_MS);
    const before = await application.refreshes();
    const prefetch = await visitor.visit('/account', { headers });
    expect(setCookies(prefetch)).toEqual([]);
    expect((await application.refreshes()) - before).toBe(0);
    expect(await visitor.read('/account')).toContain('<p>Hello ada</p>');
    expect((await application.refreshes()) - before).toBe(1);
  });

  it('can be cached without a session, and does not show the account', async () => {
    const { visitor } = open(name);
    const page = await visitor.visit('/');
    expect(page.status).toBe(200);
    expect(cacheControl(page)).not.toContain('private');
    const account = await visitor.visit('/account');
    expect([302, 303, 307]).toContain(account.status);
    expect(account.headers.get('location')).toBe('/');
  });

  it('has no user after a logout', async () => {
    const { visitor } = open(name);
    await visitor.logIn();
    expect((await visitor.logOut()).status).toBe(204);
    expect(await visitor.cookies()).toEqual([]);
    expect((await visitor.visit('/account')).headers.get('location')).toBe('/');
  });

  it('rejects a login of another site, and a wrong password', async () => {
    const { application, visitor } = open(name);
    const path = `${application.auth}/login`;
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    const body = new URLSearchParams({ password: 'correct horse' });
    expect((await visitor.visit(path, { method: 'POST', headers, body })).status).toBe(403);
    const wrong = new URLSearchParams({ password: 'battery' });
    expect((await visitor.visit(path, { method: 'POST', body: wrong })).status).toBe(401);
    expect(await visitor.cookies()).toEqual([]);
  });
});

// `next build` checks the types of Next.js.
it.each([
  ['sveltekit', 'tsconfig.json'],
  ['nuxt', '.nuxt/tsconfig.server.json'],
])(
  'compiles the sources of %s as strict TypeScript',
  async (name, project) => {
    const compiler = join(import.meta.dirname, '../../node_modules/typescript/bin/tsc');
    await run(process.execPath, [compiler, '--noEmit', '-p', project], { cwd: folderOf(name) });
  },
  200_000,
);

describe.each(nextVersions)('a server action of %s', (name) => {
  /** Submits the first form of a page, as a browser without scripts does. */
  async function submit(visitor: Visitor, path: string, fields: Record<string, string> = {}) {
    const html = await visitor.read(path);
    const [, action = ''] = /name="(\$ACTION_ID_\w+)"/.exec(html) ?? [];
    const body = new FormData();
    for (const [field, value] of Object.entries({ [action]: '', ...fields })) {
      body.append(field, value);
    }
    return (headers: SentHeaders = {}) => visitor.visit(path, { method: 'POST', body, headers });
  }

  it('logs in', async () => {
    const { visitor } = open(name);
    const logIn = await submit(visitor, '/', { password: 'correct horse' });
    const response = await logIn();
    expect([response.status, response.headers.get('location')]).toEqual([303, '/account']);
    expect(await visitor.cookies()).toEqual(['at', 'rt']);
    expect(await visitor.read('/account')).toContain('<p>Hello ada</p>');
  });

  it('rejects a form of another site', async () => {
    const { visitor } = open(name);
    const logIn = await submit(visitor, '/', { password: 'correct horse' });
    expect((await logIn({ origin: 'https://evil.example' })).status).toBe(500);
    expect(await visitor.cookies()).toEqual([]);
  });

  it('logs in and out with an expired access token, whose cookies do not return', async () => {
    const { application, visitor } = open(name);
    await visitor.logIn();
    const logOut = await submit(visitor, '/account');
    await application.advance(6 * MINUTE_MS);
    expect((await logOut()).status).toBe(303);
    expect(await visitor.cookies()).toEqual([]);

    await visitor.logIn();
    const old = await visitor.session();
    const logIn = await submit(visitor, '/', { password: 'correct horse' });
    await application.advance(6 * MINUTE_MS);
    await logIn();
    expect(await visitor.session()).not.toBe(old);
  });
});

describe('a form action of SvelteKit', () => {
  it('logs in as another user, also with an expired access token', async () => {
    const { application, visitor } = open('sveltekit');
    await visitor.logIn();
    await application.advance(6 * MINUTE_MS);
    const body = new URLSearchParams({ user: 'bob' });
    const response = await visitor.visit('/sign-in', { method: 'POST', body });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/account']);
    expect(await visitor.read('/account')).toContain('<p>Hello bob</p>');
  });
});

describe.each(['sveltekit', 'nuxt'])('a page of %s', (name) => {
  it('passes the new token to a route of its own that it fetches', async () => {
    const { application, visitor } = open(name);
    await visitor.logIn();
    await application.advance(6 * MINUTE_MS);
    const before = await application.refreshes();
    expect(await visitor.read('/fetched')).toContain('<p>Hello ada</p>');
    expect((await application.refreshes()) - before).toBe(1);
  });
});

describe.each(nextVersions)('a browser on %s', (name) => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox'],
    });
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    page = await browser.newPage({ baseURL: open(name).application.origin });
    await page.goto('/');
    await page.fill('[name=password]', 'correct horse');
    await page.click('button');
    await page.waitForSelector('text=Hello ada');
  });
  afterEach(() => page.close());

  it('refreshes nothing for a prefetched link, and once when the user follows it', async () => {
    const { application } = open(name);
    await page.goto('/visits');
    await application.advance(6 * MINUTE_MS);
    const before = await application.refreshes();
    const prefetched = page.waitForResponse(
      async (response) => 'next-router-prefetch' in (await response.request().allHeaders()),
    );
    await page.locator('text=Prefetched in part').scrollIntoViewIfNeeded();
    await prefetched;
    expect((await application.refreshes()) - before).toBe(0);
    await page.click('text=Prefetched in part');
    await page.waitForSelector('text=Hello ada');
    expect((await application.refreshes()) - before).toBe(1);
  });

  it('refreshes once for a link with prefetch={true}, and shows the user', async () => {
    const { application } = open(name);
    await page.goto('/visits');
    await application.advance(6 * MINUTE_MS);
    const before = await application.refreshes();
    await page.locator('text=Prefetched as a whole').scrollIntoViewIfNeeded();
    await expect
      .poll(async () => (await application.refreshes()) - before, { timeout: 20_000 })
      .toBe(1);
    await page.click('text=Prefetched as a whole');
    await page.waitForSelector('text=Hello ada');
    expect((await application.refreshes()) - before).toBe(1);
  });

  it('shows the user after a reload with an expired access token', async () => {
    const { application } = open(name);
    await application.advance(6 * MINUTE_MS);
    const before = await application.refreshes();
    await page.reload();
    await page.waitForSelector('text=Hello ada');
    expect((await application.refreshes()) - before).toBe(1);
    await page.click('text=Log out');
    await page.waitForSelector('[name=password]');
    expect(await page.context().cookies()).toEqual([]);
  });
});
