/** Computes JWK thumbprints: RFC 7638, RFC 9278. */

import { createHash } from 'node:crypto';
import { isBase64url } from '../core/encoding/base64url.ts';
import type { Jwk, KeyInput } from '../core/keys/key-input.ts';
import { isPlainObject, typeNameOf } from '../core/option-rules.ts';
import { usageError } from '../errors.ts';
import { requireKeyForRole, toJwk } from './convert.ts';
import { requiredMembers } from './jwk-members.ts';

/**
 * Hash function of a thumbprint.
 *
 * @example
 * ```ts
 * const hash: ThumbprintHash = 'sha512';
 * const name = thumbprint(await generateKey('ES256'), hash);
 * ```
 */
export type ThumbprintHash = 'sha256' | 'sha384' | 'sha512';

/** Names in URIs: RFC 9278, from the registry of RFC 6920. */
const URI_HASH_NAMES: Record<ThumbprintHash, string> = {
  sha256: 'sha-256',
  sha384: 'sha-384',
  sha512: 'sha-512',
};

/** Members that are names. All others are base64url. */
const PLAIN_MEMBERS: readonly string[] = ['alg', 'crv', 'kty'];

/**
 * Returns the JWK thumbprint of a key (RFC 7638) in base64url. All forms of a key and both halves of a
 * pair have the same. Do not publish that of a secret: it confirms a guess (RFC 7638 §7).
 *
 * Throws TypeError if the key is unreadable, or of a type that has no thumbprint.
 *
 * @example
 * ```ts
 * const { JWT_PUBLIC_KEY = '' } = process.env;
 * const kid = thumbprint(JWT_PUBLIC_KEY);
 * ```
 */
export function thumbprint(key: KeyInput, hash: ThumbprintHash = 'sha256'): string {
  if (!Object.hasOwn(URI_HASH_NAMES, hash)) {
    const names = Object.keys(URI_HASH_NAMES).join(', ');
    throw usageError('ERR_OPTION_INVALID', `hash must be one of ${names}, got ${typeNameOf(hash)}`);
  }
  const isJwk = isPlainObject(key) && Object.hasOwn(key, 'kty');
  const jwk = isJwk ? (key as Jwk) : toJwk(requireKeyForRole(key, 'verify').object);
  return createHash(hash).update(canonicalJson(jwk)).digest('base64url');
}

/**
 * Returns the JWK thumbprint of a key as a URI, RFC 9278.
 *
 * Throws as {@link thumbprint}.
 *
 * @example
 * ```ts
 * const { JWT_PUBLIC_KEY = '' } = process.env;
 * const uri = thumbprintUri(JWT_PUBLIC_KEY); // urn:ietf:params:oauth:jwk-thumbprint:sha-256:…
 * ```
 */
export function thumbprintUri(key: KeyInput, hash: ThumbprintHash = 'sha256'): string {
  const value = thumbprint(key, hash);
  return `urn:ietf:params:oauth:jwk-thumbprint:${URI_HASH_NAMES[hash]}:${value}`;
}

/** RFC 7638 §3.1: the required members in lexicographic order, without white space. */
function canonicalJson(jwk: Jwk): string {
  const { kty } = jwk;
  const names = requiredMembers.get(kty);
  if (!names) throw usageError('ERR_KEY_TYPE', 'a JWK of this "kty" has no thumbprint');
  // Each string alone: a `toJSON` on a polluted prototype is not called.
  const members = names.map((name) => `"${name}":${JSON.stringify(requiredMember(jwk, name))}`);
  return `{${members.join(',')}}`;
}

/** Accepts one spelling only: with two, one key would have two thumbprints. */
function requiredMember(jwk: Jwk, name: string): string {
  const value = Object.hasOwn(jwk, name) ? jwk[name] : undefined;
  if (typeof value !== 'string' || value === '') {
    const message = `"${name}" of the JWK must be a non-empty string, got ${typeNameOf(value)}`;
    throw usageError('ERR_KEY_INVALID', message);
  }
  if (!PLAIN_MEMBERS.includes(name) && !isBase64url(value)) {
    throw usageError('ERR_KEY_INVALID', `"${name}" of the JWK is not base64url`);
  }
  return value;
}
