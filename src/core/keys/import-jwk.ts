/** Imports a JWK, RFC 7517 §4. */

import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type JsonWebKeyInput,
} from 'node:crypto';
import { decodeBase64url, isBase64url } from '../encoding/base64url.ts';
import type { Key, KeyArgument } from './key.ts';
import { looksLikeKey } from './key-formats.ts';
import type { Jwk } from './key-input.ts';

/** Imports a JWK without a prototype. Undefined if it is not valid key material. */
export function importJwk(jwk: Jwk, argument: KeyArgument): Key | undefined {
  const { use, key_ops, alg } = jwk;
  if (use !== undefined && use !== 'sig') throw purposeMismatch('use', argument);
  if (key_ops !== undefined && !(Array.isArray(key_ops) && key_ops.includes(argument.role))) {
    throw purposeMismatch('key_ops', argument);
  }
  const key = jwk.kty === 'oct' ? importOct(jwk) : importAsymmetricJwk(jwk, argument);
  return key && alg !== undefined ? { ...key, only: [String(alg)] } : key;
}

function importOct({ k }: Jwk): Key | undefined {
  return typeof k === 'string' && isBase64url(k) ? importSecret(decodeBase64url(k)) : undefined;
}

/** Imports the bytes of a secret. Undefined if they look like another key. */
export function importSecret(bytes: Buffer): Key | undefined {
  if (looksLikeKey(bytes)) return undefined;
  return { kind: 'secret', object: createSecretKey(bytes), only: undefined };
}

function importAsymmetricJwk(jwk: Jwk, { role }: KeyArgument): Key | undefined {
  const { d, p, q, dp, dq, qi, oth, priv, ...open } = jwk;
  try {
    if (role === 'sign' && (d ?? priv) !== undefined) {
      return { kind: 'private', object: createPrivateKey(asJwk(jwk)), only: undefined };
    }
    return { kind: 'public', object: createPublicKey(asJwk(open)), only: undefined };
  } catch {
    // Node's message may quote a member of the key.
    return undefined;
  }
}

function asJwk(key: object): JsonWebKeyInput {
  const own = Object.assign(Object.create(null), key);
  return Object.assign(Object.create(null), { key: own, format: 'jwk' });
}

/** The error for a key whose own metadata excludes what it is used for. */
export function purposeMismatch(member: string, { name, role, mismatch }: KeyArgument): Error {
  return mismatch(
    'ERR_KEY_TYPE',
    `${name} may not be used to ${role}: its "${member}" does not allow it`,
  );
}
