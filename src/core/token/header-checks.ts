/** What the header may say: alg allowed, typ as expected, no extension demanded. */

import { Fault } from './fault.ts';
import type { JwtHeader } from './token.ts';

const MAX_KID_LENGTH = 256;

/** The own `alg` of a header: a string, or undefined where it is missing or of another type. */
export function algOf(header: JwtHeader): string | undefined {
  const alg: unknown = Object.hasOwn(header, 'alg') ? header.alg : undefined;
  return typeof alg === 'string' ? alg : undefined;
}

/** Rejects an `alg` that is not in the list; names are compared exactly (RFC 7515 §4.1.1). */
export function checkAlg(header: JwtHeader, allowed: readonly string[]): Fault | undefined {
  const alg = algOf(header);
  return alg !== undefined && allowed.includes(alg) ? undefined : INVALID_ALGORITHM;
}

/** The `alg` of the header is not allowed, or not for the key. */
export const INVALID_ALGORITHM = new Fault('ERR_HEADER_ALG', 'invalid algorithm');

const CRITICAL_EXTENSION = new Fault(
  'ERR_HEADER_CRIT',
  '"crit" in the header names extensions, and none is supported',
);

const UNENCODED_PAYLOAD = new Fault(
  'ERR_HEADER_CRIT',
  '"b64" in the header must be true or absent: a JWT payload is base64url',
);

/**
 * Rejects every critical extension, because none is supported: RFC 7515 §4.1.11. `b64: false` changes
 * what is signed and is not for JWTs (RFC 7797 §7), with `crit` or without.
 */
export function checkCrit(header: JwtHeader): Fault | undefined {
  const b64 = Object.hasOwn(header, 'b64') ? (header as { b64?: unknown }).b64 : true;
  if (Object.hasOwn(header, 'crit')) return CRITICAL_EXTENSION;
  return b64 === true ? undefined : UNENCODED_PAYLOAD;
}

/** Rejects a `typ` that is not expected; null in the list allows it to be absent (RFC 8725 §3.11). */
export function checkTyp(
  header: JwtHeader,
  expected: readonly (string | null)[],
): Fault | undefined {
  const typ: unknown = Object.hasOwn(header, 'typ') ? header.typ : undefined;
  const found = typeof typ === 'string' ? mediaType(typ) : typ;
  const isExpected = (type: string | null) => {
    return found === (type === null ? undefined : mediaType(type));
  };
  if (expected.some(isExpected)) return undefined;
  const list = expected.map((type) => type ?? 'no typ').join(' or ');
  const details = { expected, actual: typ };
  return new Fault('ERR_HEADER_TYP', `jwt typ invalid. expected: ${list}`, undefined, details);
}

const INVALID_KID = new Fault(
  'ERR_HEADER_KID',
  `"kid" in the header must be a string of at most ${MAX_KID_LENGTH} printable characters`,
);

/** Allows only a short printable `kid` to reach code that looks up keys in files or databases. */
export function checkKid(header: JwtHeader): Fault | undefined {
  if (!Object.hasOwn(header, 'kid')) return undefined;
  const kid: unknown = header.kid;
  const isString = typeof kid === 'string' && kid.length <= MAX_KID_LENGTH;
  return isString && !/\p{C}|\p{Zl}|\p{Zp}/u.test(kid) ? undefined : INVALID_KID;
}

/** RFC 7515 §4.1.9: `application/` is optional if no other slash follows; case does not matter. */
export function mediaType(typ: string): string {
  // ASCII only: the Kelvin sign is no k.
  const type = typ.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const short = type.startsWith('application/') ? type.slice('application/'.length) : type;
  return short.includes('/') ? type : short;
}
