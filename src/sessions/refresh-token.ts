/** The refresh token: its claims, its digest for the store, and its encrypted successor. */

import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import {
  copyOwnProperties,
  isPlainObject,
  type OptionRules,
  positiveInteger,
  string,
} from '../core/option-rules.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { tokenError } from '../errors.ts';

/** The claims of a refresh token except its own times. */
export interface RefreshClaims {
  /** The user. */
  readonly sub: string;
  /** The session. */
  readonly sid: string;
  /** Sequence number of the token in its session; the first is 1. */
  readonly gen: number;
  readonly jti: string;
  /** Absolute end of the session in seconds since 1970: the same in every token of the session. */
  readonly end: number;
  /** False in a session that ends with the browser. */
  readonly persist: false | undefined;
  /** Claims of the login, repeated in every access token of the session. */
  readonly login: Record<string, unknown> | undefined;
}

/** The claims with the times of one token, in seconds since 1970. */
export interface TimedClaims extends RefreshClaims {
  readonly iat: number;
  readonly exp: number;
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
export function readRefreshClaims(payload: JwtPayload): TimedClaims {
  const claims = copyOwnProperties(payload);
  for (const [name, { expected, test }] of Object.entries(claimRules)) {
    if (!test(claims[name])) {
      const message = `"${name}" of a refresh token must be ${expected}`;
      throw tokenError('ERR_CLAIM_INVALID', message, name);
    }
  }
  const { sub, sid, gen, jti, end, persist, login, iat, exp } = claims as unknown as TimedClaims;
  return { sub, sid, gen, jti, end, persist, login, iat, exp };
}

const claimRules: OptionRules = {
  sub: string,
  sid: string,
  jti: string,
  gen: positiveInteger,
  end: positiveInteger,
  persist: {
    expected: 'false, or absent',
    test: (value) => value === undefined || value === false,
  },
  login: {
    expected: 'an object, or absent',
    test: (value) => value === undefined || isPlainObject(value),
  },
};

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

/** HKDF-Expand of RFC 5869 §2.3, one block: the `jti` is random, so that it needs no extraction (§3.3). */
function deriveSealKey(presented: string, sid: string): Buffer {
  const info = `jotkit refresh successor ${sid}`;
  return createHmac('sha256', presented).update(`${info}\x01`).digest();
}
