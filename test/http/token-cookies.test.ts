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
    expect(serialize({ secure: false })).toMatch(/^at=/);
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
    ['__Host- without secure', { name: '__Host-at', secure: false }],
    ['secure: auto without the request', { secure: 'auto' }],
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
      `__Host-at=${pair.access}; Path=/; Max-Age=604800; HttpOnly; Secure; SameSite=Lax`,
      `__Secure-rt=${pair.refresh}; Path=/auth; Max-Age=604800; HttpOnly; Secure; SameSite=Strict`,
    ]);
  });

  test('ends the access cookie with the refresh token, or alone with its own token', () => {
    const maxAges = (given: TokenCookiesOptions, tokens: object) => {
      const headers = new Headers();
      tokenCookies({ clock, ...given } as object).set(headers, tokens);
      return headers.getSetCookie().map((line) => Number(/Max-Age=(\d+)/.exec(line)?.[1]));
    };
    expect(maxAges({}, pair)).toEqual([604_800, 604_800]);
    expect(maxAges({}, { access: token })).toEqual([600]);
    expect(maxAges({ access: { lifetime: '1h' } }, pair)).toEqual([3600, 604_800]);
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

    test('throws for an access token that is too long', () => {
      const access = mint({ note: 'x'.repeat(4000) });
      expect(() => cookies.check({ access, refreshBytes: 300 })).toThrow(tooLong);
    });

    test('counts the Max-Age of the refresh cookie for the access cookie', () => {
      const attributes = '__Host-at=; Path=/; Max-Age=604800; HttpOnly; Secure; SameSite=Lax';
      const tokenOf = (size: number) => mint({ note: 'x'.repeat(size) });
      let size = 2800;
      while (tokenOf(size + 1).length + attributes.length <= 4096) size++;
      const access = tokenOf(size);
      // Fits with a week, and not with ten years.
      cookies.set(new Headers(), { access, refresh: pair.refresh });
      expect(() => cookies.check({ access, refreshBytes: 300 })).toThrow(tooLong);
    });

    test('counts the attributes that the request decides', () => {
      const auto = tokenCookies({ secure: 'auto', clock });
      const local = { url: '/', headers: { host: 'localhost' } };
      const refreshBytes =
        4096 - 'rt=; Path=/auth; Max-Age=315576000; HttpOnly; SameSite=Strict'.length;
      auto.check({ access: token, refreshBytes }, local);
      const remote = { url: '/', headers: { host: 'app.example' } };
      expect(() => auto.check({ access: token, refreshBytes }, remote)).toThrow(tooLong);
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

  test('uses plain names only for http on localhost with secure: auto, and reads them first', () => {
    const auto = tokenCookies({ secure: 'auto', clock });
    const plain = 'at=c; rt=d';
    const at = (host: string, cookie: string) => ({ url: '/', headers: { host, cookie } });
    expect(auto.read(at('localhost:3000', plain))).toEqual({ access: 'c', refresh: 'd' });
    expect(auto.read(at('example.com', plain))).toEqual({});
    const here = at('localhost:3000', `__Host-at=a; __Secure-rt=b; ${plain}`);
    expect(auto.read(here)).toEqual({ access: 'c', refresh: 'd' });
    const remote = at('example.com', `${plain}; __Host-at=a; __Secure-rt=b`);
    expect(auto.read(remote)).toEqual({ access: 'a', refresh: 'b' });
  });

  test('clears both names for http on localhost with secure: auto', () => {
    const auto = tokenCookies({ secure: 'auto', clock });
    const cleared = (host: string) =>
      cookiesOf((headers) => auto.clear(headers, { url: '/', headers: { host } }))
        .slice(1)
        .map((line) => line.split('=')[0]);
    expect(cleared('localhost')).toEqual(['__Host-at', 'at', '__Secure-rt', 'rt']);
    expect(cleared('example.com')).toEqual(['__Host-at', '__Secure-rt']);
  });

  test('throws TypeError for secure: auto without the request, in every function that writes', () => {
    const auto = tokenCookies({ secure: 'auto', clock });
    const needsRequest = 'needs the request';
    expect(() => auto.set(new Headers(), pair)).toThrow(needsRequest);
    expect(() => auto.clear(new Headers())).toThrow(needsRequest);
    expect(() => auto.check({ access: token, refreshBytes: 300 })).toThrow(needsRequest);
  });

  test('drops the prefixes of the default names with secure: false', () => {
    const lines = cookiesOf((headers) => tokenCookies({ secure: false, clock }).set(headers, pair));
    expect(lines.slice(1).map((line) => line.split('=')[0])).toEqual(['at', 'rt']);
    expect(lines.join()).not.toContain('Secure');
  });

  test('warns once that browsers drop Secure cookies of pages over http', async () => {
    const warnings: unknown[] = [];
    const onWarning = (warning: { code?: string }) => warnings.push(warning.code);
    process.on('warning', onWarning);
    const request = (headers: Record<string, string>) => ({ url: '/', headers });
    const lan = request({ host: '192.168.1.5:3000', origin: 'http://192.168.1.5:3000' });
    const quiet = [
      request({ host: 'app.example', origin: 'https://app.example' }),
      request({ host: 'app.example' }),
      request({ host: 'localhost:80', origin: 'http://localhost:80' }),
      request({ host: 'app.example', origin: 'http://evil.example' }),
    ];
    for (const secure of ['auto', true] as const) {
      const own = tokenCookies({ secure, clock });
      for (const each of quiet) own.set(new Headers(), pair, each);
      await new Promise(setImmediate);
      expect(warnings).toEqual(secure === 'auto' ? [] : ['JOTKIT_SECURE_COOKIE']);
      for (let time = 0; time < 2; time++) own.set(new Headers(), pair, lan);
      await new Promise(setImmediate);
      expect(warnings).toEqual(['JOTKIT_SECURE_COOKIE']);
    }
    process.off('warning', onWarning);
  });

  test('holds only the refresh token with access: false, in a cookie that no subdomain can set', () => {
    const own = tokenCookies({ access: false, clock });
    expect(own.access).toBeUndefined();
    expect(cookiesOf((headers) => own.set(headers, pair)).slice(1)).toEqual([
      `__Host-rt=${pair.refresh}; Path=/; Max-Age=604800; HttpOnly; Secure; SameSite=Strict`,
    ]);
    expect(own.read({ headers: { cookie: '__Host-at=a; __Host-rt=b' } })).toEqual({ refresh: 'b' });
    expect(cookiesOf((headers) => own.clear(headers))).toHaveLength(2);
    own.check({ access: 'x'.repeat(9000), refreshBytes: 300 });
  });

  const wrong: ReadonlyArray<readonly [string, object]> = [
    ['an unknown option', { acces: {} }],
    ['undefined for a cookie', { access: undefined }],
    ['an unknown cookie option', { access: { maxAge: 900 } }],
    ['the same name for both', { access: { name: 'x' }, refresh: { name: 'x' } }],
    ['a broken prefix rule', { refresh: { name: '__Host-rt' } }],
    ['secure that breaks a prefix rule', { secure: false, refresh: { name: '__Secure-rt' } }],
  ];
  test.each(wrong)('throws TypeError for %s', (_, options) => {
    expect(() => tokenCookies(options as TokenCookiesOptions)).toThrow(TypeError);
  });
});
