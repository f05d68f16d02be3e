import { describe, expect, test } from 'vitest';
import {
  type CookieOptions,
  serializeTokenCookie,
  type TokenCookiesOptions,
  tokenCookies,
} from '../../src/http/index.ts';
import { outcomeOf } from '../fixtures/outcome.ts';
import { clock, mint, now } from './requests.ts';

const token = mint();
const serialize = (options: CookieOptions = {}, text = token) =>
  serializeTokenCookie(text, { clock, ...options });

describe('serializeTokenCookie', () => {
  test('has strict defaults and expires with the token', () => {
    expect(serialize()).toBe(
      `__Host-at=${token}; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax`,
    );
  });

  test('sets Max-Age to the whole seconds until exp, never below zero', () => {
    expect(serialize({}, mint({ exp: now / 1000 + 90.5 }))).toContain('Max-Age=90;');
    expect(serialize({}, mint({ exp: 1 }))).toContain('Max-Age=0;');
  });

  test('makes a session cookie for a token without exp', () => {
    const [header, , signature] = token.split('.');
    const payload = Buffer.from('{"sub":"ada"}').toString('base64url');
    expect(serialize({}, `${header}.${payload}.${signature}`)).not.toContain('Max-Age');
  });

  test('takes a lifetime as a timespan or a Date', () => {
    expect(serialize({ lifetime: '1h' })).toContain('Max-Age=3600;');
    expect(serialize({ lifetime: new Date(now + 5000) })).toContain('Max-Age=5;');
  });

  test('writes all attributes', () => {
    const options = {
      name: 'at',
      path: '/api',
      domain: 'example.com',
      sameSite: 'None',
      httpOnly: false,
      partitioned: true,
    } as const;
    expect(serialize(options)).toBe(
      `at=${token}; Path=/api; Domain=example.com; Max-Age=600; Secure; SameSite=None; Partitioned`,
    );
    expect(serialize({ name: 'at', secure: false })).not.toContain('Secure');
  });

  const wrong: ReadonlyArray<readonly [string, ...object[]]> = [
    ['a number as lifetime', { lifetime: 900 }],
    ['a lifetime without a unit', { lifetime: '900' }],
    ['a negative lifetime', { lifetime: '-1h' }],
    ['an invalid Date', { lifetime: new Date(Number.NaN) }],
    ['maxAge of other libraries', { maxAge: 900 }],
    ['an invalid name', { name: 'a b' }, { name: '' }, { name: 'a;b' }],
    ['a relative path', { path: 'auth', name: 'at' }],
    ['a semicolon in the path', { path: '/;HttpOnly=', name: 'at' }],
    ['a line break in the domain', { domain: 'a\r\nb', name: 'at' }],
    ['sameSite in lower case', { sameSite: 'lax' }],
    ['another type', { secure: 'yes' }, { httpOnly: undefined }],
    ['__Host- without secure', { secure: false }],
    ['__Host- with a path', { path: '/api' }, { name: '__host-at', path: '/api' }],
    ['__Host- with a domain', { domain: 'example.com' }],
    ['__Secure- without secure', { name: '__Secure-at', secure: false }],
    ['SameSite=None without secure', { name: 'at', sameSite: 'None', secure: false }],
    ['Partitioned without secure', { name: 'at', partitioned: true, secure: false }],
  ];
  test.each(wrong)('throws TypeError for %s', (_, ...cases) => {
    for (const options of cases) expect(() => serialize(options as object)).toThrow(TypeError);
  });

  test('throws for a cookie that is too long for browsers, with its size', () => {
    const long = mint({ note: 'x'.repeat(4000) });
    expect(() => serialize({}, long)).toThrow(/has \d{4} bytes; browsers store at most 4096$/);
  });

  test('throws for a string that is not a JWT, without repeating it', () => {
    for (const text of ['', 'hunter2', 'a; Path=/', `${token}\r\nX: y`]) {
      expect(() => serialize({}, text)).toThrow('the value of a token cookie must be a JWT');
    }
  });

  const hosts: ReadonlyArray<readonly [string, boolean, object?]> = [
    ['localhost:3000', false],
    ['app.localhost', false],
    ['127.0.0.1', false],
    ['[::1]:3000', false],
    ['localhost', true, { socket: { encrypted: true } }],
    ['localhost', true, { url: 'https://localhost/' }],
    ['localhost.evil.example', true],
    ['evil.example/.localhost', true],
    ['example.com', true],
  ];
  const forwarded: ReadonlyArray<readonly [object, boolean]> = [
    [{ origin: 'http://localhost:5173' }, false],
    [{ 'x-forwarded-proto': 'http', 'x-forwarded-host': 'localhost:5173' }, false],
    [{ origin: 'https://app.example' }, true],
    [{ origin: 'http://app.example' }, true],
    [{ origin: 'https://app.localhost' }, true],
    [{ origin: 'null' }, true],
    [{ 'x-forwarded-proto': 'https' }, true],
    [{ 'x-forwarded-host': 'app.example' }, true],
  ];
  test('omits Secure and the prefix with secure: auto only for http on localhost', () => {
    const requests = [
      ...hosts.map(([host, secure, more]) => ({ headers: { host }, secure, more })),
      ...forwarded.map(([sent, secure]) => ({
        headers: { host: 'localhost:3000', ...sent },
        secure,
        more: {},
      })),
    ];
    for (const { headers, secure, more } of requests) {
      const request = { url: '/', headers: headers as Record<string, string>, ...more };
      const header = serializeTokenCookie(token, { clock, secure: 'auto', request });
      const shown = JSON.stringify({ headers, more });
      expect(header.startsWith(secure ? '__Host-at=' : 'at='), shown).toBe(true);
      expect(header.includes('; Secure'), shown).toBe(secure);
    }
    expect(serialize({ secure: 'auto' })).toContain('__Host-at=');
  });
});

describe('tokenCookies', () => {
  const cookies = tokenCookies({ clock });
  const pair = { access: token, refresh: mint({}, { expiresIn: '7d' }) };
  const cookiesOf = (act: (headers: Headers) => void) => {
    const headers = new Headers([['Set-Cookie', 'theme=dark']]);
    act(headers);
    return headers.getSetCookie();
  };

  test('adds one or both cookies to those of the response', () => {
    expect(cookiesOf((headers) => cookies.set(headers, pair))).toEqual([
      'theme=dark',
      `__Host-at=${pair.access}; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax`,
      `__Secure-rt=${pair.refresh}; Path=/auth; Max-Age=604800; HttpOnly; Secure; SameSite=Strict`,
    ]);
    expect(cookiesOf((headers) => cookies.set(headers, { access: token }))).toHaveLength(2);
  });

  test('adds none if one throws', () => {
    const headers = new Headers();
    expect(() => cookies.set(headers, { ...pair, refresh: 'x' })).toThrow(TypeError);
    expect(headers.getSetCookie()).toEqual([]);
  });

  test('omits Max-Age if "persistent" is false, also with a lifetime', () => {
    for (const options of [{ clock }, { clock, access: { lifetime: '1h' } } as const]) {
      const lines = cookiesOf((headers) => {
        tokenCookies(options).set(headers, { ...pair, persistent: false });
      });
      expect(lines).toHaveLength(3);
      expect(lines.join()).not.toContain('Max-Age');
    }
  });

  describe('check', () => {
    const tooLong = /cookie "__(Host-at|Secure-rt)" has \d{4} bytes; browsers store at most 4096$/;
    /** The longest lifetime of a refresh token is ten years. */
    const refreshOf = (note: string) => mint({ note }, { expiresIn: 315_576_000 });

    test('throws for the same refresh tokens as set, with the same error', () => {
      let rejected = 0;
      for (let size = 2850; size < 2950; size++) {
        const refresh = refreshOf('x'.repeat(size));
        const refreshBytes = refresh.length;
        const set = outcomeOf(() => cookies.set(new Headers(), { refresh }));
        expect(outcomeOf(() => cookies.check({ access: token, refreshBytes }))).toEqual(set);
        if (Object.hasOwn(Object(set), 'error')) rejected++;
      }
      expect(rejected).toBeGreaterThan(5);
      expect(rejected).toBeLessThan(95);
    });

    test('throws for an access token that set rejects', () => {
      const access = mint({ note: 'x'.repeat(4000) });
      expect(() => cookies.check({ access, refreshBytes: 300 })).toThrow(tooLong);
      expect(() => cookies.check({ access: 'x', refreshBytes: 300 })).toThrow('must be a JWT');
    });

    test('counts the attributes that the request decides', () => {
      const auto = tokenCookies({ secure: 'auto', clock });
      const local = { url: '/', headers: { host: 'localhost' } };
      const refreshBytes =
        4096 - 'rt=; Path=/auth; Max-Age=315576000; HttpOnly; SameSite=Strict'.length;
      auto.check({ access: token, refreshBytes }, local);
      expect(() => auto.check({ access: token, refreshBytes })).toThrow(tooLong);
    });
  });

  test('clears with the same name, path and domain', () => {
    const options = { name: 'rt', path: '/session', domain: 'example.com' };
    const own = tokenCookies({ refresh: options });
    expect(cookiesOf((headers) => own.clear(headers))).toEqual([
      'theme=dark',
      '__Host-at=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax',
      'rt=; Path=/session; Domain=example.com; Max-Age=0; HttpOnly; Secure; SameSite=Strict',
    ]);
  });

  test('reads both cookies, also as extractors', () => {
    const request = { headers: { cookie: '__Host-at=a; __Secure-rt=b; at=c' } };
    expect(cookies.read(request)).toEqual({ access: 'a', refresh: 'b' });
    expect([cookies.access(request, {}), cookies.refresh(request, {})]).toEqual(['a', 'b']);
    expect([cookies.access.source, cookies.refresh.source]).toEqual(['cookie', 'cookie']);
  });

  test('uses plain names only on localhost with secure: auto, after the prefixed ones', () => {
    const auto = tokenCookies({ secure: 'auto', clock });
    const plain = 'at=c; rt=d';
    const at = (host: string, cookie: string) => ({ url: '/', headers: { host, cookie } });
    expect(auto.read(at('localhost:3000', plain))).toEqual({ access: 'c', refresh: 'd' });
    expect(auto.read(at('example.com', plain))).toEqual({});
    // A subdomain can set the plain name, and a proxy can send "localhost" for it.
    const here = at('localhost:3000', `${plain}; __Host-at=a; __Secure-rt=b`);
    expect(auto.read(here)).toEqual({ access: 'a', refresh: 'b' });
    expect(cookiesOf((headers) => auto.clear(headers, here)).join()).not.toContain('__');
  });

  const wrong: ReadonlyArray<readonly [string, object]> = [
    ['an unknown option', { acces: {} }],
    ['undefined for a cookie', { access: undefined }],
    ['an unknown cookie option', { access: { maxAge: 900 } }],
    ['the same name for both', { access: { name: 'x' }, refresh: { name: 'x' } }],
    ['a broken prefix rule', { refresh: { name: '__Host-rt' } }],
    ['secure that breaks a prefix rule', { secure: false }],
  ];
  test.each(wrong)('throws TypeError for %s', (_, options) => {
    expect(() => tokenCookies(options as TokenCookiesOptions)).toThrow(TypeError);
  });
});
