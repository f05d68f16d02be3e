/** Hashes as proofs and bindings contain them. */

import { createHash } from 'node:crypto';

/** Returns the SHA-256 in base64url: `ath` (RFC 9449 §4.2) and `x5t#S256` (RFC 8705 §3.1). */
export function digestOf(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('base64url');
}
