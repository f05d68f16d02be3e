import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeBrowser } from './fake-browser.ts';

let browser: FakeBrowser;
beforeEach(() => {
  browser = new FakeBrowser();
  const tokens = () => browser.newTokens({ access_token: `token-${browser.generation + 1}` });
  browser.on('/auth/login', tokens);
  browser.on('/auth/refresh', tokens);
  browser.on('/api', ({ headers }) => {
    const isValid = headers.get('authorization') === `Bearer token-${browser.generation}`;
    return new Response(null, { status: isValid ? 200 : 401 });
  });
});
afterEach(() => browser.close());

const statusOf = async (response: Promise<Response>) => (await browser.run(response)).status;

describe('an access token in memory', () => {
  it('is sent in the header, without cookies and without other headers changed', async () => {
    const tab = await browser.signedIn({ bearer: true, origins: ['https://api.example'] });
    const url = 'https://api.example/api';
    expect(await statusOf(tab.fetch(url, { headers: { 'x-trace': '7' } }))).toBe(200);
    const [{ headers, credentials } = new Request('/')] = browser.requests;
    expect([headers.get('x-trace'), credentials]).toEqual(['7', 'same-origin']);
  });

  it('is replaced after a 401 response, in the header of the repetition, too', async () => {
    const tab = await browser.signedIn({ bearer: true });
    browser.generation += 1;
    expect(await statusOf(tab.fetch('/api', { method: 'POST', body: 'x' }))).toBe(200);
    expect(browser.log).toEqual(['POST /api', 'POST /auth/refresh', 'POST /api']);
  });

  it('reaches the other tabs by message, so that they refresh once', async () => {
    const tabs = [await browser.signedIn({ bearer: true })];
    tabs.push(...[1, 2, 3, 4].map(() => browser.tab({ bearer: true })));
    const send = () => tabs.flatMap((tab) => [1, 2, 3].map(() => statusOf(tab.fetch('/api'))));
    expect(await Promise.all(send())).toEqual(Array(15).fill(200));
    expect([browser.count('/auth/refresh'), browser.count('/api')]).toEqual([1, 15]);
    browser.generation += 1;
    await browser.wait(100);
    browser.log.length = 0;
    expect(await Promise.all(send())).toEqual(Array(15).fill(200));
    expect([browser.count('/auth/refresh'), browser.count('/api')]).toEqual([1, 30]);
  });

  it('that does not arrive within 300 ms is refreshed', async () => {
    vi.stubGlobal('BroadcastChannel', undefined);
    const [tab, other] = [await browser.signedIn({ bearer: true }), browser.tab({ bearer: true })];
    browser.generation += 1;
    const start = Date.now();
    const first = tab.fetch('/api').then(() => Date.now() - start);
    const second = other.fetch('/api').then(() => Date.now() - start);
    const [fast, slow] = await browser.run(Promise.all([first, second]));
    expect(browser.count('/auth/refresh')).toBe(2);
    const [one = 0, two = 0] = [fast, slow].sort((a, b) => a - b);
    expect(two - one).toBeGreaterThanOrEqual(300);
    expect(two - one).toBeLessThan(500);
  });

  it('is refreshed once by a tab that is opened later, before its first request', async () => {
    await browser.signedIn({ bearer: true });
    const tab = browser.tab({ bearer: true });
    expect(tab.signedIn).toBe(true);
    await statusOf(tab.fetch('/api'));
    await statusOf(tab.fetch('/api'));
    expect(browser.log).toEqual(['POST /auth/refresh', 'GET /api', 'GET /api']);
  });

  it('is refreshed by a tab that is opened later also if that fails once', async () => {
    await browser.signedIn({ bearer: true });
    const tab = browser.tab({ bearer: true });
    browser.cut('/auth/refresh', 2);
    await expect(browser.run(tab.fetch('/api'))).rejects.toMatchObject({ status: 0 });
    expect(await statusOf(tab.fetch('/api'))).toBe(200);
    expect(browser.count('/api')).toBe(1);
  });

  it('is not sent after a logout, in any tab', async () => {
    const [tab, other] = [await browser.signedIn({ bearer: true }), browser.tab({ bearer: true })];
    await browser.run(other.fetch('/api'));
    await browser.run(tab.logout());
    await browser.wait(10);
    browser.requests.length = 0;
    for (const one of [tab, other]) expect(await statusOf(one.fetch('/api'))).toBe(401);
    expect(browser.requests.map(({ headers }) => headers.has('authorization'))).toEqual([
      false,
      false,
    ]);
  });

  it('of another user replaces it in all tabs', async () => {
    const [tab, other] = [await browser.signedIn({ bearer: true }), browser.tab({ bearer: true })];
    await browser.run(other.login('/auth/login', { method: 'POST' }));
    await browser.wait(10);
    expect(await statusOf(tab.fetch('/api'))).toBe(200);
    expect([browser.count('/auth/refresh'), tab.heard]).toEqual([0, ['in']]);
  });

  it('of another user is not mixed with the one before if only the storage tells', async () => {
    vi.stubGlobal('BroadcastChannel', undefined);
    const [tab, other] = [await browser.signedIn({ bearer: true }), browser.tab({ bearer: true })];
    await browser.run(other.login('/auth/login', { method: 'POST' }));
    browser.log.length = 0;
    expect(await statusOf(tab.fetch('/api'))).toBe(200);
    expect(browser.log).toEqual(['POST /auth/refresh', 'GET /api']);
  });

  it('is neither sent nor shared by clients with cookies', async () => {
    const tab = await browser.signedIn();
    await browser.run(tab.refresh());
    await browser.run(tab.fetch('/api', { headers: { authorization: 'Basic YTpi' } }));
    expect(browser.requests.at(-1)?.headers.get('authorization')).toBe('Basic YTpi');
    expect(JSON.stringify(browser.sent)).not.toContain('token');
  });
});
