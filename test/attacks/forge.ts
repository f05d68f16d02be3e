/** Tokens as an attacker writes them: any header text, any payload text, any signature. */

import { createHmac } from 'node:crypto';

export const b64 = (data: string | Uint8Array): string =>
  Buffer.from(data as never).toString('base64url');

/** Values are written as JSON; text and bytes go in as they are. */
export function segment(part: object | string | Uint8Array): string {
  const raw = typeof part === 'string' || part instanceof Uint8Array;
  return b64(raw ? part : JSON.stringify(part));
}

/** A token with an HMAC over exactly these bytes. */
export function mac(
  header: object | string | Uint8Array,
  payload: object | string | Uint8Array,
  key: Uint8Array,
  bits = 256,
): string {
  const input = `${segment(header)}.${segment(payload)}`;
  return `${input}.${createHmac(`sha${bits}`, key).update(input).digest('base64url')}`;
}

/** A token with the given signature bytes. */
export function withSignature(
  header: object | string,
  payload: object,
  signature: Uint8Array,
): string {
  return `${segment(header)}.${segment(payload)}.${b64(signature)}`;
}
