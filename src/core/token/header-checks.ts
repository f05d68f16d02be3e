/** Checks a header against what the caller allows. */

import { Fault } from './fault.ts';
import { algOf, type JwtHeader, mediaType } from './header.ts';
import type { NamedCheck } from './named-check.ts';
import type { ParsedToken } from './token.ts';

const MAX_KID_LENGTH = 256;

/** A rule about the header that needs no key. */
export type HeaderCheck = NamedCheck<[token: ParsedToken]>;

/** Rejects what no option allows: {@link ParsedToken.headerFault}. */
export const critCheck: HeaderCheck = {
  name: 'crit',
  expected: undefined,
  run: (token) => token.headerFault,
};

/** Rejects a `typ` that is not in the list, in which null allows it to be absent. */
export function typCheck(expected: ReadonlyArray<string | null>): HeaderCheck {
  const rule = compileTyp(expected);
  return { name: 'typ', expected, run: (token) => checkTyp(token, rule) };
}

/** Rejects an `alg` that is not in the list. */
export function algCheck(allowed: readonly string[]): HeaderCheck {
  return { name: 'alg', expected: allowed, run: ({ header }) => checkAlg(header, allowed) };
}

/** Rejects a `kid` that must not reach a key source. */
export const kidCheck: HeaderCheck = {
  name: 'kid',
  expected: undefined,
  run: ({ header }) => checkKid(header),
};

/** Rejects a token without a signature. */
export const signedCheck: HeaderCheck = { name: 'signed', expected: undefined, run: checkSigned };

/** Rejects an `alg` that is not in the list; names are compared exactly (RFC 7515 §4.1.1). */
export function checkAlg(header: JwtHeader, allowed: readonly string[]): Fault | undefined {
  const alg = algOf(header);
  return alg !== undefined && allowed.includes(alg) ? undefined : INVALID_ALGORITHM;
}

/** The `alg` of the header is not allowed, or not for the key. */
export const INVALID_ALGORITHM = new Fault('ERR_HEADER_ALG', 'invalid algorithm');

/** The `typ` that are allowed, as the caller wrote them and as they are compared. */
export interface TypRule {
  readonly expected: ReadonlyArray<string | null>;
  /** Undefined allows it to be absent. */
  readonly mediaTypes: readonly unknown[];
}

/** Compiles a list of media types, in which null allows `typ` to be absent (RFC 8725 §3.11). */
export function compileTyp(expected: ReadonlyArray<string | null>): TypRule {
  return {
    expected,
    mediaTypes: expected.map((typ) => (typ === null ? undefined : mediaType(typ))),
  };
}

/** Rejects a `typ` that is not expected. */
export function checkTyp(
  { header, mediaType }: ParsedToken,
  { expected, mediaTypes }: TypRule,
): Fault | undefined {
  if (mediaTypes.includes(mediaType)) return undefined;
  const list = expected.map((type) => type ?? 'no typ').join(' or ');
  const actual: unknown = Object.hasOwn(header, 'typ') ? header.typ : undefined;
  const details = { expected, actual };
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

const NOT_SIGNED = new Fault('ERR_SIGNATURE_MISSING', 'jwt signature is required');

/** An empty signature is no signature, whatever the header says. */
export function checkSigned(token: ParsedToken): Fault | undefined {
  return token.isSigned ? undefined : NOT_SIGNED;
}
