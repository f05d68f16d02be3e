/** Lists the kinds of tokens, and by what each is recognized (RFC 8725 §3.12). */

import { isJsonObject } from '../core/encoding/strict-json.ts';
import { type Claims, ownClaim } from '../core/token/claim-checks.ts';
import { Fault } from '../core/token/fault.ts';

/** What the value of a claim must be. */
export interface ClaimShape {
  readonly expected: string;
  test(value: unknown): boolean;
}

/** A claim that only tokens of one kind have, or have with such a value. */
export interface Mark {
  readonly claim: string;
  test(value: unknown, claims: Claims): boolean;
}

/** One kind of token. */
export interface TokenKind {
  /** Completes "must be", for messages. Rows with the same name are one kind. */
  readonly name: string;
  /** Accepted `typ`; null allows an absent one. */
  readonly types: ReadonlyArray<string | null>;
  /** The types that say alone which kind it is. No other kind accepts them. */
  readonly ownTypes: readonly string[];
  /** Claims of every token of this kind. The engine checks the types of those that RFC 7519 names. */
  readonly required: readonly string[];
  /** What others must be, if present. */
  readonly shapes: Readonly<Record<string, ClaimShape>>;
  /** A token with one of them is rejected as a token of any other kind. */
  readonly marks: readonly Mark[];
  /** Marks of other kinds that this one tells apart by its `check`. */
  readonly tolerated: readonly string[];
  /** What else must be true of the claims. */
  readonly check: ((claims: Claims) => Fault | undefined) | undefined;
}

/** Rows own all of their members: an absent one would be read from a polluted prototype. */
export const KIND_DEFAULTS = { shapes: {}, tolerated: [], check: undefined };

const TEXT: ClaimShape = { expected: 'a string', test: (value) => typeof value === 'string' };
const OBJECT: ClaimShape = { expected: 'an object', test: isJsonObject };
const NUMERIC_DATE: ClaimShape = { expected: 'a number of seconds', test: Number.isFinite };

/** The claims of every token except a JWT-SVID, which needs no `iss`, and a logout token. */
const BASE = ['iss', 'sub', 'aud', 'exp'];

/** Any value marks the token: also null, which an issuer of another kind does not write. */
const mark = (claim: string, test: Mark['test'] = () => true): Mark => ({ claim, test });

/** Reports whether the value, or one in a list, is a string that the pattern matches. */
const hasMatch = (pattern: RegExp) => (value: unknown) =>
  [value].flat().some((one) => typeof one === 'string' && pattern.test(one));

const equals = (expected: unknown) => (value: unknown) => value === expected;

/** Many providers write no `at+jwt`. */
const ACCESS_TYPES = ['at+jwt', 'JWT', null];
const PLAIN_TYPES = ['JWT', null];

const accessToken = {
  ...KIND_DEFAULTS,
  name: 'an access token',
  types: ['at+jwt'],
  ownTypes: ['at+jwt'],
  required: [...BASE, 'client_id', 'iat', 'jti'],
  shapes: { client_id: TEXT },
  marks: [mark('scope'), mark('scp'), mark('permissions')],
} satisfies TokenKind;

/** Requires one of the claims that only access tokens of the provider have. */
function requireOne(provider: string, names: readonly string[]) {
  const list = names.map((name) => `"${name}"`).join(' or ');
  const message = `jwt must be an access token of ${provider}, which has ${list}`;
  const fault = new Fault('ERR_TOKEN_KIND', message, names[0]);
  return (claims: Claims) =>
    names.some((name) => ownClaim(claims, name) !== undefined) ? undefined : fault;
}

/** Requires a value of the claim in which the provider names the kind. */
function requireValue(provider: string, claim: string, values: readonly string[]) {
  const list = values.map((value) => `"${value}"`).join(' or ');
  const message = `jwt must be an access token of ${provider}, whose "${claim}" is ${list}`;
  const fault = new Fault('ERR_TOKEN_KIND', message, claim);
  return (claims: Claims) =>
    values.some((value) => ownClaim(claims, claim) === value) ? undefined : fault;
}

/** Access tokens, by the value of the option `profile`. */
export const accessTokenKinds = {
  rfc9068: accessToken,
  auth0: {
    ...accessToken,
    types: ACCESS_TYPES,
    required: BASE,
    marks: [mark('gty')],
    check: requireOne('Auth0', ['scope', 'permissions', 'gty', 'client_id']),
  },
  cognito: {
    ...accessToken,
    types: ACCESS_TYPES,
    // The audience is in "client_id".
    required: ['iss', 'sub', 'exp', 'client_id'],
    marks: [mark('token_use', equals('access'))],
    check: requireValue('Amazon Cognito', 'token_use', ['access']),
  },
  entra: {
    ...accessToken,
    types: ACCESS_TYPES,
    required: [...BASE, 'oid', 'tid'],
    shapes: { oid: TEXT, tid: TEXT },
    marks: [mark('azpacr'), mark('appidacr')],
    check: requireOne('Entra ID', ['scp', 'azpacr', 'appidacr']),
  },
  keycloak: {
    ...accessToken,
    types: ACCESS_TYPES,
    required: BASE,
    // DPoP: the token is bound to the key of its sender. Keycloak 23 and later write it.
    marks: [mark('typ', equals('Bearer')), mark('typ', equals('DPoP'))],
    // Keycloak before 25 copies the nonce of the login into access tokens, and later ones with a mapper.
    tolerated: ['nonce'],
    check: requireValue('Keycloak', 'typ', ['Bearer', 'DPoP']),
  },
} satisfies Record<string, TokenKind>;

export const idToken: TokenKind = {
  ...KIND_DEFAULTS,
  name: 'an ID token',
  types: PLAIN_TYPES,
  ownTypes: [],
  required: [...BASE, 'iat'],
  marks: [
    ...['nonce', 'at_hash', 'c_hash', 's_hash'].map((claim) => mark(claim)),
    // Amazon Cognito and Keycloak name the kind.
    mark('token_use', equals('id')),
    mark('typ', equals('ID')),
  ],
};

export const logoutToken: TokenKind = {
  ...KIND_DEFAULTS,
  name: 'a logout token',
  types: ['logout+jwt'],
  ownTypes: ['logout+jwt'],
  // One of "sid" and "sub", as its check requires.
  required: ['iss', 'aud', 'exp', 'iat', 'jti', 'events'],
  shapes: { events: OBJECT },
  marks: [mark('events')],
};

export const clientAssertion: TokenKind = {
  ...KIND_DEFAULTS,
  name: 'a client assertion',
  types: ['client-authentication+jwt', ...PLAIN_TYPES],
  ownTypes: ['client-authentication+jwt'],
  required: [...BASE, 'jti'],
  marks: [mark('iss', (iss, claims) => iss === ownClaim(claims, 'sub'))],
};

/** Tokens of workloads and users, by the name that `createProfileVerifier` takes. */
export const namedKinds = {
  'github-actions': {
    ...KIND_DEFAULTS,
    name: 'a token of GitHub Actions',
    types: PLAIN_TYPES,
    ownTypes: [],
    required: [...BASE, 'repository', 'ref', 'workflow_ref'],
    shapes: { repository: TEXT, ref: TEXT, workflow_ref: TEXT },
    marks: [mark('workflow_ref', (_value, claims) => Object.hasOwn(claims, 'repository'))],
  },
  'google-service': {
    ...KIND_DEFAULTS,
    name: 'an ID token of a Google service account',
    types: PLAIN_TYPES,
    ownTypes: [],
    required: [...BASE, 'email', 'email_verified'],
    shapes: { email: TEXT, email_verified: { expected: 'true', test: equals(true) } },
    marks: [mark('email', hasMatch(/[@.]gserviceaccount\.com$/i))],
  },
  kubernetes: {
    ...KIND_DEFAULTS,
    name: 'a token of a Kubernetes service account',
    types: PLAIN_TYPES,
    ownTypes: [],
    required: [...BASE, 'kubernetes.io'],
    shapes: { 'kubernetes.io': OBJECT },
    marks: [mark('kubernetes.io'), mark('sub', hasMatch(/^system:serviceaccount:/))],
  },
  spiffe: {
    ...KIND_DEFAULTS,
    name: 'a JWT-SVID of SPIFFE',
    types: ['JOSE', ...PLAIN_TYPES],
    ownTypes: [],
    required: ['sub', 'aud', 'exp'],
    marks: [mark('sub', hasMatch(/^spiffe:\/\//i))],
  },
  firebase: {
    ...KIND_DEFAULTS,
    name: 'an ID token of Firebase',
    types: PLAIN_TYPES,
    ownTypes: [],
    required: [...BASE, 'iat', 'auth_time', 'firebase'],
    shapes: { auth_time: NUMERIC_DATE, firebase: OBJECT },
    marks: [mark('firebase')],
  },
} satisfies Record<string, TokenKind>;

/** Every kind. A verifier rejects a token with a mark of a row that has another name. */
export const table: TokenKind[] = [
  ...Object.values(accessTokenKinds),
  idToken,
  logoutToken,
  clientAssertion,
  ...Object.values(namedKinds),
];
