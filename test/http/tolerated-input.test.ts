import { describe, expect, it } from 'vitest';
import {
  type AuthenticatorOptions,
  cookie,
  createAuthenticator,
  header,
  query,
  type RequestLike,
  wsProtocol,
} from '../../src/http/index.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { clock, mint, polluted, secret } from './requests.ts';

const token = mint();
const value = `Bearer ${token}`;
const outcomeOf = (request: unknown, options: object = {}) => {
  const authenticate = createAuthenticator({ key: secret, clock, ...options });
  return authenticate(request as RequestLike);
};

const fromCookie = { from: cookie('at') };
const fromHeader = { from: header('X-Access-Token') };

/** Requests that have the token: each must be found. */
const understood: Record<string, readonly [request: object, options?: object]> = {
  'Authorization of API Gateway': [{ headers: { Host: 'a', Authorization: value } }],
  'AUTHORIZATION in capitals': [{ headers: { AUTHORIZATION: value } }],
  'multiValueHeaders of API Gateway': [{ headers: { Authorization: [value] } }],
  'a frozen array of one value': [{ headers: { authorization: Object.freeze([value]) } }],
  'headers without a prototype': [
    { headers: Object.assign(Object.create(null), { Authorization: value }) },
  ],
  'a Map': [{ headers: new Map([['authorization', value]]) }],
  'a Map with names as sent': [{ headers: new Map([['Authorization', value]]) }],
  Headers: [{ headers: new Headers({ Authorization: value }) }],
  'an object with get': [
    { headers: { get: (name: string) => (name === 'authorization' ? value : undefined) } },
  ],
  'white space around the header': [{ headers: { authorization: ` ${value} ` } }],
  'a scheme in capitals': [{ headers: { authorization: `BEARER  ${token}` } }],
  'an undefined header in lower case beside the real one': [
    { headers: { authorization: undefined, Authorization: value } },
  ],
  'header()': [{ headers: { 'x-access-token': token } }, fromHeader],
  'header() with Bearer': [{ headers: { 'x-access-token': value } }, fromHeader],
  'header() with the name as sent': [
    { headers: { 'X-Access-Token': ` bearer  ${token} ` } },
    fromHeader,
  ],
  'header("authorization")': [
    { headers: { Authorization: value } },
    { from: header('authorization') },
  ],
  'Cookie of API Gateway': [{ method: 'GET', headers: { Cookie: `a=b; at=${token}` } }, fromCookie],
  'cookies of an HTTP API': [
    { headers: {}, method: 'GET', cookies: ['a=b', `at=${token}`] },
    fromCookie,
  ],
  'cookies of an HTTP API without headers': [
    { method: 'GET', cookies: [`at=${token}`], headers: null },
    fromCookie,
  ],
  'cookies of a parser': [
    { headers: {}, method: 'GET', cookies: { a: 'b', at: token } },
    fromCookie,
  ],
  'an array of Cookie headers': [
    { method: 'GET', headers: { cookie: ['a=b', `at=${token}`] } },
    fromCookie,
  ],
  'a parameter that is sent twice': [
    { headers: {}, url: `/?t=${token}&t=x` },
    { from: query('t') },
  ],
  'a URL object': [
    { headers: {}, url: new URL(`https://api.example/?t=${token}`) },
    { from: query('t') },
  ],
  'Sec-WebSocket-Protocol as sent': [
    { headers: { 'Sec-WebSocket-Protocol': `bearer, ${token}` } },
    { from: wsProtocol('bearer') },
  ],
  'Sec-WebSocket-Protocol as an array': [
    { headers: { 'sec-websocket-protocol': ['bearer', token] } },
    { from: wsProtocol('bearer') },
  ],
};

/** Requests without a token, and what could be mistaken for one. */
const withoutToken: Record<string, readonly [request: object, options?: object]> = {
  'headers: null': [{ headers: null }],
  'headers: undefined': [{ headers: undefined }],
  'absent headers': [{}],
  'an empty array': [{ headers: { authorization: [] } }],
  'a null value': [{ headers: { authorization: null } }],
  'another header of the same length': [{ headers: { authorizatiom: value } }],
  'a cookie of another case': [{ headers: { Cookie: `AT=${token}` } }, fromCookie],
  'cookies beside a Cookie header': [
    { method: 'GET', headers: { cookie: 'a=b' }, cookies: { at: token } },
    fromCookie,
  ],
  'cookies that are an instance': [
    {
      headers: {},
      cookies: new (class {
        at = token;
      })(),
    },
    fromCookie,
  ],
  'cookies of other types': [{ headers: {}, cookies: [{ at: token }, 7] }, fromCookie],
};

/** What no client can send: an error of the caller, not a request without a token. */
const wrong: Record<string, readonly [request: unknown, message: string]> = {
  'rawHeaders of Node.js': [{ headers: ['Authorization', value] }, '"headers" must be Headers'],
  'pairs of names and values': [
    { headers: [['Authorization', value]] },
    '"headers" must be Headers',
  ],
  'a string': [{ headers: value }, '"headers" must be Headers'],
  'a value of Lambda@Edge': [
    { headers: { authorization: [{ key: 'Authorization', value }] } },
    'the header "authorization" must be a string or an array of strings, got an array',
  ],
  'a number as a value': [{ headers: { Authorization: 7 } }, 'the header "authorization" must be'],
  'no request': [undefined, 'the request must be an object, got undefined'],
  'the token instead of a request': [token, 'the request must be an object, got a string'],
};

describe('createAuthenticator', () => {
  it.each(Object.entries(understood))('finds the token in %s', async (_, [request, options]) => {
    expect(await outcomeOf(request, options)).toMatchObject({ status: 'authenticated' });
  });

  it.each(Object.entries(withoutToken))('finds no token in %s', async (_, [request, options]) => {
    const error = { reason: 'token_missing' };
    expect(await outcomeOf(request, options)).toMatchObject({ status: 'rejected', error });
  });

  it.each(Object.entries(wrong))('throws TypeError for %s', async (_, [request, message]) => {
    await expect(outcomeOf(request)).rejects.toThrow(TypeError);
    await expect(outcomeOf(request)).rejects.toThrow(message);
  });

  it('treats headers that differ in case as one header that is repeated', async () => {
    const headers = { Authorization: value, AUTHORIZATION: 'Bearer x' };
    const error = { reason: 'token_malformed' };
    expect(await outcomeOf({ headers })).toMatchObject({ status: 'rejected', error });
  });

  it('reads the header in lower case, as Node.js writes it, before any other', async () => {
    const headers = { Authorization: 'Bearer x', authorization: value };
    expect(await outcomeOf({ headers })).toMatchObject({ status: 'authenticated' });
  });

  it('ignores names of a polluted Object.prototype in any case', async () => {
    const members = { Authorization: value, cookies: [`at=${token}`] };
    for (const options of [{}, fromCookie]) {
      const outcome = await polluted(members, () => outcomeOf({ headers: {} }, options));
      expect(outcome).toMatchObject({ error: { reason: 'token_missing' } });
    }
  });

  it('checks a cookie of "cookies" for CSRF', async () => {
    const request = { method: 'POST', headers: {}, cookies: [`at=${token}`] };
    expect(await outcomeOf(request, fromCookie)).toMatchObject({
      error: { reason: 'csrf_failed' },
    });
  });

  it.each(['header', 'cookie', ['bearer'], [[]], {}, new Map()])(
    'throws TypeError at start for from: %j',
    (from) => {
      const create = () =>
        createAuthenticator({ key: secret, from } as unknown as AuthenticatorOptions);
      expect(errorOf(create)).toBeInstanceOf(TypeError);
      expect(create).toThrow('"from" must be an extractor such as bearer()');
    },
  );

  it.each([true, Promise.resolve(true)])(
    'accepts a request for which skip returns %s',
    async (result) => {
      expect(await outcomeOf({ headers: {} }, { skip: () => result })).toMatchObject({
        status: 'anonymous',
        auth: undefined,
      });
    },
  );

  it.each([undefined, 1, 'yes'])('throws if skip resolves to %s', async (result) => {
    const outcome = outcomeOf({ headers: {} }, { skip: async () => result });
    await expect(outcome).rejects.toThrow('"skip" must return a boolean');
  });
});
