/** Defines `decode`, which reads a token without verifying it. */

import { copyOwnProperties } from './core/option-rules.ts';
import { Fault } from './core/token/fault.ts';
import { type Jwt, type JwtPayload, MAX_TOKEN_LENGTH, parseToken } from './core/token/token.ts';
import { readClassicPayload } from './core/verify/classic-verify.ts';

/**
 * Options of {@link decode}.
 *
 * @example
 * ```ts
 * const options: DecodeOptions = { complete: true };
 * console.log(decode('not a token', options)); // → null
 * ```
 */
export interface DecodeOptions {
  /** Return `{ header, payload, signature }` instead of the payload. */
  complete?: boolean | undefined;
  /** Parse the payload as JSON even if the header has another `typ`. */
  json?: boolean | undefined;
  /** Longest token that is read, in characters. Default 65,536. */
  maxTokenLength?: number | undefined;
}

const NO_OPTIONS: DecodeOptions = Object.freeze(Object.create(null));

/**
 * Reads a token **without verifying it**: an attacker may have written it. Returns `null` if the token is
 * not well-formed, and never throws.
 *
 * @example
 * ```ts
 * const expiryOf = (token: string) => decode(token, { json: true })?.exp; // seconds, for display only
 * ```
 */
export function decode(token: string, options: DecodeOptions & { complete: true }): Jwt | null;
export function decode(token: string, options: DecodeOptions & { json: true }): JwtPayload | null;
export function decode(token: string, options?: DecodeOptions): JwtPayload | string | null;
export function decode(token: unknown, options?: unknown): unknown {
  const own: DecodeOptions = options ? copyOwnProperties(Object(options)) : NO_OPTIONS;
  const { complete, json, maxTokenLength } = own;
  const isBound = Number.isSafeInteger(maxTokenLength);
  const parsed = parseToken(token, isBound ? Number(maxTokenLength) : MAX_TOKEN_LENGTH);
  if (parsed instanceof Fault) return null;
  const payload = readClassicPayload(parsed, json);
  if (payload instanceof Fault) return null;
  if (complete !== true) return payload;
  return { header: parsed.readHeader(), payload, signature: parsed.signature };
}
