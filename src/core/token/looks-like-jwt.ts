/** Tells JWTs from other tokens by their form. */

import { decodeText, isJsonObject, parseJson } from '../encoding/strict-json.ts';

/** The header of a JWT is a few hundred characters; only so many are decoded. */
const MAX_HEADER_LENGTH = 8192;

/** Whether the token is a JWT: its first part is a JSON object in base64url, also if the rest is not valid. */
export function looksLikeJwt(token: string): boolean {
  const end = token.indexOf('.');
  if (end <= 0) return false;
  if (end > MAX_HEADER_LENGTH) return true;
  const text = decodeText(token.slice(0, end).replace(/={1,2}$/, ''));
  return typeof text === 'string' && isJsonObject(parseJson(text));
}
