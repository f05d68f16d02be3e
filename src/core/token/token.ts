/** Parses a compact token, without verifying it, and writes its signing input (RFC 7515 §7.1). */

import { encodeBase64url, isBase64url } from '../encoding/base64url.ts';
import {
  decodeText,
  deepFreeze,
  isJsonObject,
  NOT_CANONICAL,
  parseJson,
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
    const claims = this.#payloadText === undefined ? undefined : parseJson(this.#payloadText);
    return isJsonObject(claims) ? claims : INVALID_PAYLOAD;
  }

  /** Returns the payload as a string, or a Fault if it is not UTF-8. */
  readPayloadText(): string | Fault {
    return this.#payloadText ?? INVALID_PAYLOAD;
  }

  /** Returns the header as a new object, which the caller can change. */
  readHeader(): JwtHeader {
    const header = this.#signingInput.slice(0, this.#signingInput.indexOf('.'));
    return orThrow(parseHeader(header));
  }
}

/** The fault of a payload that is not a claims set. */
export const INVALID_PAYLOAD = new Fault('ERR_PAYLOAD_INVALID', 'invalid token');

/**
 * Splits a compact token and parses its header. The cost is linear in a bounded length: the length check
 * comes before anything else reads the string.
 */
export function parseToken(token: unknown, maxLength: number): ParsedToken | Fault {
  if (!token) return new Fault('ERR_TOKEN_MISSING', 'jwt must be provided');
  if (typeof token !== 'string') return new Fault('ERR_TOKEN_TYPE', 'jwt must be a string');
  if (token.length > maxLength) return new Fault('ERR_TOKEN_TOO_LONG', 'invalid token');

  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  if (first === -1 || second === -1) return new Fault('ERR_TOKEN_MALFORMED', 'jwt malformed');
  if (token.includes('.', second + 1)) {
    const isEncrypted = token.split('.', 6).length === 5;
    return new Fault(isEncrypted ? 'ERR_TOKEN_ENCRYPTED' : 'ERR_TOKEN_MALFORMED', 'jwt malformed');
  }

  const segment = token.slice(0, first);
  const cached = sharedHeaders.get(segment);
  const payloadText = decodeText(token.slice(first + 1, second));
  const signature = token.slice(second + 1);
  const isWellFormed =
    first > 0 &&
    second > first + 1 &&
    (cached || isBase64url(segment)) &&
    payloadText !== NOT_CANONICAL &&
    isBase64url(signature);
  if (!isWellFormed) return new Fault('ERR_TOKEN_MALFORMED', 'invalid token');
  const header = cached ?? readSharedHeader(segment);
  if (header instanceof Fault) return header;
  return new ParsedToken(header, token.slice(0, second), payloadText, signature);
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
  const header = typeof text === 'string' ? parseJson(text) : undefined;
  // The type of `alg` is checked when it is compared with the allowed ones.
  return isJsonObject(header)
    ? (header as unknown as JwtHeader)
    : new Fault('ERR_HEADER_INVALID', 'invalid token');
}
