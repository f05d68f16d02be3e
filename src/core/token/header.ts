/** Parses the JOSE header (RFC 7515 §4), once for all tokens that share it. */

import {
  DUPLICATE_MEMBER,
  decodeText,
  deepFreeze,
  isJsonObject,
  MAX_DEPTH,
  NOT_CANONICAL,
  NOT_JSON,
  parseJson,
  TOO_DEEP,
} from '../encoding/strict-json.ts';
import { LruMap } from '../lru-map.ts';
import { Fault } from './fault.ts';

/**
 * The JOSE header, RFC 7515 §4.1. A header can have other parameters as well.
 *
 * @example
 * ```ts
 * const header: JwtHeader = { alg: 'ES256', typ: 'at+jwt', kid: 'main' };
 * ```
 */
export interface JwtHeader {
  alg: string;
  typ?: string | undefined;
  cty?: string | undefined;
  crit?: string[] | undefined;
  kid?: string | undefined;
  jku?: string | undefined;
  x5u?: string | string[] | undefined;
  'x5t#S256'?: string | undefined;
  x5t?: string | undefined;
  x5c?: string | string[] | undefined;
}

/** A header, with what follows from it alone. */
export interface SharedHeader {
  /** In base64url, without padding. */
  readonly segment: string;
  /** Frozen. */
  readonly header: Readonly<JwtHeader>;
  /** The own `alg`: a string, or undefined if it is absent or of another type. */
  readonly alg: string | undefined;
  /** The own `typ`: a string as a media type, or what else it is. */
  readonly mediaType: unknown;
  /** Why every token with this header is rejected: {@link checkCrit}. */
  readonly fault: Fault | undefined;
}

/** An issuer writes the same header into all of its tokens. */
const headers = new LruMap<string, SharedHeader>(64);
let last: SharedHeader | undefined;

/** Longer headers are not cached: they differ per token, or an attacker fills memory with them. */
const MAX_CACHED_LENGTH = 400;

/** Returns the parsed header, or why it is not one. */
export function readSharedHeader(segment: string): SharedHeader | Fault | typeof NOT_CANONICAL {
  if (last?.segment === segment) return last;
  const cached = headers.get(segment);
  if (cached) {
    last = cached;
    return cached;
  }
  const parsed = parseHeader(segment);
  if (parsed instanceof Fault || parsed === NOT_CANONICAL) return parsed;
  const header = deepFreeze(parsed);
  // A copy: a slice of the token would keep the whole token in memory.
  const copy = Buffer.from(segment, 'latin1').toString('latin1');
  const typ: unknown = Object.hasOwn(header, 'typ') ? header.typ : undefined;
  const shared = {
    segment: copy,
    header,
    alg: algOf(header),
    mediaType: typeof typ === 'string' ? mediaType(typ) : typ,
    fault: checkCrit(header),
  };
  if (segment.length <= MAX_CACHED_LENGTH) headers.set(copy, shared);
  return shared;
}

/** Parses a header from base64url, as a new object. */
export function parseHeader(segment: string): JwtHeader | Fault | typeof NOT_CANONICAL {
  const text = decodeText(segment);
  if (text === NOT_CANONICAL) return NOT_CANONICAL;
  if (text === undefined) return invalidHeader('must be UTF-8 without a byte order mark');
  const parsed = parseJson(text);
  // The type of `alg` is checked when it is compared with the allowed ones.
  if (isJsonObject(parsed)) return parsed as unknown as JwtHeader;
  if (parsed === DUPLICATE_MEMBER) return DUPLICATE_HEADER_MEMBER;
  if (parsed === TOO_DEEP) return invalidHeader(`must not nest deeper than ${MAX_DEPTH} levels`);
  // The message of jsonwebtoken for text that is not JSON, and for null.
  if (parsed === NOT_JSON || !parsed) return new Fault('ERR_HEADER_INVALID', 'invalid token');
  return invalidHeader('must be a JSON object');
}

const DUPLICATE_HEADER_MEMBER = new Fault(
  'ERR_TOKEN_DUPLICATE_MEMBER',
  'jwt header must not have duplicate members',
);

function invalidHeader(rule: string): Fault {
  return new Fault('ERR_HEADER_INVALID', `jwt header ${rule}`);
}

/** The own `alg` of a header: a string, or undefined if it is absent or of another type. */
export function algOf(header: JwtHeader): string | undefined {
  const alg: unknown = Object.hasOwn(header, 'alg') ? header.alg : undefined;
  return typeof alg === 'string' ? alg : undefined;
}

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
function checkCrit(header: JwtHeader): Fault | undefined {
  const b64 = Object.hasOwn(header, 'b64') ? (header as { b64?: unknown }).b64 : true;
  if (Object.hasOwn(header, 'crit')) return CRITICAL_EXTENSION;
  return b64 === true ? undefined : UNENCODED_PAYLOAD;
}

/** RFC 7515 §4.1.9: `application/` is optional if no other slash follows; case does not matter. */
export function mediaType(typ: string): string {
  // ASCII only: the Kelvin sign is no k.
  const type = typ.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const short = type.startsWith('application/') ? type.slice('application/'.length) : type;
  return short.includes('/') ? type : short;
}
