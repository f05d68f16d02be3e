import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openSite, type Site } from './site.ts';

let site: Site;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());
beforeEach(async () => {
  context = await site.browser.newContext({ ignoreHTTPSErrors: true });
  page = await context.newPage();
  await page.goto(site.own);
});
afterEach(() => context.close());

/** Fetches from a script of the page. */
const request = (path: string, method = 'GET') =>
  page.evaluate(
    async ([path, method]) => {
      const response = await fetch(path as string, { method: method as string });
      return { status: response.status, text: await response.text() };
    },
    [path, method],
  );

const names = async () => (await context.cookies()).map(({ name }) => name).sort();

/** Opens a WebSocket from the page and returns its first message, or 'rejected'. */
const socket = () =>
  page.evaluate(
    (url) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(url);
        socket.onmessage = ({ data }) => resolve(data);
        socket.onerror = () => resolve('rejected');
      }),
    `${site.own.replace('https', 'wss')}/socket`,
  );

test('stores cookies with prefixes, sends them to their paths only, and clears them', async () => {
  expect((await request('/me')).status).toBe(401);
  await request('/login/strict', 'POST');
  const byName = (one: { name: string }, two: { name: string }) => one.name.localeCompare(two.name);
  const kept = (await context.cookies()).sort(byName);
  expect(kept.map(({ name }) => name)).toEqual(['__Host-at', '__Secure-rt']);
  expect(kept).toEqual([
    expect.objectContaining({ httpOnly: true, secure: true, sameSite: 'Lax', path: '/' }),
    expect.objectContaining({ httpOnly: true, secure: true, sameSite: 'Strict', path: '/auth' }),
  ]);
  const [access, refresh] = kept.map(({ expires }) => expires - Date.now() / 1000);
  // Both end with the refresh token.
  expect(Math.abs((access ?? 0) - (refresh ?? 0))).toBeLessThan(2);
  expect(refresh).toBeGreaterThan(7 * 86_400 - 60);
  expect(await page.evaluate('document.cookie')).toBe('');

  expect(await request('/me')).toEqual({ status: 200, text: '{"sub":"ada"}' });
  expect(await request('/transfer', 'POST')).toEqual({ status: 200, text: '{"sub":"ada"}' });
  expect(await request('/auth/refresh', 'POST')).toEqual({ status: 200, text: '{"sub":"ada"}' });

  await request('/logout', 'POST');
  expect(await names()).toEqual([]);
  expect((await request('/me')).status).toBe(401);
});

test.each([
  ['strict', 401, 'token_missing'],
  ['loose', 403, 'csrf_failed'],
])('rejects a form of another site with %s cookies', async (kind, status, reason) => {
  await request(`/login/${kind}`, 'POST');
  await page.goto(`${site.evil}/attack`);
  const [response] = await Promise.all([
    page.waitForResponse(`${site.own}/transfer`),
    page.click('button'),
  ]);
  expect(response.status()).toBe(status);
  expect(await response.json()).toMatchObject({ reason });
  // The browser sent the cookie, so it is the site that is rejected.
  expect('cookie' in (await response.request().allHeaders())).toBe(kind === 'loose');
  await page.goto(site.own);
  expect((await request('/transfer', 'POST')).status).toBe(200);
});

test('rejects a WebSocket of another site and accepts one of the own', async () => {
  await request('/login/loose', 'POST');
  expect(await socket()).toBe('hello ada');
  await page.goto(`${site.evil}/attack`);
  expect(await socket()).toBe('rejected');
});
