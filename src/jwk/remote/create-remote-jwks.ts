/** Creates a key source from the URL of a JWK Set. */

import type { KeyObject } from 'node:crypto';
import { parseDuration, type Timespan } from '../../core/encoding/duration.ts';
import type { KeySource } from '../../core/keys/key-input.ts';
import * as option from '../../core/option-rules.ts';
import type { UnverifiedToken } from '../../core/token/token.ts';
import { withLister } from '../../core/verify/listed-keys.ts';
import { usageError } from '../../errors.ts';
import type { Fetch } from './fetch-document.ts';
import { readUrl } from './jwks-url.ts';
import { type RemotePolicy, RemoteSet } from './remote-set.ts';

/**
 * Options of {@link createRemoteJwks}. Times are seconds or a timespan with its unit. An option that is
 * `undefined`, misspelt or of another type is a TypeError.
 *
 * @example
 * ```ts
 * const options: RemoteJwksOptions = { timeout: '2s', maxStale: '12h' };
 * const jwks = createRemoteJwks('https://id.example/jwks.json', options);
 * ```
 */
export interface RemoteJwksOptions {
  /** Longest time for one request, to the last byte of the response. Default `'5s'`. */
  timeout?: Timespan;
  /** Limits for the freshness lifetime that the server sends. Default `'1m'` and `'1h'`. */
  freshFor?: { min?: Timespan; max?: Timespan };
  /** How long a set that is no longer fresh is used while the endpoint fails. Default `'24h'`. */
  maxStale?: Timespan;
  /** Longest response, in bytes after decompression. Default 524,288. */
  maxBytes?: number;
  /** Most keys in a set. Default 100. */
  maxKeys?: number;
  /** Sent with each request, such as an API key. */
  headers?: Readonly<Record<string, string>>;
  /** Replaces the global `fetch`: for a proxy, an agent, or a test. */
  fetch?: Fetch;
  /** Allows `http:` for hosts other than this machine. */
  allowInsecureHttp?: boolean;
  /** Returns the time in milliseconds. Default: `Date.now`, looked up at each call. */
  clock?: () => number;
}

/**
 * {@link KeySource} with the public keys at a URL.
 *
 * @example
 * ```ts
 * const jwks: RemoteJwks = createRemoteJwks('https://id.example/jwks.json');
 * await jwks.reload(); // before the first token, to find a wrong URL at start
 * jwks.close();
 * ```
 */
export interface RemoteJwks extends KeySource<Promise<readonly KeyObject[]>> {
  /** Fetches the keys now. Throws KeySourceError if that fails; the previous keys stay in use. */
  reload(): Promise<void>;
  /** Aborts a pending fetch and deletes the keys. Every later call throws KeySourceError. */
  close(): void;
}

const timeoutRule: option.OptionRule = {
  expected: `${option.duration.expected}, above 0`,
  test: (value) => (parseDuration(value)?.seconds ?? 0) > 0,
};

const DEFAULT_FRESH_SECONDS = { min: 60, max: 3600 };

const freshForRule: option.OptionRule = {
  expected: `an object of min and max, each ${option.positiveDuration.expected}, min not above max`,
  test(value) {
    if (!option.isPlainObject(value)) return false;
    const isBound = ([name, bound]: [string, unknown]) =>
      Object.hasOwn(DEFAULT_FRESH_SECONDS, name) && option.positiveDuration.test(bound);
    if (!Object.entries(value).every(isBound)) return false;
    const { min, max } = readBounds(value);
    return min <= max;
  },
};

const headersRule: option.OptionRule = {
  expected: 'an object of header names and values that are strings',
  test(value) {
    if (!option.isPlainObject(value)) return false;
    const entries = Object.entries(value);
    return entries.every(
      ([name, field]) => typeof field === 'string' && isValidHeader(name, field),
    );
  },
};

const remoteRules: option.OptionRules = {
  timeout: timeoutRule,
  freshFor: freshForRule,
  maxStale: option.positiveDuration,
  maxBytes: option.positiveInteger,
  maxKeys: option.positiveInteger,
  headers: headersRule,
  fetch: option.callable,
  allowInsecureHttp: option.boolean,
  clock: option.callable,
};

/**
 * Creates a key source that finds the key of a token in the JWK Set at a URL (RFC 7517 §5), by the rules
 * of {@link createLocalJwks}. Fetches nothing before the first token.
 *
 * While the endpoint works, a key removed from the set verifies nothing after `freshFor.max`, and a new
 * key is fetched with its first token. While it fails, the previous keys are used until `maxStale` has
 * passed. After that, and without previous keys, it throws KeySourceError with the reason as `cause`. One
 * fetch runs at a time, with growing delays while the endpoint fails. Unknown keys cause at most four
 * fetches a minute, after the first five.
 *
 * Throws TypeError for a URL that is not `https:` (except on this machine) or has credentials, and for
 * options that are unknown or of the wrong type.
 *
 * @example
 * ```ts
 * const jwks = createRemoteJwks('https://id.example/jwks.json');
 * const verify = createVerifier(jwks, { issuer: 'https://id.example', audience: 'api' });
 * ```
 */
export function createRemoteJwks(url: string | URL, options: RemoteJwksOptions = {}): RemoteJwks {
  const set = new RemoteSet(compileRemote('the URL of a JWK Set', url, options));
  // Async, so that a verifier returns a promise also for tokens it rejects before it calls the source.
  const source = async ({ header }: UnverifiedToken) => set.find(header);
  const jwks = Object.assign(source, { reload: () => set.reload(), close: () => set.close() });
  return withLister(jwks, () => set.keys);
}

/** Checks a URL, which error messages call `name`, and options. */
export function compileRemote(
  name: string,
  input: unknown,
  options: RemoteJwksOptions,
): RemotePolicy {
  // Checked here: below, the values have the types of the rules.
  const own = option.checkOptions(options, remoteRules) as RemoteJwksOptions;
  const url = readUrl(input, own.allowInsecureHttp ?? false);
  if (typeof url === 'string') throw usageError('ERR_OPTION_INVALID', `${name} ${url}`);
  return {
    request: {
      url,
      headers: {
        accept: 'application/jwk-set+json, application/json',
        ...lowerCaseNames(own.headers),
      },
      timeout: parseDuration(own.timeout)?.seconds ?? 5,
      maxBytes: own.maxBytes ?? 524_288,
      fetch: own.fetch,
    },
    freshFor: readBounds(own.freshFor ?? {}),
    maxStale: parseDuration(own.maxStale)?.seconds ?? 86_400,
    maxKeys: own.maxKeys ?? 100,
    clock: own.clock,
  };
}

/** The default of one limit gives way to the other limit. */
function readBounds(freshFor: object): { min: number; max: number } {
  const own = option.copyOwnProperties(freshFor);
  const max = parseDuration(own['max'])?.seconds;
  const min =
    parseDuration(own['min'])?.seconds ?? Math.min(DEFAULT_FRESH_SECONDS.min, max ?? Infinity);
  return { min, max: max ?? Math.max(DEFAULT_FRESH_SECONDS.max, min) };
}

function lowerCaseNames(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function isValidHeader(name: string, value: string): boolean {
  try {
    return new Headers([[name, value]]).has(name);
  } catch {
    return false;
  }
}
