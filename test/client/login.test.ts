import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeBrowser } from './fake-browser.ts';

let browser: FakeBrowser;
beforeEach(() => {
  browser = new FakeBrowser();
});
afterEach(() => browser.close());

const post = { method: 'POST' };
const statusOf = async (response: Promise<Response>) => (await browser.run(response)).status;
const rejectRefresh = () =>
  browser.on('/auth/refresh', () => Response.json({ reason: 'token_missing' }, { status: 401 }));
const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('login()', () => {
  it('sends the request with cookies and resolves to its response', async () => {
    browser.on('/auth/login', () => browser.newTokens({ user: 'ada' }));
    const [tab, other] = [browser.tab(), browser.tab()];
    const init = { ...post, headers: { 'x-trace': '7' }, body: 'ada' };
    const response = await browser.run(tab.login('/auth/login', init));
    expect(await response.json()).toEqual({ expires_in: 600, user: 'ada' });
    const [request] = browser.requests;
    expect([request?.credentials, await request?.text()]).toEqual(['include', 'ada']);
    expect(request?.headers.get('x-trace')).toBe('7');
    await browser.wait(10);
    expect([tab.signedIn, tab.heard]).toEqual([true, ['in']]);
    expect([other.signedIn, other.heard]).toEqual([true, ['in']]);
  });

  it('takes a Request, too', async () => {
    const tab = browser.tab();
    await browser.run(tab.login(new Request('/auth/login', { ...post, body: 'ada' })));
    expect([tab.signedIn, await browser.requests[0]?.text()]).toEqual([true, 'ada']);
  });

  it.each([
    ['a wrong password', () => new Response('{"expires_in":600}', { status: 401 })],
    ['a first step that yields no tokens', () => Response.json({ step: 'totp' })],
    ['a page', () => new Response('<h1>hello</h1>')],
  ])('does not sign in after %s', async (_what, response) => {
    browser.on('/auth/login', response);
    const tab = browser.tab();
    const { status } = await browser.run(tab.login('/auth/login', post));
    expect(status).toBe(response().status);
    expect([tab.signedIn, tab.heard, browser.log.length]).toEqual([false, [], 1]);
  });

  it('allows refreshes again after a sign-out', async () => {
    const tab = await browser.signedIn();
    await browser.run(tab.logout());
    await browser.run(tab.login('/auth/login', post));
    browser.expire();
    expect(await statusOf(tab.fetch('/api'))).toBe(200);
    expect(tab.heard).toEqual(['logout', 'in']);
  });

  it('of another user is news for every tab', async () => {
    const [tab, other] = [await browser.signedIn(), browser.tab()];
    await browser.run(other.login('/auth/login', post));
    await browser.wait(10);
    expect([tab.heard, other.heard]).toEqual([['in'], ['in']]);
  });

  it('waits for the refresh of another tab, so that its cookies are the last', async () => {
    const [tab, other] = [await browser.signedIn(), browser.tab()];
    const order: string[] = [];
    browser.on('/auth/refresh', async () => {
      await later(300);
      order.push('refresh');
      return browser.newTokens();
    });
    const refreshing = tab.refresh();
    await browser.wait(10);
    const login = other.login('/auth/login', post).then(() => order.push('login'));
    await browser.run(Promise.all([refreshing, login]));
    expect(order).toEqual(['refresh', 'login']);
  });

  it('makes requests that were rejected before repeat without a refresh', async () => {
    const [tab, other] = [await browser.signedIn(), browser.tab()];
    browser.expire();
    const login = tab.login('/auth/login', post);
    const response = other.fetch('/api');
    await browser.run(login);
    expect(await statusOf(response)).toBe(200);
    expect(browser.count('/auth/refresh')).toBe(0);
  });

  it('of another tab without Web Locks outlasts a refresh that is rejected later', async () => {
    vi.stubGlobal('navigator', {});
    const [tab, other] = [await browser.signedIn(), browser.tab()];
    browser.on('/auth/refresh', async () => {
      await later(1000);
      return Response.json({ reason: 'session_unknown' }, { status: 401 });
    });
    const refreshing = tab.refresh();
    await browser.wait(200);
    await browser.run(other.login('/auth/login', post));
    expect(await browser.run(refreshing)).toBe(true);
    expect([tab.signedIn, tab.heard, browser.count('/auth/logout?if=over')]).toEqual([
      true,
      ['in'],
      0,
    ]);
  });
});

describe('logout()', () => {
  it('ends the session and signs out every tab, without any refresh after it', async () => {
    const tabs = [await browser.signedIn(), browser.tab(), browser.tab()] as const;
    await browser.run(tabs[0].logout());
    await browser.wait(10);
    expect(browser.log).toEqual(['POST /auth/logout']);
    expect(browser.requests[0]).toMatchObject({ credentials: 'include', keepalive: true });
    expect(tabs.map(({ signedIn, heard }) => [signedIn, heard])).toEqual(
      Array(3).fill([false, ['logout']]),
    );
    browser.expire();
    for (const tab of tabs) expect(await statusOf(tab.fetch('/api'))).toBe(401);
    expect(browser.count('/auth/refresh')).toBe(0);
  });

  it('waits for the refresh that runs, so that its tokens end, too', async () => {
    const [tab, other] = [await browser.signedIn(), browser.tab()];
    const refreshing = other.refresh();
    await browser.wait(5);
    const logout = tab.logout();
    await browser.run(Promise.all([refreshing, logout]));
    expect(browser.log).toEqual(['POST /auth/refresh', 'POST /auth/logout']);
    expect(tab.signedIn).toBe(false);
  });

  it('ends the refreshes that wait for it', async () => {
    const [tab, other] = [await browser.signedIn(), browser.tab()];
    browser.expire();
    const logout = tab.logout();
    const response = other.fetch('/api');
    await browser.run(logout);
    expect(await statusOf(response)).toBe(401);
    expect([browser.count('/auth/refresh'), other.heard]).toEqual([0, ['logout']]);
  });

  it('without Web Locks outlasts the refresh of another tab', async () => {
    vi.stubGlobal('navigator', {});
    const [tab, other] = [await browser.signedIn(), browser.tab()];
    browser.on('/auth/refresh', () => later(1000).then(() => browser.newTokens()));
    const refreshing = other.refresh();
    await browser.wait(200);
    await browser.run(tab.logout());
    expect(await browser.run(refreshing)).toBe(false);
    expect([tab.signedIn, other.signedIn, tab.heard]).toEqual([false, false, ['logout']]);
  });

  it.each([
    [503, 'session_unavailable'],
    [403, 'csrf_failed'],
  ])('rejects with a RefreshError after %i, and signs out no tab', async (status, reason) => {
    const tab = await browser.signedIn();
    browser.on('/auth/logout', () => Response.json({ reason }, { status }));
    await expect(browser.run(tab.logout())).rejects.toMatchObject({ status, reason });
    expect([tab.signedIn, tab.heard]).toEqual([true, []]);
  });

  it('rejects with a RefreshError of status 0 while offline', async () => {
    const tab = await browser.signedIn();
    browser.cut('/auth/logout');
    await expect(browser.run(tab.logout())).rejects.toMatchObject({ status: 0 });
    expect([tab.signedIn, browser.count('/auth/logout')]).toEqual([true, 2]);
  });

  it('signs out also if the session has ended already', async () => {
    const tab = await browser.signedIn();
    browser.on('/auth/logout', () => Response.json({}, { status: 401 }));
    await browser.run(tab.logout());
    expect(tab.heard).toEqual(['logout']);
  });
});

describe('a page that is loaded after a sign-out', () => {
  it('is not signed in, and refreshes once, because a redirect can have logged in', async () => {
    await browser.run((await browser.signedIn()).logout());
    const page = browser.tab();
    expect(page.signedIn).toBe(false);
    browser.expire();
    expect(await statusOf(page.fetch('/api'))).toBe(200);
    expect([page.signedIn, page.heard]).toEqual([true, ['in']]);
  });

  it('reports its session to the tabs that were signed out', async () => {
    const tab = await browser.signedIn();
    await browser.run(tab.logout());
    await browser.run(browser.tab().refresh());
    await browser.wait(10);
    expect([tab.signedIn, tab.heard]).toEqual([true, ['logout', 'in']]);
  });
});

describe('a guest', () => {
  it('is signed out after a rejected refresh, once', async () => {
    rejectRefresh();
    const tab = browser.tab();
    const statuses = await Promise.all([1, 2].map(() => statusOf(tab.fetch('/api'))));
    expect([statuses, tab.heard]).toEqual([[401, 401], ['token_missing']]);
    expect(browser.count('/auth/refresh')).toBe(1);
  });

  it('is not signed out by another guest: the page can be the login', async () => {
    rejectRefresh();
    const [tab, page] = [browser.tab(), browser.tab()];
    await browser.run(tab.fetch('/api'));
    await browser.wait(10);
    for (const type of ['storage', 'pageshow']) browser.dispatch(type);
    await browser.wait(10);
    expect([tab.heard, page.heard]).toEqual([['token_missing'], []]);
    expect(await browser.run(page.fetch('/public')).then(({ status }) => status)).toBe(200);
    expect(page.heard).toEqual([]);
  });

  it('is signed out by the rejected refresh of another tab that it waited for', async () => {
    rejectRefresh();
    const tabs = [browser.tab(), browser.tab()];
    const statuses = await Promise.all(tabs.map((tab) => statusOf(tab.fetch('/api'))));
    expect(statuses).toEqual([401, 401]);
    expect(tabs.map(({ heard }) => heard)).toEqual([['token_missing'], ['token_missing']]);
    expect(browser.count('/auth/refresh')).toBe(1);
  });
});

describe('a listener', () => {
  it('that throws breaks no request', async () => {
    const errors: string[] = [];
    vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => {
      try {
        task();
      } catch (error) {
        errors.push((error as Error).message);
      }
    });
    const onSignedOut = () => {
      throw new Error('listener');
    };
    const tab = await browser.signedIn({ onSignedOut, onSignedIn: onSignedOut });
    await browser.run(tab.logout());
    expect([tab.signedIn, errors]).toEqual([false, ['listener', 'listener']]);
  });

  it('is not needed', async () => {
    const tab = await browser.signedIn({ onSignedOut: undefined, onSignedIn: undefined } as object);
    await browser.run(tab.logout());
    expect(tab.signedIn).toBe(false);
  });
});
