import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeBrowser } from './fake-browser.ts';

let browser: FakeBrowser;
beforeEach(() => {
  browser = new FakeBrowser();
});
afterEach(() => browser.close());

const statusOf = async (response: Promise<Response>) => (await browser.run(response)).status;
const rejectRefresh = (reason: string) =>
  browser.on('/auth/refresh', () => Response.json({ reason }, { status: 401 }));

async function fiveTabs(options = {}) {
  const first = await browser.signedIn(options);
  return [first, ...Array.from({ length: 4 }, () => browser.tab(options))];
}

/** Sends 20 requests in each of five tabs; returns how often each status came. */
async function hundredRequests(tabs: Awaited<ReturnType<typeof fiveTabs>>) {
  const all = tabs.flatMap((tab) => Array.from({ length: 20 }, () => tab.fetch('/api')));
  const counts: Record<number, number> = {};
  for (const { status } of await browser.run(Promise.all(all)))
    counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

describe('five tabs with twenty requests each', () => {
  it('refresh once', async () => {
    const tabs = await fiveTabs();
    browser.expire();
    expect(await hundredRequests(tabs)).toEqual({ 200: 100 });
    expect([browser.count('/auth/refresh'), browser.count('/api')]).toEqual([1, 200]);
    expect(tabs.map(({ heard }) => heard)).toEqual([[], [], [], [], []]);
  });

  it('refresh at most twice without Web Locks', async () => {
    vi.stubGlobal('navigator', {});
    vi.spyOn(Math, 'random').mockReturnValueOnce(0.1).mockReturnValueOnce(0.2).mockReturnValue(0.9);
    const tabs = await fiveTabs();
    browser.expire();
    expect(await hundredRequests(tabs)).toEqual({ 200: 100 });
    expect(browser.count('/auth/refresh')).toBeLessThanOrEqual(2);
  });

  it('sign out in all tabs after one rejected refresh', async () => {
    const tabs = await fiveTabs();
    browser.expire();
    rejectRefresh('session_revoked');
    expect(await hundredRequests(tabs)).toEqual({ 401: 100 });
    await browser.wait(100);
    expect(tabs.map(({ heard }) => heard)).toEqual(Array(5).fill(['session_revoked']));
    expect([browser.count('/auth/refresh'), browser.count('/auth/logout?if=over')]).toEqual([1, 1]);
    expect(tabs.map(({ signedIn }) => signedIn)).toEqual(Array(5).fill(false));
  });
});

describe('the lock', () => {
  it('is held 50 ms longer than the refresh', async () => {
    const tab = await browser.signedIn();
    await browser.run(tab.refresh());
    const free = vi.fn();
    const signal = new AbortController().signal;
    void navigator.locks.request('jotkit:/auth', { signal }, async () => free());
    await browser.wait(39);
    expect(free).not.toHaveBeenCalled();
    await browser.wait(20);
    expect(free).toHaveBeenCalled();
  });

  it('that is never released is ignored after `timeout`', async () => {
    const tab = await browser.signedIn({ timeout: 2 });
    const signal = new AbortController().signal;
    void navigator.locks.request('jotkit:/auth', { signal }, () => new Promise(() => {}));
    browser.expire();
    const start = Date.now();
    expect(await statusOf(tab.fetch('/api'))).toBe(200);
    expect((Date.now() - start) / 1000).toBeCloseTo(2.1, 1);
    await browser.run(tab.logout());
    expect(tab.signedIn).toBe(false);
  });

  it('of a tab that was closed leaves the refresh to the next', async () => {
    const tab = await browser.signedIn();
    browser.expire();
    // The closed tab got its response and stored nothing.
    browser.generation += 1;
    expect(await statusOf(tab.fetch('/api'))).toBe(200);
    expect(browser.count('/auth/refresh')).toBe(1);
  });

  it('that the browser denies is not needed', async () => {
    const tab = await browser.signedIn();
    const request = () => Promise.reject(new DOMException('denied', 'SecurityError'));
    vi.stubGlobal('navigator', { locks: { request } });
    browser.expire();
    expect(await statusOf(tab.fetch('/api'))).toBe(200);
  });

  it('of a tab without Web Locks lets no refresh run beside a login', async () => {
    vi.stubGlobal('navigator', {});
    const tab = await browser.signedIn();
    browser.expire();
    const login = tab.login('/auth/login', { method: 'POST' });
    const response = tab.fetch('/api');
    await browser.run(login);
    expect(await statusOf(response)).toBe(200);
    expect(browser.count('/auth/refresh')).toBe(0);
  });

  it('of a tab without Web Locks is not waited for longer than `timeout`', async () => {
    vi.stubGlobal('navigator', {});
    const tab = await browser.signedIn({ timeout: 2 });
    browser.on('/auth/login', () => new Promise(() => {}));
    void tab.login('/auth/login', { method: 'POST' });
    browser.expire();
    const start = Date.now();
    expect(await statusOf(tab.fetch('/api'))).toBe(200);
    expect((Date.now() - start) / 1000).toBeLessThan(2.5);
  });
});

describe('localStorage', () => {
  it('holds times and no token', async () => {
    browser.on('/auth/login', () => browser.newTokens({ access_token: 'eyJhbGci' }));
    await browser.signedIn({ bearer: true });
    expect([...browser.storage.keys()]).toEqual(['jotkit:/auth']);
    const [text = ''] = browser.storage.values();
    const at = expect.any(Number);
    expect(JSON.parse(text)).toEqual({ at, ends: at, since: at, reason: '' });
  });

  it.each(['get', 'set', 'read'])('that throws or is absent (%s) is not needed', async (kind) => {
    const denied = () => {
      throw new DOMException('denied', 'SecurityError');
    };
    const storage = { getItem: () => null, setItem: () => undefined };
    if (kind === 'read') vi.stubGlobal('localStorage', undefined);
    if (kind === 'get') vi.stubGlobal('localStorage', { ...storage, getItem: denied });
    if (kind === 'set') vi.stubGlobal('localStorage', { ...storage, setItem: denied });
    const tabs = [await browser.signedIn(), browser.tab()] as const;
    browser.expire();
    const statuses = await Promise.all(tabs.map((tab) => statusOf(tab.fetch('/api'))));
    expect(statuses).toEqual([200, 200]);
    expect(browser.count('/auth/refresh')).toBe(1);
    await browser.run(tabs[0].logout());
    await browser.wait(10);
    expect(tabs.map(({ heard }) => heard.at(-1))).toEqual(['logout', 'logout']);
  });

  it('that was cleared does not sign out', async () => {
    const tab = await browser.signedIn();
    browser.storage.clear();
    browser.expire();
    expect(await statusOf(tab.fetch('/api'))).toBe(200);
    expect([tab.signedIn, tab.heard]).toEqual([true, []]);
  });

  it.each(['', 'null', '5', '"x"', '[]', '{}', '{"at":"x","reason":7}', '{"at":99999999999999}'])(
    'with foreign content is ignored: %s',
    async (text) => {
      const tab = await browser.signedIn();
      browser.storage.set('jotkit:/auth', text);
      browser.expire();
      expect(await statusOf(tab.fetch('/api'))).toBe(200);
      browser.storage.set('jotkit:/auth', text);
      browser.expire();
      const page = browser.tab();
      for (const _ of [1, 2]) expect(await statusOf(page.fetch('/api'))).toBe(200);
      expect(browser.count('/auth/refresh')).toBe(2);
      expect(tab.heard.filter((what) => what !== 'in')).toEqual([]);
    },
  );
});

describe('the clock', () => {
  it('that was set back stops no refresh', async () => {
    const tab = await browser.signedIn();
    vi.setSystemTime(Date.now() - 3_600_000);
    browser.expire();
    expect(await statusOf(tab.fetch('/api'))).toBe(200);
    browser.expire();
    await browser.wait(100);
    expect(await statusOf(tab.fetch('/api'))).toBe(200);
    expect(browser.count('/auth/refresh')).toBe(2);
  });

  it('that was set back stops no refresh of a token in memory, and no logout', async () => {
    browser.on('/auth/login', () => browser.newTokens({ access_token: 'a' }));
    browser.on('/auth/refresh', () => browser.newTokens({ access_token: 'b' }));
    const tab = await browser.signedIn({ bearer: true });
    vi.setSystemTime(Date.now() - 3_600_000);
    browser.expire();
    expect(await statusOf(tab.fetch('/api'))).toBe(200);
    await browser.run(tab.logout());
    expect([tab.signedIn, tab.heard]).toEqual([false, ['logout']]);
  });

  it('that was set forward costs one refresh', async () => {
    const tab = await browser.signedIn();
    vi.setSystemTime(Date.now() + 3_600_000);
    await browser.run(tab.fetch('/api'));
    await browser.run(tab.fetch('/api'));
    expect(browser.count('/auth/refresh')).toBe(1);
  });
});

describe('news of other tabs', () => {
  it('reach a tab without BroadcastChannel by the storage event', async () => {
    vi.stubGlobal('BroadcastChannel', undefined);
    const [tab, other] = [await browser.signedIn(), browser.tab()];
    await browser.run(other.logout());
    expect(tab.heard).toEqual([]);
    browser.dispatch('storage');
    await browser.wait(1);
    expect([tab.signedIn, tab.heard]).toEqual([false, ['logout']]);
  });

  it('reach a page that comes back from the back/forward cache', async () => {
    vi.stubGlobal('BroadcastChannel', undefined);
    const [tab, other] = [await browser.signedIn(), browser.tab()];
    await browser.run(other.logout());
    browser.dispatch('pageshow');
    await browser.wait(1);
    expect(tab.heard).toEqual(['logout']);
  });

  it('reach a tab that missed all of them at its next request', async () => {
    vi.stubGlobal('BroadcastChannel', undefined);
    const [tab, other] = [await browser.signedIn(), browser.tab()];
    await browser.run(other.logout());
    browser.expire();
    expect(await statusOf(tab.fetch('/api'))).toBe(401);
    expect([browser.count('/auth/refresh'), tab.heard]).toEqual([0, ['logout']]);
  });

  it('call no listener twice', async () => {
    const [tab, other] = [await browser.signedIn(), browser.tab()];
    await browser.run(other.logout());
    await browser.wait(10);
    for (const type of ['storage', 'pageshow']) browser.dispatch(type);
    await browser.run(tab.fetch('/api'));
    expect([tab.heard, other.heard]).toEqual([['logout'], ['logout']]);
  });
});

describe('a name', () => {
  it('separates two applications of one origin', async () => {
    const [shop, admin] = [
      await browser.signedIn({ name: 'shop' }),
      await browser.signedIn({ name: 'admin' }),
    ];
    await browser.run(shop.logout());
    await browser.wait(10);
    expect([shop.signedIn, admin.signedIn, admin.heard]).toEqual([false, true, []]);
    expect([...browser.storage.keys()]).toEqual(['jotkit:shop', 'jotkit:admin']);
  });

  it('is the path by default', async () => {
    browser.on('/admin/login', () => browser.newTokens());
    await browser.signedIn();
    const admin = browser.tab({ path: '/admin' });
    expect(admin.signedIn).toBe(false);
    await browser.run(admin.login('/admin/login', { method: 'POST' }));
    expect([...browser.storage.keys()]).toEqual(['jotkit:/auth', 'jotkit:/admin']);
  });

  it('that two clients of one page share makes them act as two tabs', async () => {
    const [one, two] = [await browser.signedIn(), browser.tab()];
    browser.expire();
    const statuses = await Promise.all([one, two].map((tab) => statusOf(tab.fetch('/api'))));
    expect([statuses, browser.count('/auth/refresh')]).toEqual([[200, 200], 1]);
  });
});

describe('a login of another user in another tab', () => {
  it.each([
    ['without Web Locks', false],
    ['after the wait for the lock has ended', true],
  ])('leaves no tab with the token of the user before: %s', async (_, hasLocks) => {
    if (!hasLocks) vi.stubGlobal('navigator', {});
    browser.on('/auth/login', () => browser.newTokens({ access_token: 'bob' }));
    const sent: string[] = [];
    browser.on('/api', ({ headers }) => {
      sent.push(headers.get('authorization') ?? '');
      return new Response('ok');
    });
    const first = await browser.signedIn({ bearer: true });
    const second = browser.tab({ bearer: true });
    let refreshes = 0;
    browser.on('/auth/refresh', async () => {
      // The first attempt has no response, and the lock is not waited for as long.
      if (hasLocks && refreshes++ === 0) return new Promise<never>(() => {});
      await new Promise((resolve) => setTimeout(resolve, hasLocks ? 5000 : 800));
      return browser.newTokens({ access_token: 'ada' });
    });
    const refreshed = first.refresh();
    await browser.wait(hasLocks ? 100 : 300);
    await browser.run(second.login('/auth/login', { method: 'POST' }));
    await browser.run(refreshed);
    await browser.wait(100);
    await browser.run(second.fetch('/api'));
    await browser.run(first.fetch('/api'));
    expect(sent).toEqual(['Bearer bob', 'Bearer bob']);
  });

  it.each([
    ['POST', 1],
    ['GET', 2],
  ])(
    'does not let a %s of the user before be repeated, unless it is safe',
    async (method, times) => {
      const first = await browser.signedIn();
      const second = browser.tab();
      browser.on('/api', async () => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        return new Response(null, { status: 401 });
      });
      const request = first.fetch('/api', { method });
      await browser.wait(50);
      await browser.run(second.login('/auth/login', { method: 'POST' }));
      await browser.run(request);
      expect(browser.count('/api')).toBe(times);
    },
  );
});
