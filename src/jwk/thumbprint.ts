/** The name that a key has by its own bytes: RFC 7638. */

import { createHash } from 'node:crypto';
import { isBase64url } from '../core/encoding/base64url.ts';
import type { Jwk, KeyInput } from '../core/keys/key-input.ts';
import { isPlainObject, typeNameOf } from '../core/option-rules.ts';
import { usageError } from '../errors.ts';
import { jwkOf, readKey } from './convert.ts';
import { requiredMembers } from './jwk-members.ts';

/**
 * A hash that thumbprints are made with.
 *
 * @example
 * ```ts
 * const hash: ThumbprintHash = 'sha512';
 * const name = thumbprint(publicKey, hash);
 * ```
 */
export type ThumbprintHash = 'sha256' | 'sha384' | 'sha512';

/** Their names in URIs: RFC 9278, after the registry of RFC 6920. */
const HASHES: Record<ThumbprintHash, string> = {
  sha256: 'sha-256',
  sha384: 'sha-384',
  sha512: 'sha-512',
};

/** Members that are names; all others are base64url. */
const NAMES: readonly string[] = ['alg', 'crv', 'kty'];

/**
 * The JWK thumbprint of a key (RFC 7638), as base64url text. Any form of a key has one; both halves of a
 * pair have the same. That of a secret gives it away to whoever can guess it (RFC 7638 §7).
 *
 * Throws TypeError where the key is unreadable, or of a type that has no thumbprint.
 *
 * @example
 * ```ts
 * const kid = thumbprint(publicKey);
 * ```
 */
export function thumbprint(key: KeyInput, hash: ThumbprintHash = 'sha256'): string {
  if (!Object.hasOwn(HASHES, hash)) {
    const names = Object.keys(HASHES).join(', ');
    throw usageError('ERR_OPTION_INVALID', `hash must be one of ${names}, got ${typeNameOf(hash)}`);
  }
  const isJwk = isPlainObject(key) && Object.hasOwn(key, 'kty');
  const jwk = isJwk ? (key as Jwk) : jwkOf(readKey(key, 'verify').object);
  return createHash(hash).update(canonicalText(jwk)).digest('base64url');
}

/**
 * The JWK thumbprint of a key as a URI, RFC 9278.
 *
 * Throws as {@link thumbprint}.
 *
 * @example
 * ```ts
 * console.log(thumbprintUri(publicKey)); // urn:ietf:params:oauth:jwk-thumbprint:sha-256:…
 * ```
 */
export function thumbprintUri(key: KeyInput, hash: ThumbprintHash = 'sha256'): string {
  const value = thumbprint(key, hash);
  return `urn:ietf:params:oauth:jwk-thumbprint:${HASHES[hash]}:${value}`;
}

/** RFC 7638 §3.1: the required members in lexicographic order, without white space. */
function canonicalText(jwk: Jwk): string {
  const { kty } = jwk;
  const names = requiredMembers.get(kty);
  if (!names) throw usageError('ERR_KEY_TYPE', 'a JWK of this "kty" has no thumbprint');
  // Text by text: no toJSON of a polluted prototype has a say.
  const members = names.map((name) => `"${name}":${JSON.stringify(requiredMember(jwk, name))}`);
  return `{${members.join(',')}}`;
}

/** One spelling only: two thumbprints of one key would be two names. */
function requiredMember(jwk: Jwk, name: string): string {
  const value = Object.hasOwn(jwk, name) ? jwk[name] : undefined;
  if (typeof value !== 'string' || value === '') {
    const message = `"${name}" of the JWK must be a non-empty string, got ${typeNameOf(value)}`;
    throw usageError('ERR_KEY_INVALID', message);
  }
  if (!NAMES.includes(name) && !isBase64url(value)) {
    throw usageError('ERR_KEY_INVALID', `"${name}" of the JWK is not base64url`);
  }
  return value;
}
