/** createLocalJwks: a JWK Set that is at hand as a source of keys. */

import type { KeyObject } from 'node:crypto';
import type { Jwk, KeySource } from '../../core/keys/key-input.ts';
import { usageError } from '../../errors.ts';
import { readJwks, type SkippedKey } from './jwk-set.ts';
import { select } from './select-key.ts';

/**
 * A JWK Set, RFC 7517 §5.
 *
 * @example
 * ```ts
 * const set: Jwks = { keys: [exportJwk(publicKey)] };
 * const verify = createVerifier(createLocalJwks(set));
 * ```
 */
export interface Jwks {
  keys: readonly Jwk[];
}

/**
 * The public keys of a JWK Set as a {@link KeySource}.
 *
 * @example
 * ```ts
 * const source: LocalJwks = createLocalJwks(jwks);
 * for (const { kid, reason } of source.skipped) console.warn(kid, reason);
 * ```
 */
export interface LocalJwks extends KeySource<readonly KeyObject[]> {
  /** Members of the set that are not used, with the reason. */
  readonly skipped: readonly SkippedKey[];
}

/**
 * Finds the key of a token in a JWK Set (RFC 7517 §5) by `kid`, `alg`, `use`, `key_ops`, `kty` and `crv`.
 * However many keys the set has, a token is verified at the same cost.
 *
 * A token without `kid` is tried with the keys that fit its `alg`, in order, sixteen at most; so are keys
 * that share a `kid`. Members that are malformed, of an unknown type, private or secret are skipped and
 * listed in `skipped`. The set is read once: later changes of the object change nothing.
 *
 * Throws TypeError where the document is no JWK Set, or no key of it can verify anything.
 *
 * @example
 * ```ts
 * const verify = createVerifier(createLocalJwks(jwks), { issuer: 'https://id.example' });
 * const claims = verify(token);
 * ```
 */
export function createLocalJwks(
  // Beside our own type the one of node:crypto, WebCrypto and jose, in which "kty" may be absent.
  set: Jwks | { readonly keys: ReadonlyArray<{ readonly kty?: string | undefined }> },
): LocalJwks {
  const keys = readJwks(set);
  if (keys.keys.length === 0) {
    const reasons = keys.skipped.slice(0, 3).map(({ index, reason }) => ` ${index}: ${reason};`);
    const message = `the JWK Set has no key that can verify a token.${reasons.join('')}`;
    throw usageError('ERR_KEY_INVALID', message.replace(/;$/, ''));
  }
  const source = ({ header }: Parameters<KeySource>[0]) => {
    return select(header, keys).map(({ key }) => key);
  };
  return Object.assign(source, { skipped: keys.skipped });
}
