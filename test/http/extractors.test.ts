import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  bearer,
  cookie,
  createAuthenticator,
  type Extractor,
  header,
  query,
  type RequestLike,
  wsProtocol,
} from '../../src/http/index.ts';
import { polluted, secret } from './requests.ts';

const find = (extractor: Extractor, request: RequestLike) => extractor(request, undefined);
const sent = (headers: Record<string, string | string[]>) => ({ headers });

describe('bearer()', () => {
  test('reads the token after the scheme, in any case, of Node.js and fetch headers', () => {
    const cases: ReadonlyArray<readonly [string, string | undefined]> = [
      ['Bearer abc', 'abc'],
      ['bearer abc', 'abc'],
      ['BEARER    abc', 'abc'],
      ['Bearer a b', 'a b'],
      ['Bearer', undefined],
      ['Bearer ', undefined],
      ['Bearerabc', undefined],
      ['Basic abc', undefined],
      ['Basic Bearer abc', undefined],
      ['Digest bearer="x"', undefined],
      ['', undefined],
    ];
    for (const [authorization, token] of cases) {
      expect(find(bearer(), sent({ authorization })) || undefined, authorization).toBe(token);
      const headers = new Headers({ authorization });
      expect(find(bearer(), { headers }) || undefined, authorization).toBe(token);
    }
  });

  test('does not split two headers into two tokens', () => {
    const both = ['Bearer abc', 'Bearer def'];
    const headers = new Headers(both.map((value) => ['authorization', value]));
    expect(find(bearer(), { headers })).toBe('abc, Bearer def');
    expect(find(bearer(), sent({ authorization: both }))).toBe('abc, Bearer def');
  });

  test('ignores a polluted prototype', async () => {
    const members = { authorization: 'Bearer abc' };
    expect(await polluted(members, () => find(bearer(), sent({})))).toBeUndefined();
  });
});

describe('cookie()', () => {
  test('reads the first cookie that has exactly this name and a value', () => {
    const cases: ReadonlyArray<readonly [string | string[], string | undefined]> = [
      ['at=abc', 'abc'],
      ['theme=dark; at=abc', 'abc'],
      [['theme=dark', 'at=abc'], 'abc'],
      ['at="abc"', 'abc'],
      ['  at= abc ;', 'abc'],
      ['\tat=abc', 'abc'],
      ['at=; at=abc', 'abc'],
      ['at=abc; at=def', 'abc'],
      ['at=a=b', 'a=b'],
      ['at =abc', undefined],
      ['\u00a0at=abc', undefined],
      ['\u0085at=abc', undefined],
      ['\u00e2\u0080\u0080at=abc', undefined],
      ['\ufeffat=abc', undefined],
      ['at\u00a0=abc', undefined],
      ['xat=abc', undefined],
      ['at', undefined],
      ['=abc', undefined],
      ['AT=abc', undefined],
    ];
    for (const [text, token] of cases) {
      expect(find(cookie('at'), sent({ cookie: text })), JSON.stringify(text)).toBe(token);
    }
  });

  test('finds any cookie among any others', () => {
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
  test('reads the first parameter of this name, not the fragment', () => {
    const cases: ReadonlyArray<readonly [string | undefined, string | undefined]> = [
      ['/me?t=abc', 'abc'],
      ['/me?x=1&t=abc#t=def', 'abc'],
      ['/me?x=1#?t=def', undefined],
      ['https://api.example/me?t=abc', 'abc'],
      ['/me?t=a%20b', 'a b'],
      ['/me?t=%E0%A4%A', '\ufffd%A'],
      ['/me', undefined],
      [undefined, undefined],
    ];
    for (const [url, token] of cases) {
      expect(find(query('t'), { url, headers: {} }), url).toBe(token);
    }
  });

  test('reads the URL before a router cut it', () => {
    expect(find(query('t'), { url: '/', originalUrl: '/api?t=abc', headers: {} })).toBe('abc');
  });
});

test('header() reads a header that contains only the token', () => {
  expect(find(header('X-Access-Token'), sent({ 'x-access-token': ' abc ' }))).toBe('abc');
  expect(find(header('X-Access-Token'), sent({}))).toBeUndefined();
});

test('wsProtocol() reads the protocol after the marker', () => {
  const read = (protocols: string) =>
    find(wsProtocol('bearer'), sent({ 'sec-websocket-protocol': protocols }));
  expect([read('bearer, abc'), read('chat, bearer,abc')]).toEqual(['abc', 'abc']);
  for (const protocols of ['abc, bearer', 'abc', 'xbearer, abc']) {
    expect(read(protocols), protocols).toBeUndefined();
  }
  expect(find(wsProtocol('bearer'), sent({}))).toBeUndefined();
});

test('extractors throw TypeError for an invalid name', () => {
  for (const make of [cookie, query, header, wsProtocol]) {
    for (const name of ['', ' ', 'a b', 'a;b', undefined, 7]) {
      expect(() => make(name as string)).toThrow(TypeError);
    }
  }
});

it.each(Object.entries({ bearer, cookie, header, query, wsProtocol }))(
  'rejects %s without parentheses as the option "from"',
  (_, from) => {
    const message = /^"from" must be an extractor such as bearer\(\), not bearer/;
    for (const value of [from, [bearer(), from]]) {
      expect(() => createAuthenticator({ key: secret, from: value as never })).toThrow(message);
    }
  },
);
