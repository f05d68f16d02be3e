/** Tokens in other places of a request than one `Authorization: Bearer`. */

import { type Carrier, carry } from '../carrier.ts';
import type { Forge } from '../forge.ts';
import { type AttackCase, type CaseRequest, caseOf } from './attack-case.ts';

const add = caseOf('transport', { level: 'note', reference: 'RFC 6750 §2' });

const FORGED = { level: 'hole', reference: 'RFC 7515 §5.2 step 8' } as const;
const IN_URL = { reference: 'RFC 6750 §5.3, RFC 9700 §4.3.2' };
const CROSS_SITE = { level: 'hole', reference: 'CWE-352' } as const;
const REPEATED = { reference: 'RFC 9110 §5.3' };
const SCHEME = { reference: 'RFC 6750 §2.1' };

/** Names of query parameters and cookies that servers read tokens from. */
const NAMES = ['access_token', 'token', 'jwt', 'auth_token', 'id_token', 'accessToken'];
const COOKIE_NAMES = [...NAMES, '__Host-at', '__Host-access_token', 'session'];

type Place = 'header' | 'query' | 'cookie';
type Tokens = Partial<Record<Place, string>>;

export function transportCases(forge: Forge, carrier: Carrier): AttackCase[] {
  const requestWith = (tokens: Tokens) => requestIn(tokens, carrier);
  const forged = () => forge.byAttacker();
  const genuine = () => forge.genuineToken();
  const inPlace = (place: Place) => (token: string) => requestWith({ [place]: token });
  /** A forged token in one place, a genuine one in another. */
  const both = (first: Place, second: Place) => {
    const request = (token: string) => requestWith({ [first]: token, [second]: genuine() });
    const title = `a forged token in the ${first}, a genuine one in the ${second}`;
    return add(`forged-${first}-genuine-${second}`, title, forged, { request });
  };
  const [headerName] = carry('', inHeader(carrier));
  const headerValue = (token: string) => carry(token, inHeader(carrier))[1];
  const headers = (...values: ReadonlyArray<(token: string) => string>) => ({
    request: (token: string): CaseRequest => ({
      ...requestWith({}),
      headers: values.map((value) => [headerName, value(token)] as const),
    }),
  });
  const post = (token: string, ...more: CaseRequest['headers']): CaseRequest => ({
    ...requestWith({}),
    headers: [...requestWith({ cookie: token }).headers, ...more],
    method: 'POST',
  });
  const ofGenuine = () => headerValue(genuine());
  /** A header of its own carries a token without a scheme. */
  const hasScheme = carrier.header === undefined;
  const schemes = hasScheme ? ['Basic', 'Token', 'JWT', 'DPoP'] : [];
  return [
    add('query-forged', 'a forged token in the query', forged, {
      ...FORGED,
      request: inPlace('query'),
    }),
    add('cookie-forged', 'a forged token in a cookie', forged, {
      ...FORGED,
      request: inPlace('cookie'),
    }),
    add('query', 'a genuine token in the query', genuine, { ...IN_URL, request: inPlace('query') }),
    both('header', 'query'),
    both('header', 'cookie'),
    both('query', 'cookie'),
    both('cookie', 'query'),
    both('query', 'header'),
    both('cookie', 'header'),
    add('headers-forged-first', 'two headers, the first has a forged token', forged, {
      ...REPEATED,
      ...headers(headerValue, ofGenuine),
    }),
    add('headers-forged-last', 'two headers, the last has a forged token', forged, {
      ...REPEATED,
      ...headers(ofGenuine, headerValue),
    }),
    add('header-list', 'two tokens in one header', forged, {
      ...SCHEME,
      ...headers((token) => `${headerValue(token)}, ${ofGenuine()}`),
    }),
    ...(hasScheme
      ? [
          add('no-scheme', 'a genuine token without "Bearer"', genuine, {
            ...SCHEME,
            ...headers((token) => token),
          }),
        ]
      : []),
    ...schemes.map((scheme) =>
      add(`scheme-${scheme.toLowerCase()}`, `a genuine token after "${scheme}"`, genuine, {
        ...SCHEME,
        ...headers((token) => `${scheme} ${token}`),
      }),
    ),
    add('cookie-cross-site', 'POST from another site, with a genuine cookie', genuine, {
      ...CROSS_SITE,
      request: (token) =>
        post(token, ['Origin', 'https://attacker.invalid'], ['Sec-Fetch-Site', 'cross-site']),
    }),
    add('cookie-other-origin', 'POST from another origin, with a genuine cookie', genuine, {
      ...CROSS_SITE,
      request: (token) => post(token, ['Origin', 'https://attacker.invalid']),
    }),
    add('cookie-null-origin', 'POST from a sandbox, with a genuine cookie', genuine, {
      ...CROSS_SITE,
      request: (token) => post(token, ['Origin', 'null']),
    }),
    add('cookie-no-origin', 'POST without Origin, with a genuine cookie', genuine, {
      reference: 'CWE-352',
      request: (token) => post(token),
    }),
  ];
}

function requestIn(tokens: Tokens, carrier: Carrier): CaseRequest {
  const headers: Array<readonly [string, string]> = [];
  if (tokens.header !== undefined) headers.push(carry(tokens.header, inHeader(carrier)));
  if (tokens.cookie !== undefined) {
    const names = new Set([
      ...COOKIE_NAMES,
      ...(carrier.cookie === undefined ? [] : [carrier.cookie]),
    ]);
    headers.push(['Cookie', [...names].map((name) => `${name}=${tokens.cookie}`).join('; ')]);
  }
  if (tokens.query === undefined) return { headers, query: undefined, method: undefined };
  const query = NAMES.map((name) => `${name}=${encodeURIComponent(tokens.query ?? '')}`).join('&');
  return { headers, query, method: undefined };
}

/** The header of a request, also if a cookie carries the genuine token. */
function inHeader({ header }: Carrier): Carrier {
  return { cookie: undefined, header };
}
