import { describe, expect, test } from 'vitest';
import {
  type CookieOptions,
  serializeTokenCookie,
  type TokenCookiesOptions,
  tokenCookies,
} from '../../src/http/index.ts';
import { clock, mint, now } from './requests.ts';

const token = mint();
const serialize = (options: CookieOptions = {}, text = token) =>
  serializeTokenCookie(text, { clock, ...options });
const local = (host: string, more = {}) => ({ url: '/', headers: { host }, ...more });

describe('serializeTokenCookie', () => {
  test('has strict defaults, and lives as long as the token', () => {
    expect(serialize()).toBe(
      `__Host-at=${token}; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax`,
    );
  });

  test('counts seconds from now to exp, never below zero', () => {
    expect(serialize({}, mint({ exp: now / 1000 + 90.5 }))).toContain('Max-Age=90;');
    expect(serialize({}, mint({ exp: 1 }))).toContain('Max-Age=0;');
    expect(serialize({}, mint({ exp: now / 1000 + 1 }))).toContain('Max-Age=1;');
  });

  test('a token without an end lives as long as the browser', () => {
    const endless = mint({}).split('.');
    const payload = Buffer.from('{"sub":"ada"}').toString('base64url');
    expect(serialize({}, `${endless[0]}.${payload}.${endless[2]}`)).not.toContain('Max-Age');
  });

  test('another lifetime is a timespan or a Date', () => {
    expect(serialize({ lifetime: '1h' })).toContain('Max-Age=3600;');
    expect(serialize({ lifetime: new Date(now + 5000) })).toContain('Max-Age=5;');
  });

  test('all attributes are written', () => {
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

  const wrong: ReadonlyArray<readonly [string, object]> = [
    ['a lifetime in seconds or milliseconds', { lifetime: 900 }],
    ['a lifetime without a unit', { lifetime: '900' }],
    ['a negative lifetime', { lifetime: '-1h' }],
    ['a Date that is none', { lifetime: new Date(Number.NaN) }],
    ['maxAge, as other libraries have it', { maxAge: 900 }],
    ['a name with a space', { name: 'a b' }],
    ['a name that is empty', { name: '' }],
    ['a name with a semicolon', { name: 'a;b' }],
    ['a path that is relative', { path: 'auth', name: 'at' }],
    ['a path that ends the attribute', { path: '/;HttpOnly=', name: 'at' }],
    ['a domain with a newline', { domain: 'a\r\nb', name: 'at' }],
    ['sameSite in lower case', { sameSite: 'lax' }],
    ['secure as text', { secure: 'yes' }],
    ['httpOnly as undefined', { httpOnly: undefined }],
    ['__Host- without secure', { secure: false }],
    ['__Host- with a path', { path: '/api' }],
    ['__Host- with a domain', { domain: 'example.com' }],
    ['__host- in lower case with a path', { name: '__host-at', path: '/api' }],
    ['__Secure- without secure', { name: '__Secure-at', secure: false }],
    ['SameSite=None without secure', { name: 'at', sameSite: 'None', secure: false }],
    ['Partitioned without secure', { name: 'at', partitioned: true, secure: false }],
  ];
  test.each(wrong)('%s is a TypeError', (_, options) => {
    expect(() => serialize(options)).toThrow(TypeError);
  });

  test('a cookie that browsers would drop is refused with its size', () => {
    const long = mint({ note: 'x'.repeat(4000) });
    expect(() => serialize({}, long)).toThrow(/has \d{4} bytes, and browsers keep 4096$/);
  });

  test('what is not a token is refused, and not repeated', () => {
    for (const text of ['', 'hunter2', 'a; Path=/', `${token}\r\nX: y`]) {
      expect(() => serialize({}, text)).toThrow('the value for a token cookie is not a JWT');
    }
  });

  test.each([
    ['localhost:3000', {}, false],
    ['app.localhost', {}, false],
    ['127.0.0.1', {}, false],
    ['[::1]:3000', {}, false],
    ['localhost', { socket: { encrypted: true } }, true],
    ['localhost', { url: 'https://localhost/' }, true],
    ['localhost.evil.example', {}, true],
    ['evil.example/.localhost', {}, true],
    ['example.com', {}, true],
  ])('secure: auto at %s %j: secure is %s', (host, more, secure) => {
    const request = local(host, more);
    const text = serializeTokenCookie(token, { clock, secure: 'auto', request });
    expect(text.startsWith(secure ? '__Host-at=' : 'at=')).toBe(true);
    expect(text.includes('; Secure')).toBe(secure);
  });

  test.each([
    [{ origin: 'http://localhost:5173' }, false],
    [{ 'x-forwarded-proto': 'http', 'x-forwarded-host': 'localhost:5173' }, false],
    [{ origin: 'https://app.example' }, true],
    [{ origin: 'http://app.example' }, true],
    [{ origin: 'https://app.localhost' }, true],
    [{ origin: 'null' }, true],
    [{ 'x-forwarded-proto': 'https' }, true],
    [{ 'x-forwarded-host': 'app.example' }, true],
  ])(
    'secure: auto behind a proxy that asks for localhost, with %j: secure is %s',
    (sent, secure) => {
      const request = { url: '/', headers: { host: 'localhost:3000', ...sent } as never };
      const text = serializeTokenCookie(token, { clock, secure: 'auto', request });
      expect(text.includes('; Secure')).toBe(secure);
    },
  );

  test('secure: auto without a request is secure', () => {
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

  test('sets both, beside what is there', () => {
    expect(cookiesOf((headers) => cookies.set(headers, pair))).toEqual([
      'theme=dark',
      `__Host-at=${pair.access}; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax`,
      `__Secure-rt=${pair.refresh}; Path=/auth; Max-Age=604800; HttpOnly; Secure; SameSite=Strict`,
    ]);
    expect(cookiesOf((headers) => cookies.set(headers, { access: token }))).toHaveLength(2);
  });

  test('sets both or none', () => {
    const headers = new Headers();
    expect(() => cookies.set(headers, { ...pair, refresh: 'x' })).toThrow(TypeError);
    expect(headers.getSetCookie()).toEqual([]);
  });

  test('clears by the same name, path and domain', () => {
    const options = { name: 'rt', path: '/session', domain: 'example.com' };
    const own = tokenCookies({ refresh: options });
    expect(cookiesOf((headers) => own.clear(headers))).toEqual([
      'theme=dark',
      '__Host-at=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax',
      'rt=; Path=/session; Domain=example.com; Max-Age=0; HttpOnly; Secure; SameSite=Strict',
    ]);
  });

  test('reads what the browser sent, and is a source of tokens', () => {
    const request = { headers: { cookie: '__Host-at=a; __Secure-rt=b; at=c' } };
    expect(cookies.read(request)).toEqual({ access: 'a', refresh: 'b' });
    expect([cookies.access(request, {}), cookies.refresh(request, {})]).toEqual(['a', 'b']);
    expect([cookies.access.source, cookies.refresh.source]).toEqual(['cookie', 'cookie']);
  });

  test('uses plain names on localhost with secure: auto, and there only', () => {
    const auto = tokenCookies({ secure: 'auto', clock });
    const cookie = '__Host-at=a; __Secure-rt=b; at=c; rt=d';
    const here = { url: '/', headers: { host: 'localhost:3000', cookie } };
    const there = { url: '/', headers: { host: 'example.com', cookie } };
    const plain = 'at=c; rt=d';
    expect(auto.read({ headers: { ...here.headers, cookie: plain } })).toEqual({
      access: 'c',
      refresh: 'd',
    });
    expect(auto.read({ headers: { ...there.headers, cookie: plain } })).toEqual({});
    // A subdomain can set the plain name, too: behind a proxy, "localhost" may be no browser's.
    expect(auto.read(here)).toEqual({ access: 'a', refresh: 'b' });
    expect(auto.read(there)).toEqual({ access: 'a', refresh: 'b' });
    expect(cookies.read(here)).toEqual({ access: 'a', refresh: 'b' });
    expect(cookiesOf((headers) => auto.clear(headers, here)).join()).not.toContain('__');
  });

  const wrong: ReadonlyArray<readonly [string, object]> = [
    ['an option that is none', { acces: {} }],
    ['access that is undefined', { access: undefined }],
    ['a cookie option that is none', { access: { maxAge: 900 } }],
    ['one name for both', { access: { name: 'x' }, refresh: { name: 'x' } }],
    ['a rule that is broken', { refresh: { name: '__Host-rt' } }],
    ['secure that breaks a rule', { secure: false }],
  ];
  test.each(wrong)('%s is a TypeError at once', (_, options) => {
    expect(() => tokenCookies(options as TokenCookiesOptions)).toThrow(TypeError);
  });
});
