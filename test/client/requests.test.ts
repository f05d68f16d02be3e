import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RefreshError } from '../../src/client/index.ts';
import { FakeBrowser, ORIGIN } from './fake-browser.ts';

let browser: FakeBrowser;
beforeEach(() => {
  browser = new FakeBrowser();
});
afterEach(() => browser.close());

const statusOf = async (response: Promise<Response>) => (await browser.run(response)).status;

describe('a request with a valid access token', () => {
  it('is sent once, as the caller wrote it', async () => {
    const tab = await browser.signedIn();
    const headers = { 'x-trace': '7' };
    expect(await statusOf(tab.fetch('/api', { method: 'PUT', headers, body: 'x' }))).toBe(200);
    expect(browser.log).toEqual(['PUT /api']);
    const [request] = browser.requests;
    expect(request?.headers.get('x-trace')).toBe('7');
    expect(request?.credentials).toBe('same-origin');
    expect(request?.headers.has('authorization')).toBe(false);
    expect(await request?.text()).toBe('x');
  });
});

describe('a request that is rejected with 401', () => {
  it('is repeated after one refresh', async () => {
    const tab = await browser.signedIn();
    browser.expire();
    expect(await statusOf(tab.fetch('/api'))).toBe(200);
    expect(browser.log).toEqual(['GET /api', 'POST /auth/refresh', 'GET /api']);
    expect(browser.requests[1]).toMatchObject({ credentials: 'include', keepalive: true });
    expect(tab.heard).toEqual([]);
  });

  it('is repeated with its method, headers and body, also as a Request', async () => {
    const tab = await browser.signedIn();
    for (const request of [
      new Request('/api', { method: 'POST', headers: { 'x-trace': '7' }, body: 'order' }),
      new Request(`${ORIGIN}/api`, { method: 'POST', headers: { 'x-trace': '7' }, body: 'order' }),
    ]) {
      browser.expire();
      browser.requests.length = 0;
      expect(await statusOf(tab.fetch(request))).toBe(200);
      const [first, , again] = browser.requests;
      expect(await first?.text()).toBe('order');
      expect(again?.method).toBe('POST');
      expect(again?.headers.get('x-trace')).toBe('7');
      expect(await again?.text()).toBe('order');
      await browser.wait(100);
    }
  });

  it('is repeated with the body that it had when it was sent', async () => {
    const tab = await browser.signedIn();
    browser.expire();
    const body = new URLSearchParams({ item: 'tea' });
    const response = tab.fetch('/api', { method: 'POST', body });
    body.set('item', 'coffee');
    await browser.run(response);
    expect(await browser.requests[2]?.text()).toBe('item=tea');
  });

  it('is returned if it is rejected again', async () => {
    const tab = await browser.signedIn();
    browser.on('/api', () => new Response('no', { status: 401 }));
    const response = await browser.run(tab.fetch('/api'));
    expect([response.status, await response.text()]).toEqual([401, 'no']);
    expect(browser.log).toEqual(['GET /api', 'POST /auth/refresh', 'GET /api']);
    expect([tab.signedIn, tab.heard]).toEqual([true, []]);
  });

  it('is not repeated with a stream as its body, but the token is refreshed', async () => {
    const tab = await browser.signedIn();
    browser.expire();
    const stream = () => new Response('order').body as ReadableStream;
    const init = { method: 'POST', duplex: 'half' };
    const send = () => tab.fetch('/api', { ...init, body: stream() });
    expect(await statusOf(send())).toBe(401);
    expect(browser.log).toEqual(['POST /api', 'POST /auth/refresh']);
    expect(await statusOf(send())).toBe(200);
  });

  it('is only repeated if a refresh has ended since it was sent', async () => {
    const tab = await browser.signedIn();
    browser.expire();
    browser.on('/slow', async () => {
      const response = browser.api();
      await new Promise((resolve) => setTimeout(resolve, 500));
      return response;
    });
    const slow = tab.fetch('/slow');
    await browser.wait(25);
    await browser.run(tab.fetch('/api'));
    browser.log.length = 0;
    expect(await statusOf(slow)).toBe(200);
    expect(browser.log).toEqual(['GET /slow']);
  });

  it('shares its refresh with all others of its tab', async () => {
    const tab = await browser.signedIn();
    browser.expire();
    const all = Array.from({ length: 20 }, () => tab.fetch('/api'));
    const statuses = (await browser.run(Promise.all(all))).map(({ status }) => status);
    expect(statuses).toEqual(Array(20).fill(200));
    expect([browser.count('/auth/refresh'), browser.count('/api')]).toEqual([1, 40]);
  });

  it('is refreshed also for a page that knows of no login, such as after a redirect', async () => {
    const tab = browser.tab();
    expect(await statusOf(tab.fetch('/api'))).toBe(200);
    expect(browser.count('/auth/refresh')).toBe(1);
    expect([tab.signedIn, tab.heard]).toEqual([true, ['in']]);
  });
});

describe('an abort', () => {
  it('reaches the request', async () => {
    const tab = await browser.signedIn();
    const controller = new AbortController();
    const response = tab.fetch('/api', { signal: controller.signal });
    controller.abort(new Error('left'));
    await expect(browser.run(response)).rejects.toThrow('left');
  });

  it('ends the wait for a refresh, which goes on for others', async () => {
    const tab = await browser.signedIn();
    browser.expire();
    const controller = new AbortController();
    const aborted = tab.fetch('/api', { signal: controller.signal });
    const other = tab.fetch('/api');
    aborted.catch(() => {});
    await browser.wait(30);
    expect(browser.log.at(-1)).toBe('POST /auth/refresh');
    controller.abort(new Error('left'));
    await expect(aborted).rejects.toThrow('left');
    expect(await statusOf(other)).toBe(200);
    expect(browser.count('/api')).toBe(3);
  });
});

describe('a request to another origin', () => {
  it('is sent as it is: not prepared, not refreshed, not repeated', async () => {
    const tab = await browser.signedIn({ bearer: true });
    browser.on('/elsewhere', () => new Response(null, { status: 401 }));
    const given = new Request('https://other.example/elsewhere', { method: 'POST', body: 'x' });
    expect(await statusOf(tab.fetch(given))).toBe(401);
    expect(await statusOf(tab.fetch('https://other.example/elsewhere'))).toBe(401);
    expect(browser.log).toEqual([
      'POST https://other.example/elsewhere',
      'GET https://other.example/elsewhere',
    ]);
    for (const { headers, credentials } of browser.requests) {
      expect([headers.has('authorization'), credentials]).toEqual([false, 'same-origin']);
    }
  });

  it('is sent with cookies if `origins` has it, unless the caller says otherwise', async () => {
    const tab = await browser.signedIn({ origins: ['https://api.example'] });
    await browser.run(tab.fetch('https://api.example/api'));
    await browser.run(tab.fetch(new URL('https://api.example/api')));
    await browser.run(tab.fetch('https://api.example/api', { credentials: 'omit' }));
    const credentials = browser.requests.map((request) => request.credentials);
    expect(credentials).toEqual(['include', 'include', 'omit']);
  });

  it('can have a slash at its end in `origins`, which throws for anything but a URL', async () => {
    const tab = await browser.signedIn({ origins: ['https://api.example/'] });
    await browser.run(tab.fetch('https://api.example/api'));
    expect(browser.requests[0]?.credentials).toBe('include');
    expect(() => browser.tab({ origins: ['api.example'] })).toThrow(TypeError);
  });

  it('includes the origin of the page if `origins` does not have it', async () => {
    const tab = await browser.signedIn({ origins: ['https://api.example'] });
    browser.expire();
    expect(await statusOf(tab.fetch('/api'))).toBe(401);
    expect(browser.log).toEqual(['GET /api']);
  });
});

describe('the options', () => {
  it('`path` is where the handlers are, with or without a slash at its end', async () => {
    browser.on('/api/auth/refresh', () => browser.newTokens());
    for (const path of ['/api/auth', '/api/auth/', 'https://app.example/api/auth//']) {
      await browser.run(browser.tab({ path }).refresh());
    }
    expect(browser.log).toEqual(Array(3).fill('POST /api/auth/refresh'));
  });

  it('`path` can be a URL of another origin', async () => {
    await browser.run(browser.tab({ path: 'https://id.example/auth' }).refresh());
    expect(browser.log).toEqual(['POST https://id.example/auth/refresh']);
  });

  it('`path` of the root is not the name of a host', async () => {
    browser.on('/refresh', () => browser.newTokens());
    expect(await browser.run(browser.tab({ path: '/' }).refresh())).toBe(true);
    expect(browser.log).toEqual(['POST /refresh']);
  });

  it('`fetch` sends all requests', async () => {
    const urls: string[] = [];
    const fetch: typeof globalThis.fetch = (input, init) => {
      urls.push(new Request(input, init).url.replace(ORIGIN, ''));
      return globalThis.fetch(input, init);
    };
    const tab = await browser.signedIn({ fetch });
    browser.expire();
    await browser.run(tab.fetch('/api'));
    await browser.run(tab.logout());
    const expected = ['/auth/login', '/api', '/auth/refresh', '/api', '/auth/logout'];
    expect(urls).toEqual(expected);
  });

  it('the default of `fetch` is the global of the time of the request', async () => {
    const tab = await browser.signedIn();
    const before = globalThis.fetch;
    globalThis.fetch = async () => new Response('replaced');
    expect(await (await browser.run(tab.fetch('/api'))).text()).toBe('replaced');
    globalThis.fetch = before;
  });

  it('are read from own members only', async () => {
    Object.assign(Object.prototype, { bearer: true, path: '/elsewhere' });
    try {
      await browser.run(browser.tab().refresh());
    } finally {
      Reflect.deleteProperty(Object.prototype, 'bearer');
      Reflect.deleteProperty(Object.prototype, 'path');
    }
    expect(browser.log).toEqual(['POST /auth/refresh']);
  });

  it('are not needed, and neither is a browser, to create a client', async () => {
    browser.close();
    const { createClient } = await import('../../src/client/index.ts');
    expect(createClient().signedIn).toBe(false);
  });
});

describe('a RefreshError', () => {
  it('has the status, the reason and the cause', () => {
    const cause = new TypeError('Failed to fetch');
    const error = new RefreshError(0, 'network', cause);
    expect(error).toMatchObject({ name: 'RefreshError', status: 0, reason: 'network', cause });
    expect(error.message).toBe('0 network');
    expect(error).toBeInstanceOf(Error);
  });
});
