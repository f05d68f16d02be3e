/** The refresh token: its claims, its digest for the store, and its encrypted successor. */

import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { copyOwnProperties, isPlainObject } from '../core/option-rules.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { tokenError } from '../errors.ts';

/** The claims of a refresh token. */
export interface RefreshClaims {
  /** The user. */
  sub: string;
  /** The session. */
  sid: string;
  /** Sequence number of the token in its session; the first is 1. */
  gen: number;
  jti: string;
  iat: number;
  exp: number;
  /** Claims of the login, repeated in every access token of the session. */
  login?: Record<string, unknown>;
}

/** Returns 128 random bits as base64url. */
export function randomId(): string {
  return randomBytes(16).toString('base64url');
}

/** Returns the digest of a `jti`: the store never holds the `jti`. */
export function digestOf(jti: string): string {
  return createHash('sha256').update(jti).digest('base64url');
}

/** Returns the claims if they are those of a refresh token: its key may sign other tokens too. */
export function readRefreshClaims(payload: JwtPayload): RefreshClaims {
  const { sub, sid, gen, jti, iat, exp, login } = copyOwnProperties(payload) as JwtPayload;
  const ids: Record<string, unknown> = { sub, sid, jti };
  for (const claim of Object.keys(ids)) {
    if (typeof ids[claim] !== 'string' || ids[claim] === '') {
      throw refreshClaimError(claim, 'a non-empty string');
    }
  }
  if (!Number.isSafeInteger(gen) || gen < 1) throw refreshClaimError('gen', 'a positive integer');
  if (login !== undefined && !isPlainObject(login)) throw refreshClaimError('login', 'an object');
  return { sub, sid, gen, jti, iat, exp, ...(login && { login }) } as RefreshClaims;
}

function refreshClaimError(claim: string, expected: string): Error {
  const message = `"${claim}" of a refresh token must be ${expected}`;
  return tokenError('ERR_CLAIM_INVALID', message, claim);
}

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts the successor under the `jti` of the presented token. The store holds only a digest of that
 * `jti`, which decrypts nothing.
 */
export function sealSuccessor(successor: string, presented: string, sid: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, deriveSealKey(presented, sid), nonce);
  const text = Buffer.concat([cipher.update(successor), cipher.final()]);
  return Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url');
}

/** Decrypts the successor. Throws if it was sealed for another token or session. */
export function openSuccessor(sealed: string, presented: string, sid: string): string {
  const bytes = Buffer.from(sealed, 'base64url');
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const options = { authTagLength: TAG_BYTES };
  const decipher = createDecipheriv(CIPHER, deriveSealKey(presented, sid), nonce, options);
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
  return Buffer.concat([text, decipher.final()]).toString();
}

function deriveSealKey(presented: string, sid: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', presented, sid, 'jotkit refresh successor', 32));
}
