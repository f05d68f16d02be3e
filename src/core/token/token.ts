/** Parses a compact token, without verifying it, and writes its signing input (RFC 7515 §7.1). */

import { types } from 'node:util';
import type { ErrorCode } from '../../errors.ts';
import { encodeBase64url, isBase64url } from '../encoding/base64url.ts';
import {
  DUPLICATE_MEMBER,
  decodeText,
  isJsonObject,
  MAX_DEPTH,
  NOT_CANONICAL,
  parseJson,
  TOO_DEEP,
} from '../encoding/strict-json.ts';
import { holdText, type SignedText } from '../encoding/token-bytes.ts';
import { Fault, orThrow } from './fault.ts';
import { type JwtHeader, parseHeader, readSharedHeader, type SharedHeader } from './header.ts';

/**
 * The claims set, RFC 7519 §4.1. Times are in seconds since 1970.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const token = sign({ sub: 'ada' }, JWT_SECRET);
 * const claims: JwtPayload = createVerifier(JWT_SECRET)(token);
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
 * const { JWT_SECRET = '' } = process.env;
 * const token = sign({ sub: 'ada' }, JWT_SECRET);
 * const jwt: Jwt = verify(token, JWT_SECRET, { complete: true });
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
 * const { JWT_PUBLIC_KEY = '' } = process.env;
 * const keys = new Map([['main', JWT_PUBLIC_KEY]]);
 * const findKey = ({ header }: UnverifiedToken) => keys.get(header.kid ?? 'main');
 * const verify = createVerifier(findKey);
 * ```
 */
export interface UnverifiedToken {
  /** All parameters, also those that JwtHeader does not name. Frozen: tokens with the same header share it. */
  readonly header: Readonly<JwtHeader> & { readonly [parameter: string]: unknown };
  /** base64url; empty in an unsigned token. */
  readonly signature: string;
  /** The signed text: header and payload in base64url, joined by a dot. */
  readonly signingInput: string;
  /** The unverified claims. Throws JsonWebTokenError if the payload is not a JSON object. */
  readonly payload: JwtPayload;
}

/** A parsed token, as the library uses it. */
export class ParsedToken implements UnverifiedToken {
  readonly header: UnverifiedToken['header'];
  // Private, so that an application that logs the object does not log the token.
  readonly #shared: SharedHeader;
  readonly #signed: SignedText;
  readonly #payloadText: string | undefined;
  readonly #received: string;
  #payload: JwtPayload | undefined;

  /** `received` is the token as it came: the text of `signed` has lost its padding. */
  constructor(
    shared: SharedHeader,
    signed: SignedText,
    payloadText: string | undefined,
    received: string,
  ) {
    this.header = shared.header as UnverifiedToken['header'];
    this.#shared = shared;
    this.#signed = signed;
    this.#payloadText = payloadText;
    this.#received = received;
  }

  /** The own `alg` of the header, if it is a string. */
  get alg(): string | undefined {
    return this.#shared.alg;
  }

  /** The own `typ` of the header: a string as a media type, or what else it is. */
  get mediaType(): unknown {
    return this.#shared.mediaType;
  }

  /** Why the header is rejected, whatever the caller allows. */
  get headerFault(): Fault | undefined {
    return this.#shared.fault;
  }

  /** The text that a signature is verified over, and the signature. */
  get signed(): SignedText {
    return this.#signed;
  }

  get signingInput(): string {
    return this.#signed.text.slice(0, this.#signed.end);
  }

  get signature(): string {
    return this.#signed.text.slice(this.#signed.end + 1);
  }

  /** Whether there is a signature. An empty one does not count, whatever the header says. */
  get isSigned(): boolean {
    return this.#signed.text.length > this.#signed.end + 1;
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
    return orThrow(parseHeader(this.#shared.segment)) as JwtHeader;
  }

  /** The Fault of a signature that is not canonical base64url. {@link splitToken} does not look. */
  checkSpelling(): Fault | undefined {
    return isBase64url(this.signature) ? undefined : notBase64url(this.#received);
  }
}

/** The message of jsonwebtoken for a payload that is not JSON. */
export const INVALID_PAYLOAD = new Fault('ERR_PAYLOAD_INVALID', 'invalid token');
const PAYLOAD_NOT_OBJECT = invalidPayload('must be a JSON object');
const PAYLOAD_NOT_UTF8 = invalidPayload('must be UTF-8 without a byte order mark');
const PAYLOAD_TOO_DEEP = invalidPayload(`must not nest deeper than ${MAX_DEPTH} levels`);
const PAYLOAD_DUPLICATE = new Fault(
  'ERR_TOKEN_DUPLICATE_MEMBER',
  'jwt payload must not have duplicate members',
);

function invalidPayload(rule: string): Fault {
  return new Fault('ERR_PAYLOAD_INVALID', `jwt payload ${rule}`);
}

/** The fault of a payload that {@link parseJson} parsed and rejected. */
export function payloadFault(parsed: unknown): Fault | undefined {
  if (parsed === DUPLICATE_MEMBER) return PAYLOAD_DUPLICATE;
  return parsed === TOO_DEEP ? PAYLOAD_TOO_DEEP : undefined;
}

/** Parses a compact token. Cost and parameters are those of {@link splitToken}. */
export function parseToken(
  token: unknown,
  maxLength: number,
  allowPadding = false,
): ParsedToken | Fault {
  const parsed = splitToken(token, maxLength, allowPadding);
  return parsed instanceof Fault ? parsed : (parsed.checkSpelling() ?? parsed);
}

/**
 * Splits a compact token and parses its header. Leaves the spelling of the signature to the caller: what
 * verifies has it, so {@link ParsedToken.checkSpelling} is for rejections.
 *
 * The cost is linear in a bounded length: the length check comes before anything else reads the string.
 * With `allowPadding`, every part must be padded to a multiple of four characters, so that a token still
 * has one spelling.
 */
export function splitToken(
  token: unknown,
  maxLength: number,
  allowPadding: boolean,
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
  const text = allowPadding ? token.slice(0, second + 1) + unpad(token.slice(second + 1)) : token;
  const signed = { text, end: second };
  const isEmpty = first === 0 || second === first + 1;
  if (isEmpty || !holdText(signed)) return notBase64url(token);
  const payloadText = decodeText(unpad(token.slice(first + 1, second)));
  if (payloadText === NOT_CANONICAL) return notBase64url(token);
  const header = readSharedHeader(unpad(token.slice(0, first)));
  if (header === NOT_CANONICAL) return notBase64url(token);
  if (header instanceof Fault) {
    return isBase64url(unpad(token.slice(second + 1))) ? header : notBase64url(token);
  }
  return new ParsedToken(header, signed, payloadText, token);
}

/** Parses a token that selects a verifier: padded if it has padding. */
export function parsePaddedOrNot(token: unknown, maxLength: number): ParsedToken | Fault {
  return parseToken(token, maxLength, typeof token === 'string' && token.includes('='));
}

/** Parses a token that a verifier accepted. */
export function reparseToken(token: string): ParsedToken {
  return orThrow(parsePaddedOrNot(token, Number.POSITIVE_INFINITY));
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
  return new Fault(code, message, undefined, hint === undefined ? undefined : { hint });
}

/** Returns the signing input of a header and a payload (RFC 7515 §5.1). */
export function signingInput(header: object, payload: string | Uint8Array): string {
  return `${encodeBase64url(JSON.stringify(header))}.${encodeBase64url(payload)}`;
}
