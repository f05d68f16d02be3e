/** Parses a compact token, without verifying it, and writes its signing input (RFC 7515 §7.1). */

import { types } from 'node:util';
import type { ErrorCode } from '../../errors.ts';
import { encodeBase64url, isBase64url } from '../encoding/base64url.ts';
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
import { Fault, orThrow } from './fault.ts';

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

/**
 * The claims set, RFC 7519 §4.1. Times are in seconds since 1970.
 *
 * @example
 * ```ts
 * const claims: JwtPayload = createVerifier(secret)(token);
 * console.log(claims.sub); // → ada
 * ```
 */
export interface JwtPayload {
  // biome-ignore lint/suspicious/noExplicitAny: the published type of jsonwebtoken; code relies on it
  [claim: string]: any;
  iss?: string | undefined;
  sub?: string | undefined;
  aud?: string | string[] | undefined;
  exp?: number | undefined;
  nbf?: number | undefined;
  iat?: number | undefined;
  jti?: string | undefined;
}

/**
 * The result of `complete: true`. `signature` is base64url.
 *
 * @example
 * ```ts
 * const jwt: Jwt = verify(token, secret, { complete: true });
 * console.log(jwt.header.alg); // → HS256
 * ```
 */
export interface Jwt<Payload = JwtPayload | string> {
  header: JwtHeader;
  payload: Payload;
  signature: string;
}

/** Default of `maxTokenLength`, in characters. */
export const MAX_TOKEN_LENGTH = 65_536;

/**
 * A parsed token. Nothing in it is verified: use it to find a key, not to authorize.
 *
 * @example
 * ```ts
 * const kidOf = ({ header }: UnverifiedToken) => header.kid ?? 'main';
 * createVerifier((unverified) => keysByKid.get(kidOf(unverified)));
 * ```
 */
export interface UnverifiedToken {
  /** Frozen, because tokens with the same header share it. */
  readonly header: Readonly<JwtHeader>;
  /** base64url; empty in an unsigned token. */
  readonly signature: string;
  /** The signed text: header and payload in base64url, joined by a dot. */
  readonly signingInput: string;
  /** The unverified claims. Throws JsonWebTokenError if the payload is not a JSON object. */
  readonly payload: JwtPayload;
}

/** A parsed token, as the library uses it. */
export class ParsedToken implements UnverifiedToken {
  readonly header: Readonly<JwtHeader>;
  // Private, so that an application that logs the object does not log the token.
  readonly #signingInput: string;
  readonly #signature: string;
  readonly #payloadText: string | undefined;
  #payload: JwtPayload | undefined;

  constructor(
    header: Readonly<JwtHeader>,
    signingInput: string,
    payloadText: string | undefined,
    signature: string,
  ) {
    this.header = header;
    this.#signingInput = signingInput;
    this.#payloadText = payloadText;
    this.#signature = signature;
  }

  get signingInput(): string {
    return this.#signingInput;
  }

  get signature(): string {
    return this.#signature;
  }

  get payload(): JwtPayload {
    this.#payload ??= orThrow(this.readClaims());
    return this.#payload;
  }

  /** Returns the claims as a new object, so that no key source changes what is verified. */
  readClaims(): JwtPayload | Fault {
    const text = this.readPayloadText();
    if (text instanceof Fault) return text;
    const claims = parseJson(text);
    return isJsonObject(claims) ? claims : (payloadFault(claims) ?? PAYLOAD_NOT_OBJECT);
  }

  /** Returns the payload as a string, or a Fault if it is not UTF-8. */
  readPayloadText(): string | Fault {
    return this.#payloadText ?? PAYLOAD_NOT_UTF8;
  }

  /** Returns the header as a new object, which the caller can change. */
  readHeader(): JwtHeader {
    const segment = this.#signingInput.slice(0, this.#signingInput.indexOf('.'));
    return orThrow(parseHeader(segment.replace(/=+$/, '')));
  }
}

/** The message of jsonwebtoken for a payload that is not JSON. */
export const INVALID_PAYLOAD = new Fault('ERR_PAYLOAD_INVALID', 'invalid token');
const PAYLOAD_NOT_OBJECT = invalidPayload('must be a JSON object');
const PAYLOAD_NOT_UTF8 = invalidPayload('must be UTF-8 without a byte order mark');
const PAYLOAD_TOO_DEEP = invalidPayload(`must not nest deeper than ${MAX_DEPTH} levels`);
const PAYLOAD_DUPLICATE = duplicateMember('payload');

function invalidPayload(rule: string): Fault {
  return new Fault('ERR_PAYLOAD_INVALID', `jwt payload ${rule}`);
}

function duplicateMember(part: string): Fault {
  return new Fault('ERR_TOKEN_DUPLICATE_MEMBER', `jwt ${part} must not have duplicate members`);
}

/** The fault of a payload that {@link parseJson} parsed and rejected. */
export function payloadFault(parsed: unknown): Fault | undefined {
  if (parsed === DUPLICATE_MEMBER) return PAYLOAD_DUPLICATE;
  return parsed === TOO_DEEP ? PAYLOAD_TOO_DEEP : undefined;
}

/**
 * Splits a compact token and parses its header. The cost is linear in a bounded length: the length check
 * comes before anything else reads the string. With `allowPadding`, every part must be padded to a
 * multiple of four characters, so that a token still has one spelling.
 */
export function parseToken(
  token: unknown,
  maxLength: number,
  allowPadding = false,
): ParsedToken | Fault {
  if (!token) return new Fault('ERR_TOKEN_MISSING', 'jwt must be provided');
  if (typeof token !== 'string') {
    const hint = types.isPromise(token) ? 'the token is a promise: await it first' : undefined;
    return faultWithHint('ERR_TOKEN_TYPE', 'jwt must be a string', hint);
  }
  if (token.length > maxLength) {
    const message = `jwt is longer than maxTokenLength (${maxLength} characters)`;
    return new Fault('ERR_TOKEN_TOO_LONG', message);
  }

  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  if (first === -1 || second === -1) return malformed(token);
  if (token.includes('.', second + 1)) {
    const isEncrypted = token.split('.', 6).length === 5;
    return isEncrypted ? new Fault('ERR_TOKEN_ENCRYPTED', 'jwt malformed') : malformed(token);
  }

  const unpad = allowPadding ? withoutPadding : unchanged;
  const segment = unpad(token.slice(0, first));
  const cached = sharedHeaders.get(segment);
  const payloadText = decodeText(unpad(token.slice(first + 1, second)));
  const signature = unpad(token.slice(second + 1));
  const isWellFormed =
    first > 0 &&
    second > first + 1 &&
    (cached || isBase64url(segment)) &&
    payloadText !== NOT_CANONICAL &&
    isBase64url(signature);
  if (!isWellFormed) return notBase64url(token);
  const header = cached ?? readSharedHeader(segment);
  if (header instanceof Fault) return header;
  return new ParsedToken(header, token.slice(0, second), payloadText, signature);
}

/** Parses a token that a verifier accepted or that selects a verifier: padded if it has padding. */
export function reparseToken(token: unknown, maxLength = Number.POSITIVE_INFINITY): ParsedToken {
  const isPadded = typeof token === 'string' && token.includes('=');
  return orThrow(parseToken(token, maxLength, isPadded));
}

const unchanged = (part: string) => part;

/** Removes padding that is exactly right; wrong padding stays, and is not base64url. */
function withoutPadding(part: string): string {
  if (part.length % 4 !== 0) return `${part}=`;
  return part.endsWith('==') ? part.slice(0, -2) : part.replace(/=$/, '');
}

/** A token without three parts. The hints name what callers often pass instead of a token. */
function malformed(token: string): Fault {
  const isName = token === 'undefined' || token === 'null';
  const hint = isName ? `the token is the string "${token}"` : framingHint(token);
  return faultWithHint('ERR_TOKEN_MALFORMED', 'jwt malformed', hint);
}

/** jsonwebtoken has a message for empty parts and other characters, not for unused bits. */
function notBase64url(token: string): Fault {
  const message = /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)
    ? 'jwt is not canonical base64url'
    : 'invalid token';
  return faultWithHint('ERR_TOKEN_MALFORMED', message, framingHint(token));
}

function framingHint(token: string): string | undefined {
  if (/^bearer\s/i.test(token)) return 'the token begins with "Bearer ": remove the scheme';
  if (/^["']/.test(token)) return 'the token is in quotes: remove them';
  if (/^\s|\s$/.test(token)) return 'the token begins or ends with white space: remove it';
  if (token.includes('=')) return 'the token is padded with "=": see the option allowPadding';
  return undefined;
}

/** The message of jsonwebtoken, with the reason as `cause`. */
function faultWithHint(code: ErrorCode, message: string, hint: string | undefined): Fault {
  const details = hint === undefined ? undefined : { cause: new Error(hint) };
  return new Fault(code, message, undefined, details);
}

/** An issuer writes the same header into all of its tokens, so it is parsed once. */
const sharedHeaders = new LruMap<string, Readonly<JwtHeader>>(64);

/** Longer headers are not cached: they differ per token, or an attacker fills memory with them. */
const MAX_SHARED_HEADER_LENGTH = 400;

function readSharedHeader(segment: string): Readonly<JwtHeader> | Fault {
  const parsed = parseHeader(segment);
  if (parsed instanceof Fault) return parsed;
  const header = deepFreeze(parsed);
  if (segment.length <= MAX_SHARED_HEADER_LENGTH) sharedHeaders.set(segment, header);
  return header;
}

/** Returns the signing input of a header and a payload (RFC 7515 §5.1). */
export function signingInput(header: object, payload: string | Uint8Array): string {
  return `${encodeBase64url(JSON.stringify(header))}.${encodeBase64url(payload)}`;
}

function parseHeader(segment: string): JwtHeader | Fault {
  const text = decodeText(segment);
  if (typeof text !== 'string') return invalidHeader('must be UTF-8 without a byte order mark');
  const parsed = parseJson(text);
  // The type of `alg` is checked when it is compared with the allowed ones.
  if (isJsonObject(parsed)) return parsed as unknown as JwtHeader;
  if (parsed === DUPLICATE_MEMBER) return duplicateMember('header');
  if (parsed === TOO_DEEP) return invalidHeader(`must not nest deeper than ${MAX_DEPTH} levels`);
  // The message of jsonwebtoken for text that is not JSON, and for null.
  if (parsed === NOT_JSON || !parsed) return new Fault('ERR_HEADER_INVALID', 'invalid token');
  return invalidHeader('must be a JSON object');
}

function invalidHeader(rule: string): Fault {
  return new Fault('ERR_HEADER_INVALID', `jwt header ${rule}`);
}
