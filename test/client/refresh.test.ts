import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeBrowser, type Tab } from './fake-browser.ts';

let browser: FakeBrowser;
beforeEach(() => {
  browser = new FakeBrowser();
});
afterEach(() => browser.close());

const statusOf = async (response: Promise<Response>) => (await browser.run(response)).status;
const respondWith = (status: number, reason: string) => () => Response.json({ reason }, { status });

/** Seconds that a refresh takes. */
async function secondsOf(promise: Promise<unknown>): Promise<number> {
  const start = Date.now();
  await browser.run(promise.catch(() => {}));
  return (Date.now() - start) / 1000;
}

describe('an access token that is about to expire', () => {
  it('is refreshed before the next request, 30 seconds before its end, without a timer', async () => {
    const tab = await browser.signedIn();
    await browser.wait(569_000);
    expect(await statusOf(tab.fetch('/api'))).toBe(200);
    expect(browser.log).toEqual(['GET /api']);
    await browser.wait(3_600_000);
    expect(browser.log).toEqual(['GET /api']);
    expect(vi.getTimerCount()).toBe(0);
    expect(await statusOf(tab.fetch('/api'))).toBe(200);
    expect(browser.log).toEqual(['GET /api', 'POST /auth/refresh', 'GET /api']);
  });

  it('is refreshed `early` seconds before its end', async () => {
    const tab = await browser.signedIn({ early: 120 });
    await browser.wait(479_000);
    await browser.run(tab.fetch('/api'));
    expect(browser.count('/auth/refresh')).toBe(0);
    await browser.wait(1000);
    await browser.run(tab.fetch('/api'));
    expect(browser.count('/auth/refresh')).toBe(1);
  });

  it('is refreshed in the second half of a lifetime that is shorter than `early`', async () => {
    browser.on('/auth/login', () => browser.newTokens({ expires_in: 20 }));
    const tab = await browser.signedIn();
    await browser.wait(9000);
    await browser.run(tab.fetch('/api'));
    expect(browser.count('/auth/refresh')).toBe(0);
    await browser.wait(1000);
    await browser.run(tab.fetch('/api'));
    expect(browser.count('/auth/refresh')).toBe(1);
  });

  it('is refreshed once for all tabs', async () => {
    const tabs = [await browser.signedIn(), browser.tab(), browser.tab()];
    await browser.wait(580_000);
    const statuses = await Promise.all(tabs.map((tab) => statusOf(tab.fetch('/api'))));
    expect(statuses).toEqual([200, 200, 200]);
    expect([browser.count('/auth/refresh'), browser.count('/api')]).toEqual([1, 3]);
  });

  it('serves until its end while the store of the server is down', async () => {
    const tab = await browser.signedIn();
    browser.on('/auth/refresh', respondWith(503, 'session_unavailable'));
    await browser.wait(580_000);
    expect(await statusOf(tab.fetch('/api'))).toBe(200);
    await browser.wait(20_000);
    await expect(browser.run(tab.fetch('/api'))).rejects.toMatchObject({ status: 503 });
    expect(browser.count('/api')).toBe(1);
  });
});

describe('a refresh whose response is lost', () => {
  it('is sent again after 500 ms', async () => {
    const tab = await browser.signedIn();
    browser.cut('/auth/refresh', 1, () => browser.newTokens());
    browser.expire();
    const response = tab.fetch('/api');
    await browser.wait(500);
    expect(browser.count('/auth/refresh')).toBe(1);
    await browser.wait(100);
    expect(browser.count('/auth/refresh')).toBe(2);
    expect(await statusOf(response)).toBe(200);
  });

  it('is sent again if the connection ends within the body', async () => {
    const tab = await browser.signedIn();
    let sent = 0;
    browser.on('/auth/refresh', () => {
      sent += 1;
      if (sent > 1) return browser.newTokens();
      const body = new ReadableStream({ pull: (it) => it.error(new TypeError('network')) });
      return new Response(body);
    });
    expect(await browser.run(tab.refresh())).toBe(true);
    expect(browser.count('/auth/refresh')).toBe(2);
  });

  it('is a RefreshError of status 0 after the second time, and the user stays signed in', async () => {
    const tab = await browser.signedIn();
    browser.expire();
    browser.cut('/auth/refresh');
    const failed = browser.run(tab.fetch('/api'));
    await expect(failed).rejects.toMatchObject({
      name: 'RefreshError',
      status: 0,
      reason: 'network',
      cause: expect.any(TypeError),
    });
    expect(browser.count('/auth/refresh')).toBe(2);
    expect([tab.signedIn, tab.heard, browser.count('/auth/logout')]).toEqual([true, [], 0]);
    browser.on('/auth/refresh', () => browser.newTokens());
    expect(await statusOf(tab.fetch('/api'))).toBe(200);
  });

  it('is given up after `timeout` seconds, twice', async () => {
    const tab = await browser.signedIn({ timeout: 3 });
    browser.on('/auth/refresh', () => new Promise(() => {}));
    const refreshing = tab.refresh();
    const seconds = await secondsOf(refreshing);
    expect(seconds).toBeCloseTo(6.5, 1);
    const cause = { name: 'TimeoutError' };
    await expect(refreshing).rejects.toMatchObject({ status: 0, reason: 'network', cause });
    expect(tab.signedIn).toBe(true);
  });

  it('is given up after 10 seconds by default', async () => {
    const tab = await browser.signedIn();
    browser.on('/auth/refresh', () => new Promise(() => {}));
    expect(await secondsOf(tab.refresh())).toBeCloseTo(20.5, 1);
  });
});

describe('a refresh with the response', () => {
  let tab: Tab;
  beforeEach(async () => {
    tab = await browser.signedIn();
    browser.expire();
  });

  it('409 waits a second and tries again, at most twice', async () => {
    browser.on('/auth/refresh', respondWith(409, 'session_superseded'));
    const failing = tab.fetch('/api');
    expect(await secondsOf(failing)).toBeCloseTo(2.1, 1);
    const error = { name: 'RefreshError', status: 409, reason: 'session_superseded' };
    await expect(failing).rejects.toMatchObject(error);
    expect(browser.count('/auth/refresh')).toBe(3);
    expect(tab.heard).toEqual([]);
  });

  it('409 uses the tokens that another tab got in that second', async () => {
    vi.stubGlobal('navigator', {});
    browser.on('/auth/refresh', respondWith(409, 'session_superseded'));
    const response = tab.fetch('/api');
    await browser.wait(500);
    browser.on('/auth/refresh', () => browser.newTokens());
    await browser.run(browser.tab().refresh());
    expect(await statusOf(response)).toBe(200);
    expect(browser.count('/auth/refresh')).toBe(2);
  });

  it.each([503, 500, 403, 429])('%i is a RefreshError at once, and no logout', async (status) => {
    browser.on('/auth/refresh', respondWith(status, 'some_reason'));
    const error = { name: 'RefreshError', status, reason: 'some_reason' };
    await expect(browser.run(tab.fetch('/api'))).rejects.toMatchObject(error);
    expect(browser.log).toEqual(['GET /api', 'POST /auth/refresh']);
    expect([tab.signedIn, tab.heard]).toEqual([true, []]);
  });

  it.each([
    ['the page of a proxy', () => new Response('<h1>hello</h1>')],
    ['nothing', () => new Response(null, { status: 204 })],
    ['null', () => Response.json(null)],
    ['another JSON', () => Response.json({ ok: true })],
  ])('%s is a RefreshError, because nothing was refreshed', async (_what, response) => {
    browser.on('/auth/refresh', response);
    const error = { name: 'RefreshError', reason: 'unexpected' };
    await expect(browser.run(tab.fetch('/api'))).rejects.toMatchObject(error);
    expect(tab.signedIn).toBe(true);
  });

  it('401 signs out: clears the cookies, tells the reason, and refreshes no more', async () => {
    browser.on('/auth/refresh', respondWith(401, 'session_expired'));
    expect(await statusOf(tab.fetch('/api'))).toBe(401);
    const expected = ['GET /api', 'POST /auth/refresh', 'POST /auth/logout?if=over'];
    expect(browser.log).toEqual(expected);
    expect([tab.signedIn, tab.heard]).toEqual([false, ['session_expired']]);

    expect(await statusOf(tab.fetch('/api'))).toBe(401);
    expect(await browser.run(tab.refresh())).toBe(false);
    expect(browser.log).toEqual([...expected, 'GET /api']);
    expect(tab.heard).toEqual(['session_expired']);
  });

  it('401 signs out also if the cookies cannot be cleared', async () => {
    browser.on('/auth/refresh', respondWith(401, 'session_revoked'));
    browser.cut('/auth/logout');
    expect(await statusOf(tab.fetch('/api'))).toBe(401);
    expect(tab.heard).toEqual(['session_revoked']);
  });
});

describe('refresh()', () => {
  it('refreshes and resolves to whether the user is signed in', async () => {
    const tab = await browser.signedIn();
    expect(await browser.run(tab.refresh())).toBe(true);
    expect(browser.log).toEqual(['POST /auth/refresh']);
    browser.on('/auth/refresh', respondWith(401, 'session_expired'));
    expect(await browser.run(tab.refresh())).toBe(false);
  });

  it('does nothing if there was a refresh after `startedAt`', async () => {
    const tab = await browser.signedIn();
    const startedAt = Date.now();
    await browser.run(tab.refresh(startedAt));
    expect(await browser.run(tab.refresh(startedAt))).toBe(true);
    expect(browser.count('/auth/refresh')).toBe(1);
    expect(await browser.run(tab.refresh())).toBe(true);
    expect(browser.count('/auth/refresh')).toBe(2);
  });

  it('finds out whether a page is signed in that came from a login by redirects', async () => {
    const tab = browser.tab();
    expect(tab.signedIn).toBe(false);
    expect(await browser.run(tab.refresh())).toBe(true);
    expect([tab.signedIn, tab.heard]).toEqual([true, ['in']]);
  });
});
