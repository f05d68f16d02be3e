/** Checks a header against what the caller allows. */

import { Fault } from './fault.ts';
import { algOf, mediaType } from './header.ts';
import type { CheckName, NamedCheck } from './named-check.ts';
import type { ParsedToken } from './token.ts';

/** A rule about the header that needs no key. */
export type HeaderCheck<Token = ParsedToken> = NamedCheck<[token: Token]>;

export function headerCheck<Token = ParsedToken>(
  name: CheckName,
  run: HeaderCheck<Token>['run'],
  expected?: unknown,
): HeaderCheck<Token> {
  return { name, expected, run };
}

/** Rejects what no option allows: {@link ParsedToken.headerFault}. */
export const critCheck = headerCheck('crit', (token) => token.headerFault);

/** Rejects a `typ` that is not in the list, in which null allows it to be absent (RFC 8725 §3.11). */
export function typCheck(expected: ReadonlyArray<string | null>): HeaderCheck {
  const mediaTypes: unknown[] = expected.map((typ) => (typ === null ? undefined : mediaType(typ)));
  const run = ({ header, mediaType }: ParsedToken) => {
    if (mediaTypes.includes(mediaType)) return undefined;
    const list = expected.map((type) => type ?? 'no typ').join(' or ');
    const actual: unknown = Object.hasOwn(header, 'typ') ? header.typ : undefined;
    const details = { expected, actual };
    return new Fault('ERR_HEADER_TYP', `jwt typ invalid. expected: ${list}`, undefined, details);
  };
  return headerCheck('typ', run, expected);
}

/** Rejects an `alg` that is not in the list; names are compared exactly (RFC 7515 §4.1.1). */
export function algCheck(allowed: readonly string[]): HeaderCheck {
  const run = ({ header }: ParsedToken) => {
    const alg = algOf(header);
    return alg !== undefined && allowed.includes(alg) ? undefined : INVALID_ALGORITHM;
  };
  return headerCheck('alg', run, allowed);
}

/** The `alg` of the header is not allowed, or not for the key. */
export const INVALID_ALGORITHM = new Fault('ERR_HEADER_ALG', 'invalid algorithm');

const NOT_SIGNED = new Fault('ERR_SIGNATURE_MISSING', 'jwt signature is required');

/** Rejects a token with an empty signature, whatever the header says. */
export const signedCheck = headerCheck('signed', ({ isSigned }) =>
  isSigned ? undefined : NOT_SIGNED,
);

const MAX_KID_LENGTH = 256;

const INVALID_KID = new Fault(
  'ERR_HEADER_KID',
  `"kid" in the header must be a string of at most ${MAX_KID_LENGTH} printable characters`,
);

/** Allows only a short printable `kid` to reach code that looks up keys in files or databases. */
export const kidCheck = headerCheck<{ header: object }>('kid', ({ header }) => {
  if (!Object.hasOwn(header, 'kid')) return undefined;
  const { kid } = header as { kid: unknown };
  const isString = typeof kid === 'string' && kid.length <= MAX_KID_LENGTH;
  return isString && !/\p{C}|\p{Zl}|\p{Zp}/u.test(kid) ? undefined : INVALID_KID;
});
