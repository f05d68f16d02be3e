/** The options of `createResource`, with their rules. */

import type { Timespan } from '../core/encoding/duration.ts';
import { algorithmList } from '../core/keys/algorithm-rules.ts';
import type { Algorithm } from '../core/keys/algorithms.ts';
import type { KeyInput, KeySource } from '../core/keys/key-input.ts';
import * as option from '../core/option-rules.ts';
import { usageError } from '../errors.ts';
import { type ImpliedScopes, impliesRule } from '../http/implied-scopes.ts';
import { isScope } from '../http/scope.ts';
import { type CertificateSource, isSenderProof, type SenderProof } from '../http/sender-proof.ts';
import type { RemoteJwksOptions } from '../jwk/remote/create-remote-jwks.ts';
import { readUrl } from '../jwk/remote/jwks-url.ts';
import type { AccessTokenProfile } from '../profiles/access-token.ts';
import { type IntrospectionOptions, requireOptions } from './introspector-options.ts';
import { metadataRule } from './metadata.ts';

/**
 * What you know of one issuer. Without `key` the issuer is discovered with its first token.
 *
 * @example
 * ```ts
 * const issuers: Record<string, TrustedIssuer> = {
 *   'https://id.example': {},
 *   'https://acme.eu.auth0.com/': { profile: 'auth0', audience: 'https://api.example' },
 * };
 * ```
 */
export interface TrustedIssuer {
  /** Its key or key source. Default: the keys that its metadata name. */
  key?: KeyInput | KeySource;
  /** The algorithms to accept. Default: those of each key. */
  algorithms?: readonly Algorithm[];
  /** What its access tokens are like. Default `'rfc9068'`: `typ` is `at+jwt` (RFC 9068). */
  profile?: AccessTokenProfile;
  /** Accepted `aud` of its tokens. Default: that of the resource. */
  audience?: string | readonly string[];
  /** Claims that must be present, in addition to those of the profile. */
  requiredClaims?: readonly string[];
  /** Options of discovery and of its keys; not beside `key`. */
  jwks?: RemoteJwksOptions;
  /** Scopes that other scopes of this issuer imply. Replaces `implies` of the resource. */
  implies?: ImpliedScopes;
}

/**
 * Finds the issuer of a token: receives its unverified `iss`, and returns what you know of it, or `null`.
 *
 * @example
 * ```ts
 * const tenants = new Map<string, TrustedIssuer>([['https://acme.example', {}]]);
 * const find: FindTrustedIssuer = (iss) => tenants.get(iss) ?? null;
 * ```
 */
export type FindTrustedIssuer = (
  iss: string,
) => TrustedIssuer | null | undefined | Promise<TrustedIssuer | null | undefined>;

/**
 * Options of {@link createResource}. Times are seconds or a timespan with its unit. An option that is `undefined`,
 * misspelt or of another type is a TypeError.
 *
 * @example
 * ```ts
 * const options: ResourceOptions = {
 *   resource: 'https://api.example',
 *   issuers: ['https://id.example', 'https://login.partner.example'],
 *   scopes: ['orders:read', 'orders:write'],
 * };
 * ```
 */
export interface ResourceOptions {
  /** URL of this API, `https:` except on this machine. Clients ask for tokens for exactly this URL. */
  resource: string;
  /**
   * Who issues the tokens: one URL, a list, a record from `iss` to {@link TrustedIssuer}, or a function that finds
   * the issuer. What the function returns is used for 10 minutes; it needs `authorizationServers`.
   */
  issuers: string | readonly string[] | Readonly<Record<string, TrustedIssuer>> | FindTrustedIssuer;
  /** Accepted `aud`. Default: `resource`, without a path with and without the slash. */
  audience?: string | readonly string[];
  /** The scopes of this API, for `scopes_supported`. */
  scopes?: readonly string[];
  /** Servers that describe opaque tokens (RFC 7662). */
  introspection?: IntrospectionOptions | readonly IntrospectionOptions[];
  /** Verifies DPoP proofs: what `createDpop` of `jotkit/dpop` returned. */
  dpop?: SenderProof;
  /** Reads the certificate of the client, for tokens that are bound to one (RFC 8705). */
  mtls?: CertificateSource;
  /** Scopes that other scopes imply. */
  implies?: ImpliedScopes;
  /** `authorization_servers` of the document. Default: the issuers. */
  authorizationServers?: readonly string[];
  /** More members of the document, such as `resource_name` (RFC 9728 §2). */
  metadata?: Readonly<Record<string, unknown>>;
  /** `realm` of the challenge. Default: `api`. */
  realm?: string;
  /** Allowed clock difference, in seconds or a timespan with unit. Default 0. */
  clockTolerance?: Timespan;
  /** The time in milliseconds. Default: `Date.now`, looked up at each call. */
  clock?: () => number;
}

const scopesRule: option.OptionRule = {
  expected: 'a non-empty array of scopes without spaces and quotes',
  test: option.isListOf(isScope),
};

const resourceRules: option.OptionRules = {
  resource: option.string,
  issuers: {
    expected:
      'a URL, a non-empty array of these, an object with an entry per issuer, or a function',
    test: (value) => {
      if (option.isPlainObject(value)) return Object.keys(value).length > 0;
      return typeof value === 'function' || option.stringOrList.test(value);
    },
  },
  audience: option.stringOrList,
  scopes: scopesRule,
  introspection: {
    expected: 'an object, or a non-empty array of these',
    test: (value) => option.isPlainObject(value) || option.isListOf(option.isPlainObject)(value),
  },
  dpop: { expected: 'what createDpop() returned', test: isSenderProof },
  mtls: option.callable,
  implies: impliesRule,
  authorizationServers: option.stringList,
  metadata: metadataRule,
  realm: {
    expected: 'a non-empty string of printable ASCII',
    test: (value) => typeof value === 'string' && /^[\x20-\x7e]+$/.test(value),
  },
  clockTolerance: option.positiveDuration,
  clock: option.callable,
};

const trustedIssuerRules: option.OptionRules = {
  key: { expected: 'a key or a KeySource', test: (value) => value !== undefined },
  algorithms: algorithmList,
  profile: option.string,
  audience: option.stringOrList,
  requiredClaims: option.stringList,
  jwks: { expected: 'an object of options', test: option.isPlainObject },
  implies: impliesRule,
};

/** Checks the options. Throws TypeError. */
export function checkResource(options: unknown): ResourceOptions {
  rejectIssuerOptions(options);
  const checked = option.checkOptions(options, resourceRules);
  requireOptions(checked, ['resource', 'issuers']);
  const own = checked as unknown as ResourceOptions;
  // A refresh token is not for the resource, and clients would ask for one (SEP-2207 of MCP).
  if (own.scopes?.includes('offline_access')) {
    const message = '"scopes" must not contain "offline_access", which is no scope of a resource';
    throw usageError('ERR_OPTION_INVALID', message);
  }
  return own;
}

/** Names the place of an option that only an entry of `issuers` has. */
function rejectIssuerOptions(options: unknown): void {
  for (const name of Object.keys(Object(options))) {
    if (option.ruleOf(name, resourceRules) || !option.ruleOf(name, trustedIssuerRules)) continue;
    const entry = `{ 'https://id.example': { ${name}: … } }`;
    const message = `"${name}" is an option of an issuer: set it in "issuers", ${entry}`;
    throw usageError('ERR_OPTION_INVALID', message);
  }
}

/** Checks one entry of `issuers`. Throws TypeError. */
export function checkTrustedIssuer(entry: unknown): TrustedIssuer {
  const own = option.checkOptions(entry, trustedIssuerRules) as TrustedIssuer;
  if (own.key === undefined || own.jwks === undefined) return own;
  throw usageError('ERR_OPTION_INVALID', '"jwks" cannot be combined with "key"');
}

/** Returns `authorization_servers`, which clients fetch metadata from (RFC 8414 §2). Throws TypeError. */
export function authorizationServersOf(own: ResourceOptions): readonly string[] {
  const servers = own.authorizationServers ?? issuerNames(own.issuers);
  if (!servers) {
    const message = '"authorizationServers" is missing: "issuers" is a function, which lists none';
    throw usageError('ERR_OPTION_INVALID', message);
  }
  for (const server of servers) {
    const url = readUrl(server, false);
    const problem = typeof url === 'string' ? url : /[?#]/.test(server) && 'must have no query';
    if (!problem) continue;
    const message = `each of "authorizationServers", which are "issuers" by default, ${problem}`;
    throw usageError('ERR_OPTION_INVALID', message);
  }
  return servers;
}

/** Returns the issuers by name; `undefined` if only a function knows them. */
export function issuerNames(issuers: ResourceOptions['issuers']): readonly string[] | undefined {
  if (typeof issuers === 'function') return undefined;
  if (typeof issuers === 'string') return [issuers];
  return Array.isArray(issuers) ? [...issuers] : Object.keys(issuers);
}
