/** Creates a key source from a JWK Set. */

import type { KeyObject } from 'node:crypto';
import type { Jwk, KeySource } from '../../core/keys/key-input.ts';
import { withLister } from '../../core/verify/listed-keys.ts';
import { noKeys } from '../../core/verify/no-keys.ts';
import { usageError } from '../../errors.ts';
import { readJwks, type SkippedKey, skippedReasons } from './jwk-set.ts';
import { selectKeys, whyNoKey } from './select-key.ts';

/**
 * A JWK Set, RFC 7517 §5.
 *
 * @example
 * ```ts
 * const { JWT_PUBLIC_KEY = '' } = process.env;
 * const set: Jwks = { keys: [exportJwk(JWT_PUBLIC_KEY)] };
 * const verify = createVerifier(createLocalJwks(set));
 * ```
 */
export interface Jwks {
  keys: readonly Jwk[];
}

/**
 * {@link KeySource} with the public keys of a JWK Set.
 *
 * @example
 * ```ts
 * const { JWT_PUBLIC_KEY = '' } = process.env;
 * const source: LocalJwks = createLocalJwks({ keys: [exportJwk(JWT_PUBLIC_KEY)] });
 * for (const { kid, reason } of source.skipped) console.warn(kid, reason);
 * ```
 */
export interface LocalJwks extends KeySource<readonly KeyObject[]> {
  /** Keys of the set that are not used, with the reason. */
  readonly skipped: readonly SkippedKey[];
}

/**
 * Creates a key source that finds the key of a token in a JWK Set (RFC 7517 §5) by `kid`, `alg`, `use`,
 * `key_ops`, `kty` and `crv`. The number of keys does not change the cost of a token.
 *
 * A token without `kid` is verified with the keys that fit its `alg`, in order, at most sixteen; the same
 * for keys that share a `kid`. Keys that are malformed, of an unknown type, private or secret are skipped
 * and listed in `skipped`. The set is copied: later changes of the object have no effect.
 *
 * Throws TypeError if the document is not a JWK Set, or has no key that can verify a token.
 *
 * @example
 * ```ts
 * const { JWT_PUBLIC_KEY = '' } = process.env;
 * const jwks = createLocalJwks({ keys: [exportJwk(JWT_PUBLIC_KEY)] });
 * const verify = createVerifier(jwks, { issuer: 'https://id.example' });
 * ```
 */
export function createLocalJwks(
  // Also the type of node:crypto, WebCrypto and jose, in which "kty" may be absent.
  set: Jwks | { readonly keys: ReadonlyArray<{ readonly kty?: string | undefined }> },
): LocalJwks {
  const keys = readJwks(set);
  if (keys.keys.length === 0) {
    const reasons = skippedReasons(keys.skipped);
    throw usageError(
      'ERR_KEY_INVALID',
      `the JWK Set has no key that can verify a token.${reasons}`,
    );
  }
  const source = ({ header }: Parameters<KeySource>[0]) => {
    const selected = selectKeys(header, keys);
    return selected.length > 0 ? selected.map(({ key }) => key) : noKeys(whyNoKey(header, keys));
  };
  return withLister(Object.assign(source, { skipped: keys.skipped }), () => keys.keys);
}
