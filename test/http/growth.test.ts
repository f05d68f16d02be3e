import { test } from 'vitest';
import { handshakeAuth } from '../../src/adapters/socket-io.ts';
import { defaultGrants } from '../../src/http/grants.ts';
import {
  AuthError,
  bearer,
  checkCsrf,
  cookie,
  type Extractor,
  header,
  query,
  tokenCookies,
  wsProtocol,
} from '../../src/http/index.ts';
import { expectLinear } from '../fixtures/growth.ts';

const cookies = tokenCookies({ secure: 'auto' });
const find = (extractor: Extractor, headers: object, more = {}) =>
  extractor({ headers: headers as Record<string, string>, ...more }, undefined);

/** Reads a header of this value in a request that changes state. */
const csrf = (name: string) => (value: string) => {
  try {
    checkCsrf({ method: 'POST', headers: { host: 'api.example', [name]: value } });
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
  }
};
const auto = (name: string) => (value: string) =>
  cookies.clear(new Headers(), { url: '/', headers: { host: 'localhost', [name]: value } });

const readers: Record<string, (value: string) => unknown> = {
  Authorization: (authorization) => find(bearer(), { authorization }),
  Cookie: (value) => find(cookie('at'), { cookie: value }),
  'the token cookies': (value) => cookies.read({ url: '/', headers: { cookie: value } }),
  'a header of its own': (value) => find(header('x-token'), { 'x-token': value }),
  'Sec-WebSocket-Protocol': (value) =>
    find(wsProtocol('bearer'), { 'sec-websocket-protocol': value }),
  'the query': (value) => find(query('t'), {}, { url: `/?${value}` }),
  'the path': (value) => find(query('t'), {}, { url: `/${value}` }),
  'the handshake of socket.io': (value) => find(handshakeAuth(), {}, { auth: { token: value } }),
  Origin: csrf('origin'),
  'the host of Origin': (value) => csrf('origin')(`https://${value}`),
  Host: (value) => {
    csrf('host')(value);
    auto('host')(value);
  },
  'Sec-Fetch-Site': csrf('sec-fetch-site'),
  'X-Forwarded-Host': auto('x-forwarded-host'),
  'X-Forwarded-Proto': auto('x-forwarded-proto'),
  'the claim scope': (scope) => defaultGrants.scopesOf({ scope }),
};

/** Strings on which a regular expression or a parser can go back. */
const units = ['a', ' ', '\t', '.', ',', ';', '=', '"', '\\', '%', '&', '-', 'a.', 'at=', 'at;'];
const prefixes = ['', 'Bearer ', 'at="', 'localhost.'];
const beyondAscii = ['\u00e9', '%C3%A9', '\ufffd'];

test('an Origin with ten thousand different characters costs no more than a short one', () => {
  const create = (n: number) =>
    Array.from({ length: n / 9 }, (_, i) => encodeURIComponent(String.fromCodePoint(0x4e00 + i)));
  expectLinear((n) => `https://${create(n).join('')}`, csrf('origin'), 45_000);
});

test.each(Object.entries(readers))('the cost of %s grows linearly', (_, read) => {
  for (const prefix of prefixes) {
    for (const unit of [...units, ...beyondAscii]) {
      const create = (n: number) => prefix + unit.repeat(n / unit.length);
      expectLinear(create, read, 8000);
    }
  }
});
