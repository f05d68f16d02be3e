import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bearer,
  cookie,
  type Extractor,
  header,
  query,
  type RequestLike,
  wsProtocol,
} from '../../src/http/index.ts';

const find = (extractor: Extractor, request: RequestLike) => extractor(request, undefined);
const sent = (headers: Record<string, string | string[]>) => ({ headers });

describe('bearer()', () => {
  test.each([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    ['BEARER    abc', 'abc'],
    ['Bearer a b', 'a b'],
    ['Bearer', undefined],
    ['Bearer ', ''],
    ['Bearerabc', undefined],
    ['Basic abc', undefined],
    ['Basic Bearer abc', undefined],
    ['Digest bearer="x"', undefined],
    ['', undefined],
  ])('reads %j as %j', (authorization, token) => {
    expect(find(bearer(), sent({ authorization })) || undefined).toBe(token || undefined);
    const headers = new Headers({ authorization });
    expect(find(bearer(), { headers }) || undefined).toBe(token?.trim() || undefined);
  });

  test('does not take two headers for one token', () => {
    const headers = new Headers([
      ['authorization', 'Bearer abc'],
      ['authorization', 'Bearer def'],
    ]);
    expect(find(bearer(), { headers })).toBe('abc, Bearer def');
    expect(find(bearer(), sent({ authorization: ['Bearer abc', 'Bearer def'] }))).toBe(
      'abc, Bearer def',
    );
  });

  test('a polluted prototype sends no token', () => {
    const polluted = Object.create({ authorization: 'Bearer abc' });
    expect(find(bearer(), { headers: polluted })).toBeUndefined();
  });

  test('takes linear time for hostile headers', () => {
    const authorization = `Bearer${' '.repeat(200_000)}`;
    expect(find(bearer(), sent({ authorization })) || undefined).toBeUndefined();
  });
});

describe('cookie()', () => {
  test.each([
    ['at=abc', 'abc'],
    ['theme=dark; at=abc', 'abc'],
    ['at="abc"', 'abc'],
    ['  at= abc ;', 'abc'],
    ['\tat=abc', 'abc'],
    ['at =abc', undefined],
    ['\u00a0at=abc', undefined],
    ['\u0085at=abc', undefined],
    ['\u00e2\u0080\u0080at=abc', undefined],
    ['\ufeffat=abc', undefined],
    ['at\u00a0=abc', undefined],
    ['at=; at=abc', 'abc'],
    ['at=abc; at=def', 'abc'],
    ['xat=abc', undefined],
    ['at', undefined],
    ['=abc', undefined],
    ['AT=abc', undefined],
    ['at=a=b', 'a=b'],
  ])('reads %j as %j', (text, token) => {
    expect(find(cookie('at'), sent({ cookie: text }))).toBe(token);
  });

  test('finds a cookie in whichever of two headers it stands', () => {
    expect(find(cookie('at'), sent({ cookie: ['theme=dark', 'at=abc'] }))).toBe('abc');
  });

  test('finds any cookie that was written, among any others', () => {
    const name = fc.stringMatching(/^[a-z]{1,8}$/);
    const value = fc.stringMatching(/^[\w.-]{1,30}$/);
    fc.assert(
      fc.property(fc.dictionary(name, value, { minKeys: 1 }), (jar) => {
        const text = Object.entries(jar).map(([name, value]) => `${name}=${value}`);
        for (const [name, value] of Object.entries(jar)) {
          expect(find(cookie(name), sent({ cookie: text.join('; ') }))).toBe(value);
        }
      }),
    );
  });
});

describe('query()', () => {
  test.each([
    ['/me?t=abc', 'abc'],
    ['/me?x=1&t=abc#t=def', 'abc'],
    ['/me?x=1#?t=def', undefined],
    ['https://api.example/me?t=abc', 'abc'],
    ['/me?t=a%20b', 'a b'],
    ['/me?t=%E0%A4%A', '\ufffd%A'],
    ['/me', undefined],
    [undefined, undefined],
  ])('reads %j as %j', (url, token) => {
    expect(find(query('t'), { url, headers: {} })).toBe(token);
  });

  test('reads the URL before a router cut it', () => {
    expect(find(query('t'), { url: '/', originalUrl: '/api?t=abc', headers: {} })).toBe('abc');
  });
});

describe('header() and wsProtocol()', () => {
  test('a header of its own holds the token alone', () => {
    expect(find(header('X-Access-Token'), sent({ 'x-access-token': ' abc ' }))).toBe('abc');
    expect(find(header('X-Access-Token'), sent({}))).toBeUndefined();
  });

  test.each([
    ['bearer, abc', 'abc'],
    ['chat, bearer,abc', 'abc'],
    ['abc, bearer', undefined],
    ['abc', undefined],
    ['xbearer, abc', undefined],
  ])('of the protocols %j the one behind the marker is the token', (protocols, token) => {
    const request = sent({ 'sec-websocket-protocol': protocols });
    expect(find(wsProtocol('bearer'), request)).toBe(token);
  });

  test('a request without protocols has none', () => {
    expect(find(wsProtocol('bearer'), sent({}))).toBeUndefined();
  });
});

test.each([cookie, query, header, wsProtocol])('%o needs a name', (make) => {
  for (const name of ['', ' ', 'a b', 'a;b', undefined, 7]) {
    expect(() => make(name as string)).toThrow(TypeError);
  }
});
