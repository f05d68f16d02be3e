/** createRemoteJwks: a JWK Set at an address as a source of keys. */

import type { KeyObject } from 'node:crypto';
import { parseDuration, type Timespan } from '../../core/encoding/duration.ts';
import type { KeySource } from '../../core/keys/key-input.ts';
import * as option from '../../core/option-rules.ts';
import type { UnverifiedToken } from '../../core/token/token.ts';
import { usageError } from '../../errors.ts';
import type { Fetch } from './fetch-document.ts';
import { readAddress } from './jwks-url.ts';
import { type RemotePolicy, RemoteSet } from './remote-set.ts';

/**
 * Options of {@link createRemoteJwks}; times in seconds, or as a timespan with its unit. One that is
 * present and undefined, misspelt or of another type is a TypeError.
 *
 * @example
 * ```ts
 * const options: RemoteJwksOptions = { timeout: '2s', maxStale: '12h' };
 * const keys = createRemoteJwks('https://id.example/jwks.json', options);
 * ```
 */
export interface RemoteJwksOptions {
  /** Longest time for a whole exchange, to the last byte. Default `'5s'`. */
  timeout?: Timespan;
  /** Bounds for the time that the server says a set is fresh. Default `'1m'` and `'1h'`. */
  freshFor?: { min?: Timespan; max?: Timespan };
  /** How long a set that is no longer fresh counts while the endpoint fails. Default `'24h'`. */
  maxStale?: Timespan;
  /** Longest answer, in bytes after decompression. Default 524,288. */
  maxBytes?: number;
  /** Most keys of a set. Default 100. */
  maxKeys?: number;
  /** Sent with each request, such as an API key. */
  headers?: Readonly<Record<string, string>>;
  /** Fetches instead of the global `fetch`: for a proxy, an agent, or a test. */
  fetch?: Fetch;
  /** Allow `http:` to other hosts than this machine. */
  allowInsecureHttp?: boolean;
  /** The time in milliseconds. Default: `Date.now`, looked up at each call. */
  clock?: () => number;
}

/**
 * The public keys at an address as a {@link KeySource}.
 *
 * @example
 * ```ts
 * const keys: RemoteJwks = createRemoteJwks('https://id.example/jwks.json');
 * await keys.reload(); // before the first token, to find a mistake at start
 * keys.close();
 * ```
 */
export interface RemoteJwks extends KeySource<Promise<readonly KeyObject[]>> {
  /** Fetches the keys now. Throws KeySourceError where that fails; the keys that are there stay. */
  reload(): Promise<void>;
  /** Ends a fetch that is under way and lets go of the keys: from here on it throws KeySourceError. */
  close(): void;
}

const positiveSpan: option.OptionRule = {
  expected: `${option.duration.expected}, above 0`,
  test: (value) => (parseDuration(value)?.seconds ?? 0) > 0,
};

const DEFAULT_BOUNDS = { min: 60, max: 3600 };

const bounds: option.OptionRule = {
  expected: `an object of min and max, each ${option.positiveDuration.expected}, min not above max`,
  test(value) {
    if (!option.isPlainObject(value)) return false;
    const isBound = ([name, bound]: [string, unknown]) =>
      Object.hasOwn(DEFAULT_BOUNDS, name) && option.positiveDuration.test(bound);
    if (!Object.entries(value).every(isBound)) return false;
    const { min, max } = readBounds(value);
    return min <= max;
  },
};

const headers: option.OptionRule = {
  expected: 'an object of header names and values that are strings',
  test(value) {
    if (!option.isPlainObject(value)) return false;
    const entries = Object.entries(value);
    return entries.every(([name, text]) => typeof text === 'string' && isHeader(name, text));
  },
};

const rules: option.OptionRules = {
  timeout: positiveSpan,
  freshFor: bounds,
  maxStale: option.positiveDuration,
  maxBytes: option.positiveInteger,
  maxKeys: option.positiveInteger,
  headers,
  fetch: option.callable,
  allowInsecureHttp: option.boolean,
  clock: option.callable,
};

/**
 * Finds the key of a token in the JWK Set at an address (RFC 7517 §5), as {@link createLocalJwks} does in one
 * at hand. Nothing is fetched before the first token.
 *
 * While the endpoint answers, a key that left the set verifies nothing after `freshFor.max`, and a new key is
 * fetched when its first token comes. While it fails, the keys that are there count until `maxStale` is over;
 * then, and where there are none, it throws KeySourceError with the reason as `cause`. The endpoint is
 * asked once at a time, less and less often while it fails, and at most four times a minute, after the
 * first five, for keys that it does not have.
 *
 * Throws TypeError for an address that is not `https:` (except on this machine) or holds credentials, and for
 * options that are unknown or of the wrong type.
 *
 * @example
 * ```ts
 * const jwks = createRemoteJwks('https://id.example/jwks.json');
 * const verify = createVerifier(jwks, { issuer: 'https://id.example', audience: 'api' });
 * const claims = await verify(token);
 * ```
 */
export function createRemoteJwks(url: string | URL, options: RemoteJwksOptions = {}): RemoteJwks {
  const set = new RemoteSet(compileRemote('the address of a JWK Set', url, options));
  // An async function, so that a verifier answers with a promise also where it refuses at once.
  const source = async ({ header }: UnverifiedToken) => set.find(header);
  return Object.assign(source, { reload: () => set.reload(), close: () => set.close() });
}

/** Checks an address, under the name that a message gives it, and options. */
export function compileRemote(
  name: string,
  address: unknown,
  options: RemoteJwksOptions,
): RemotePolicy {
  // Checked here: below the values have the types that the rules name.
  const own = option.checkOptions(options, rules) as RemoteJwksOptions;
  const url = readAddress(address, own.allowInsecureHttp ?? false);
  if (typeof url === 'string') throw usageError('ERR_OPTION_INVALID', `${name} ${url}`);
  return {
    request: {
      url,
      headers: { accept: 'application/jwk-set+json, application/json', ...lowerCase(own.headers) },
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

/** A bound that is not given gives way to the one that is. */
function readBounds(given: object): { min: number; max: number } {
  const own = option.copyOwnProperties(given);
  const max = parseDuration(own['max'])?.seconds;
  const min = parseDuration(own['min'])?.seconds ?? Math.min(DEFAULT_BOUNDS.min, max ?? Infinity);
  return { min, max: max ?? Math.max(DEFAULT_BOUNDS.max, min) };
}

function lowerCase(given: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).map(([name, text]) => [name.toLowerCase(), text]),
  );
}

function isHeader(name: string, text: string): boolean {
  try {
    return new Headers([[name, text]]).has(name);
  } catch {
    return false;
  }
}
