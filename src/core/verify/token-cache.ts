/** Tokens whose signature was verified before, by the whole token. */

import { parseDuration, type Timespan } from '../encoding/duration.ts';
import type { BoundKey } from '../keys/algorithms.ts';
import { LruMap } from '../lru-map.ts';
import { copyOwnProperties } from '../option-rules.ts';
import type { ParsedToken } from '../token/token.ts';
import { publishCacheHit } from './token-events.ts';

/**
 * Bounds of the cache of a verifier.
 *
 * @example
 * ```ts
 * const { JWT_PUBLIC_KEY = '' } = process.env;
 * const cache: CacheOptions = { max: 10_000, ttl: '5m' };
 * const verify = createVerifier(JWT_PUBLIC_KEY, { cache });
 * ```
 */
export interface CacheOptions {
  /** Most tokens. Default 1,000. */
  max?: number;
  /** Most characters of all tokens together. Default 4,194,304. */
  maxBytes?: number;
  /** Longest time a signature stays verified, in seconds or a timespan with unit. Default: no limit. */
  ttl?: Timespan;
}

/** A token and the key that signed it. */
export interface VerifiedToken {
  readonly token: ParsedToken;
  /** Deeply frozen. */
  readonly payload: unknown;
  /** The entry is used only while this is still the key for the token. */
  readonly key: BoundKey;
  /** Seconds since 1970. */
  readonly until: number;
}

/** Whether the signature was verified with this key, within the `ttl`. */
export function isVerified(cached: VerifiedToken | undefined, key: BoundKey, now: number): boolean {
  return cached !== undefined && cached.key === key && now < cached.until;
}

/**
 * Saves the parsing and the signature of a token that is used again. Everything else is checked at every
 * call, so no result outlives `exp`, the clock, the options or the key.
 */
export class TokenCache {
  readonly #tokens: LruMap<string, VerifiedToken>;
  readonly #ttl: number;

  /** Bounds: tokens, characters of all tokens, and seconds a signature stays verified. */
  constructor(max: number, maxBytes: number, ttl: number) {
    this.#tokens = new LruMap(max, maxBytes);
    this.#ttl = ttl;
  }

  get(text: unknown): VerifiedToken | undefined {
    return typeof text === 'string' ? this.#tokens.get(text, text.length) : undefined;
  }

  /** Stores a token that passed every check, unless it is stored. */
  add(
    text: unknown,
    { token, payload, key }: Omit<VerifiedToken, 'until'>,
    cached: VerifiedToken | undefined,
    now: number,
  ): void {
    if (isVerified(cached, key, now)) {
      publishCacheHit(token);
      return;
    }
    // As it was received: with allowPadding the parsed signature has lost its padding.
    if (typeof text !== 'string') return;
    this.#tokens.set(text, { token, payload, key, until: now + this.#ttl }, text.length);
  }

  forget(text: string): void {
    this.#tokens.delete(text);
  }

  clear(): void {
    this.#tokens.clear();
  }
}

export function createTokenCache(options: true | CacheOptions): TokenCache {
  const {
    max = 1000,
    maxBytes = 4_194_304,
    ttl,
  }: CacheOptions = copyOwnProperties(Object(options));
  return new TokenCache(max, maxBytes, parseDuration(ttl)?.seconds ?? Number.POSITIVE_INFINITY);
}
