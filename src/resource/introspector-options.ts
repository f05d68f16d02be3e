/** The options of introspection, with their rules. */

import { parseDuration, type Timespan } from '../core/encoding/duration.ts';
import * as option from '../core/option-rules.ts';
import { usageError } from '../errors.ts';
import type { RemoteJwksOptions } from '../jwk/remote/create-remote-jwks.ts';
import { readUrl } from '../jwk/remote/jwks-url.ts';
import type { ClientAuth } from './client-auth.ts';

/**
 * Options of introspection at one authorization server. Times are seconds or a timespan with its unit. An option
 * that is `undefined`, misspelt or of another type is a TypeError.
 *
 * @example
 * ```ts
 * const { CLIENT_SECRET: clientSecret = '' } = process.env;
 * const options: IntrospectionOptions = {
 *   issuer: 'https://id.example',
 *   auth: { clientId: 'orders', clientSecret },
 *   cacheFor: '10s',
 * };
 * ```
 */
export interface IntrospectionOptions {
  /** The authorization server. Its metadata name the endpoint, unless you set `endpoint`. */
  issuer: string;
  /** The credentials of this resource server. */
  auth: ClientAuth;
  /** URL of the endpoint. Default: `introspection_endpoint` of the metadata of `issuer`. */
  endpoint?: string;
  /** How the opaque tokens of this server begin. With several servers, all but one need it. */
  prefix?: string;
  /** Whether to introspect JWTs, too, after they are verified. Default: false. */
  jwts?: boolean;
  /** Accept only signed responses (RFC 9701). Default: false. */
  signed?: boolean;
  /** Accepted `aud` of the response. `false` where the server sends none. Default: that of the issuer. */
  audience?: string | readonly string[] | false;
  /** How long an active token is cached, at most `'5m'` and never past `exp`. Default `'30s'`. */
  cacheFor?: Timespan;
  /** How much longer a cached token counts while the server fails, never past `exp`. Default 0. */
  staleFor?: Timespan;
  /** Longest time for one request, to the last byte of the response. Default `'5s'`. */
  timeout?: Timespan;
  /** Replaces the global `fetch`: for a proxy, an agent, or a test. */
  fetch?: RemoteJwksOptions['fetch'];
}

/**
 * Options of {@link createIntrospector}. `audience` is required there.
 *
 * @example
 * ```ts
 * const { CLIENT_SECRET: clientSecret = '' } = process.env;
 * const options: IntrospectorOptions = {
 *   issuer: 'https://id.example',
 *   auth: { clientId: 'orders', clientSecret },
 *   audience: 'https://api.example',
 * };
 * ```
 */
export interface IntrospectorOptions extends IntrospectionOptions {
  audience: string | readonly string[] | false;
  /** Allowed clock difference, in seconds or a timespan with unit. Default 0. */
  clockTolerance?: Timespan;
  /** The time in milliseconds. Default: `Date.now`, looked up at each call. */
  clock?: () => number;
}

const MAX_CACHE_SECONDS = 300;

const cacheForRule: option.OptionRule = {
  expected: `${option.duration.expected}, from 0 to "5m"`,
  test: (value) => {
    const seconds = parseDuration(value)?.seconds ?? -1;
    return seconds >= 0 && seconds <= MAX_CACHE_SECONDS;
  },
};

const timeoutRule: option.OptionRule = {
  expected: `${option.duration.expected}, above 0`,
  test: (value) => (parseDuration(value)?.seconds ?? 0) > 0,
};

/** RFC 6750 §2.1: any other prefix begins no token. */
const prefixRule: option.OptionRule = {
  expected: 'the first characters of opaque tokens: letters, digits and -._~+/',
  test: (value) => typeof value === 'string' && /^[\w.~+/-]+$/.test(value),
};

const introspectionRules: option.OptionRules = {
  issuer: option.string,
  auth: { expected: 'credentials', test: (value) => value !== undefined },
  endpoint: option.string,
  prefix: prefixRule,
  jwts: option.boolean,
  signed: option.boolean,
  audience: option.orFalse(option.stringOrList),
  cacheFor: cacheForRule,
  staleFor: option.positiveDuration,
  timeout: timeoutRule,
  fetch: option.callable,
};

const introspectorRules: option.OptionRules = {
  ...introspectionRules,
  clockTolerance: option.positiveDuration,
  clock: option.callable,
};

/** Checks the options of {@link createIntrospector}. Throws TypeError. */
export function checkIntrospector(options: unknown): IntrospectorOptions {
  const own = option.checkOptions(options, introspectorRules);
  requireOptions(own, ['issuer', 'auth', 'audience']);
  return own as unknown as IntrospectorOptions;
}

/** Checks one entry of the option `introspection` of a resource. Throws TypeError. */
export function checkIntrospection(options: unknown): IntrospectionOptions {
  const own = option.checkOptions(options, introspectionRules);
  requireOptions(own, ['issuer', 'auth']);
  return own as unknown as IntrospectionOptions;
}

/** Throws for the first of the options that is absent. */
export function requireOptions(own: Record<string, unknown>, names: readonly string[]): void {
  const missing = names.find((name) => own[name] === undefined);
  if (missing === undefined) return;
  throw usageError('ERR_OPTION_INVALID', `"${missing}" is missing`);
}

/** Returns the URL of the option `endpoint`, if it is set. Throws TypeError. */
export function readEndpoint(endpoint: string | undefined): URL | undefined {
  if (endpoint === undefined) return undefined;
  const url = readUrl(endpoint, false);
  if (typeof url === 'string') throw usageError('ERR_OPTION_INVALID', `"endpoint" ${url}`);
  return url;
}
