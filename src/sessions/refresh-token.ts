/** The refresh token: what it says, its digest in the store, and its successor under seal. */

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
  /** The how-manieth refresh token of the session it is. */
  gen: number;
  jti: string;
  iat: number;
  exp: number;
  /** What is true of the login for as long as the session lasts. */
  login?: Record<string, unknown>;
}

/** 128 random bits as text. */
export function randomId(): string {
  return randomBytes(16).toString('base64url');
}

/** What the store knows of a `jti`. */
export function digest(jti: string): string {
  return createHash('sha256').update(jti).digest('base64url');
}

/** The claims, if they are those of a refresh token: whoever signs with its key may sign others. */
export function refreshClaims(payload: JwtPayload): RefreshClaims {
  const { sub, sid, gen, jti, iat, exp, login } = copyOwnProperties(payload) as JwtPayload;
  const texts: Record<string, unknown> = { sub, sid, jti };
  for (const claim of Object.keys(texts)) {
    if (typeof texts[claim] !== 'string' || texts[claim] === '') throw notRefresh(claim);
  }
  if (!Number.isSafeInteger(gen) || gen < 1) throw notRefresh('gen');
  if (login !== undefined && !isPlainObject(login)) throw notRefresh('login');
  return { sub, sid, gen, jti, iat, exp, ...(login && { login }) } as RefreshClaims;
}

function notRefresh(claim: string): Error {
  return tokenError('ERR_CLAIM_INVALID', `a refresh token must have its "${claim}"`, claim);
}

const CIPHER = 'aes-256-gcm';
const NONCE = 12;
const TAG = 16;

/**
 * Encrypts the successor so that only who presents the previous token can read it: the store holds a
 * digest of that, and nothing that opens this.
 */
export function seal(successor: string, presented: string, sid: string): string {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv(CIPHER, sealKey(presented, sid), nonce);
  const text = Buffer.concat([cipher.update(successor), cipher.final()]);
  return Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url');
}

/** The successor; throws where the text was not sealed for this token. */
export function open(sealed: string, presented: string, sid: string): string {
  const bytes = Buffer.from(sealed, 'base64url');
  const nonce = bytes.subarray(0, NONCE);
  const options = { authTagLength: TAG };
  const decipher = createDecipheriv(CIPHER, sealKey(presented, sid), nonce, options);
  decipher.setAuthTag(bytes.subarray(-TAG));
  const text = decipher.update(bytes.subarray(NONCE, -TAG));
  return Buffer.concat([text, decipher.final()]).toString();
}

function sealKey(presented: string, sid: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', presented, sid, 'jotkit refresh successor', 32));
}
