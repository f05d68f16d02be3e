/** Verifies tokens with the calling convention of jsonwebtoken. */

import type { createPublicKey } from 'node:crypto';
import { callBack, type NodeCallback } from './core/call-back.ts';
import type { Algorithm } from './core/keys/algorithms.ts';
import type { KeyInput, KeySource } from './core/keys/key-input.ts';
import type { JwtHeader } from './core/token/header.ts';
import type { StandardSchema } from './core/token/standard-schema.ts';
import type { Jwt, JwtPayload } from './core/token/token.ts';
import type { VerifyOptions } from './core/verify/classic-options.ts';
import { type ClassicKey, classicPlan } from './core/verify/classic-verify.ts';
import type { WithClaims } from './core/verify/create-verifier.ts';
import { type KeyLookUp, lookUpWith } from './core/verify/key-look-up.ts';
import {
  type VerificationPlan,
  verifyToken,
  verifyTokenAsync,
} from './core/verify/verify-token.ts';
import {
  defineHidden,
  type JsonWebTokenError,
  type NotBeforeError,
  type TokenExpiredError,
  tokenError,
} from './errors.ts';
import type { Secret } from './sign.ts';

export type { VerifyOptions };

/**
 * The errors that mean the token is invalid.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const done = (error: VerifyErrors | null) => console.log(error?.message); // → jwt malformed
 * verify('not a token', JWT_SECRET, done);
 * ```
 */
export type VerifyErrors = JsonWebTokenError | NotBeforeError | TokenExpiredError;

/**
 * Receives the payload, or the error.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const done: VerifyCallback = (error, payload) => console.log(error ?? typeof payload); // → object
 * verify(sign({ sub: 'ada' }, JWT_SECRET), JWT_SECRET, done);
 * ```
 */
export type VerifyCallback<T = Jwt | JwtPayload | string> = (
  error: VerifyErrors | null,
  decoded?: T | undefined,
) => void;

/**
 * Receives the key, or the error.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const sendKey = (done: SigningKeyCallback) => done(null, JWT_SECRET);
 * const token = sign({ sub: 'ada' }, JWT_SECRET);
 * verify(token, (_header, done) => sendKey(done), (error) => console.log(error)); // → null
 * ```
 */
export type SigningKeyCallback = (error: Error | null, signingKey?: Secret | PublicKey) => void;

/**
 * Finds the key of a token by its header. Calls the callback once.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const keys = new Map([['main', JWT_SECRET]]);
 * const getKey: GetPublicKeyOrSecret = (header, done) => done(null, keys.get(header.kid ?? ''));
 * const token = sign({ sub: 'ada' }, JWT_SECRET, { keyid: 'main' });
 * verify(token, getKey, (error) => console.log(error)); // → null
 * ```
 */
export type GetPublicKeyOrSecret = (header: JwtHeader, callback: SigningKeyCallback) => void;

/**
 * A public key in a form that node:crypto accepts. {@link verify} accepts every {@link KeyInput}.
 *
 * @example
 * ```ts
 * const { JWT_PRIVATE_KEY = '', JWT_PUBLIC_KEY = '' } = process.env;
 * const token = sign({ sub: 'ada' }, JWT_PRIVATE_KEY, { algorithm: 'EdDSA' });
 * const key: PublicKey = { key: JWT_PUBLIC_KEY, format: 'pem' };
 * verify(token, key, { algorithms: ['EdDSA'] });
 * ```
 */
export type PublicKey = Parameters<typeof createPublicKey>[0];

/**
 * Verifies a token and returns its payload.
 *
 * With a callback, `verify` returns nothing and calls it once, later, with the error or the payload. The
 * key can then be a function `(header, callback)`, and asymmetric signatures are verified on the thread
 * pool.
 *
 * Throws JsonWebTokenError, TokenExpiredError or NotBeforeError with the messages of jsonwebtoken and a
 * `code`; Error if the type of the key does not fit the algorithm (RFC 7519 §7.2, RFC 8725 §3).
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const token = sign({ sub: 'ada', aud: 'api' }, JWT_SECRET);
 * const claims = verify(token, JWT_SECRET, { algorithms: ['HS256'], audience: 'api' });
 * ```
 */
export function verify<Output, Complete extends boolean = false>(
  token: string,
  secretOrPublicKey: Secret | PublicKey | KeyInput,
  options: VerifyOptions & { schema: StandardSchema<Output>; complete?: Complete | undefined },
): Complete extends true ? Jwt<Output> : Output;
export function verify<
  Claims extends object | string = JwtPayload | string,
  Name extends string = string,
>(
  token: string,
  secretOrPublicKey: Secret | PublicKey | KeyInput,
  options: VerifyOptions<Name> & { complete: true },
): Jwt<WithClaims<Claims, Name>>;
export function verify<
  Claims extends object | string = JwtPayload | string,
  Name extends string = string,
>(
  token: string,
  secretOrPublicKey: Secret | PublicKey | KeyInput,
  options?: VerifyOptions<Name> & { complete?: false | undefined },
): WithClaims<Claims, Name>;
export function verify(
  token: string,
  secretOrPublicKey: Secret | PublicKey | KeyInput,
  options?: VerifyOptions,
): Jwt | JwtPayload | string;
export function verify(
  token: string,
  secretOrPublicKey: null | undefined,
  options: VerifyOptions & { algorithms: readonly Algorithm[] },
): Jwt | JwtPayload | string;
export function verify(
  token: string,
  secretOrPublicKey: Secret | PublicKey | KeyInput | GetPublicKeyOrSecret,
  callback?: VerifyCallback<JwtPayload | string>,
): void;
export function verify(
  token: string,
  secretOrPublicKey: Secret | PublicKey | KeyInput | GetPublicKeyOrSecret,
  options: VerifyOptions & { complete: true },
  callback?: VerifyCallback<Jwt>,
): void;
export function verify(
  token: string,
  secretOrPublicKey: Secret | PublicKey | KeyInput | GetPublicKeyOrSecret,
  options?: VerifyOptions & { complete?: false | undefined },
  callback?: VerifyCallback<JwtPayload | string>,
): void;
export function verify(
  token: string,
  secretOrPublicKey: Secret | PublicKey | KeyInput | GetPublicKeyOrSecret,
  options?: VerifyOptions,
  callback?: VerifyCallback,
): void;
export function verify(
  token: unknown,
  key: unknown,
  options?: unknown,
  callback?: unknown,
): unknown {
  const done = callback || options;
  const given = typeof options === 'function' ? undefined : options;
  if (typeof done !== 'function') {
    const from = classicKey(key, () => rejectLookUp);
    return verifyToken(classicPlan(from, given), token);
  }
  callBack(verifyWithLookUp(token, key, given), done as NodeCallback);
  return undefined;
}

function rejectLookUp(): never {
  const error = tokenError(
    'ERR_KEY_INVALID',
    'verify must be called asynchronous if secret or public key is provided as a callback',
  );
  const hint = 'for a key source or a JWK Set use createVerifier or verifyAsync';
  defineHidden(error, 'cause', new TypeError(hint));
  throw error;
}

/** An async function, so that an error in the options reaches the callback, too. */
async function verifyWithLookUp(token: unknown, key: unknown, options: unknown): Promise<unknown> {
  return verifyTokenAsync(callbackPlan(key, options), token);
}

/** Compiles the arguments of {@link verify} with a callback. */
export function callbackPlan(key: unknown, options: unknown): VerificationPlan {
  return classicPlan(classicKey(key, lookUpWith), options);
}

function classicKey(key: unknown, lookUp: (key: GetPublicKeyOrSecret) => KeyLookUp): ClassicKey {
  return typeof key === 'function'
    ? { from: 'lookUp', lookUp: lookUp(key as GetPublicKeyOrSecret) }
    : { from: 'argument', key };
}

/**
 * Verifies a token as {@link verify} does and returns a promise. The key can be a {@link KeySource}.
 * Asymmetric signatures are verified on the thread pool and do not block the event loop.
 *
 * Rejects with what {@link verify} throws, and with KeySourceError if the key source fails.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const keys = new Map([['main', JWT_SECRET]]);
 * const token = sign({ sub: 'ada' }, JWT_SECRET, { keyid: 'main' });
 * const claims = await verifyAsync(token, async ({ header }) => keys.get(header.kid ?? ''));
 * ```
 */
export async function verifyAsync<Output, Complete extends boolean = false>(
  token: string,
  key: Secret | PublicKey | KeyInput | KeySource,
  options: VerifyOptions & { schema: StandardSchema<Output>; complete?: Complete | undefined },
): Promise<Complete extends true ? Jwt<Output> : Output>;
export async function verifyAsync<
  Claims extends object | string = JwtPayload | string,
  Name extends string = string,
>(
  token: string,
  key: Secret | PublicKey | KeyInput | KeySource,
  options: VerifyOptions<Name> & { complete: true },
): Promise<Jwt<WithClaims<Claims, Name>>>;
export async function verifyAsync<
  Claims extends object | string = JwtPayload | string,
  Name extends string = string,
>(
  token: string,
  key: Secret | PublicKey | KeyInput | KeySource,
  options?: VerifyOptions<Name> & { complete?: false | undefined },
): Promise<WithClaims<Claims, Name>>;
export async function verifyAsync(
  token: string,
  key: null | undefined,
  options: VerifyOptions & { algorithms: readonly Algorithm[] },
): Promise<Jwt | JwtPayload | string>;
export async function verifyAsync(
  token: string,
  key: Secret | PublicKey | KeyInput | KeySource,
  options?: VerifyOptions,
): Promise<Jwt | JwtPayload | string>;
export async function verifyAsync(
  token: unknown,
  key: unknown,
  options?: unknown,
): Promise<unknown> {
  const from: ClassicKey =
    typeof key === 'function'
      ? { from: 'source', source: key as KeySource }
      : { from: 'argument', key };
  return verifyTokenAsync(classicPlan(from, options), token);
}
