import { describe, expect, it, test } from 'vitest';
import { type CookieTarget, tokenCookies } from '../../src/http/index.ts';
import { clock, mint } from './requests.ts';

const cookies = tokenCookies({ clock });
const pair = { access: mint(), refresh: mint({}, { expiresIn: '7d' }) };

/** A target whose methods record their calls. */
function recording(...names: string[]) {
  const calls: unknown[][] = [];
  const record =
    (name: string) =>
    (...args: unknown[]) =>
      void calls.push([name, ...args]);
  return { calls, target: Object.fromEntries(names.map((name) => [name, record(name)])) };
}

const lines = (() => {
  const headers = new Headers();
  cookies.set(headers, pair);
  return headers.getSetCookie();
})();

describe('the target of cookies', () => {
  test.each<[string, string[], string, unknown[]?]>([
    ['Express and Koa', ['set', 'header', 'append'], 'append'],
    ['Node.js', ['setHeader', 'appendHeader'], 'appendHeader'],
    ['Hono and Fastify', ['set', 'header'], 'header', [{ append: true }]],
  ])('is a response of %s', (_, names, used, more = []) => {
    const { calls, target } = recording(...names);
    cookies.set(target as never, pair);
    expect(calls).toEqual(lines.map((line) => [used, 'Set-Cookie', line, ...more]));
  });

  const attributes = { httpOnly: true, secure: true, maxAge: 604_800 };
  const stored = [
    ['set', '__Host-at', pair.access, { path: '/', sameSite: 'lax', ...attributes }],
    ['set', '__Secure-rt', pair.refresh, { path: '/auth', sameSite: 'strict', ...attributes }],
  ];

  it('is a cookie store of Next.js or SvelteKit', () => {
    const { calls, target } = recording('get', 'set', 'delete');
    cookies.set(target as never, pair);
    expect(calls).toEqual(stored);
  });

  it('is a NextResponse, by its cookies', () => {
    const { calls, target } = recording('get', 'set', 'delete');
    const response = Object.assign(new Response(), { cookies: target });
    cookies.set(response as never, pair);
    expect(calls).toEqual(stored);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it('gets every attribute that is set, and no Max-Age for a session of the browser', () => {
    const own = tokenCookies({
      clock,
      access: { name: 'a', domain: 'example.com', partitioned: true, sameSite: 'None' },
    });
    const { calls, target } = recording('set');
    own.set(target as never, { access: pair.access, persistent: false });
    const { maxAge: _, ...rest } = attributes;
    const more = { domain: 'example.com', partitioned: true, sameSite: 'none' };
    expect(calls).toEqual([['set', 'a', pair.access, { path: '/', ...rest, ...more }]]);
  });

  it('deletes cookies of a store with maxAge 0', () => {
    const { calls, target } = recording('set');
    cookies.clear(target as never);
    expect(calls).toMatchObject([
      ['set', '__Host-at', '', { maxAge: 0, path: '/' }],
      ['set', '__Secure-rt', '', { maxAge: 0, path: '/auth' }],
    ]);
  });

  test.each<[string, unknown, RegExp]>([
    ['a promise, as cookies() of Next.js returns', Promise.resolve({ set() {} }), /await it first/],
    ['undefined', undefined, /got undefined/],
    ['an object without such methods', { cookies: {} }, /got an object/],
    ['a string', 'Set-Cookie', /got a string/],
  ])('is not %s', (_, target, message) => {
    const set = () => cookies.set(target as CookieTarget, pair);
    expect(set).toThrow(TypeError);
    expect(set).toThrow(message);
  });
});
