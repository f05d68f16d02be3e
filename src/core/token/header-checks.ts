/** What the header may say: alg allowed, typ as expected, no extension demanded. */

import { tokenError } from '../../errors.ts';
import type { JwtHeader } from './token.ts';

const MAX_KID_LENGTH = 256;

/** The own `alg` of a header: a string, or undefined where it is missing or of another type. */
export function algOf(header: JwtHeader): string | undefined {
  const alg: unknown = Object.hasOwn(header, 'alg') ? header.alg : undefined;
  return typeof alg === 'string' ? alg : undefined;
}

/** Refuses an `alg` that is not in the list; names are compared exactly (RFC 7515 §4.1.1). */
export function checkAlg<Alg extends string>(
  alg: string | undefined,
  allowed: readonly Alg[],
): asserts alg is Alg {
  if (alg === undefined || !allowed.includes(alg as Alg)) {
    throw tokenError('ERR_HEADER_ALG', 'invalid algorithm');
  }
}

/**
 * Refuses every critical extension, because none is understood here: RFC 7515 §4.1.11. `b64: false`
 * changes what is signed and is not for JWTs (RFC 7797 §7), with `crit` or without.
 */
export function checkCrit(header: JwtHeader): void {
  const b64 = Object.hasOwn(header, 'b64') ? (header as { b64?: unknown }).b64 : true;
  if (Object.hasOwn(header, 'crit') || b64 !== true) {
    throw tokenError('ERR_HEADER_CRIT', 'invalid token');
  }
}

/** Refuses a `typ` that is not expected; null in the list lets it be absent (RFC 8725 §3.11). */
export function checkTyp(header: JwtHeader, expected: readonly (string | null)[]): void {
  const typ: unknown = Object.hasOwn(header, 'typ') ? header.typ : undefined;
  const found = typeof typ === 'string' ? mediaType(typ) : typ;
  if (!expected.some((type) => found === (type === null ? undefined : mediaType(type)))) {
    const list = expected.map((type) => type ?? 'no typ').join(' or ');
    throw tokenError('ERR_HEADER_TYP', `jwt typ invalid. expected: ${list}`);
  }
}

/** Lets only a short printable `kid` reach code that looks keys up in files or databases. */
export function checkKid(header: JwtHeader): void {
  if (!Object.hasOwn(header, 'kid')) return;
  const kid: unknown = header.kid;
  if (typeof kid !== 'string' || kid.length > MAX_KID_LENGTH || /\p{C}|\p{Zl}|\p{Zp}/u.test(kid)) {
    throw tokenError('ERR_HEADER_KID', 'invalid token');
  }
}

/** RFC 7515 §4.1.9: `application/` is left out where no other slash follows; case does not count. */
function mediaType(typ: string): string {
  // ASCII only: the Kelvin sign is no k.
  const type = typ.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const short = type.startsWith('application/') ? type.slice('application/'.length) : type;
  return short.includes('/') ? type : short;
}
