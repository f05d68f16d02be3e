/** verify and verifyAsync: jsonwebtoken's way to call the verifier. */

import type { Algorithm } from './core/algorithms.ts';
import { classicPolicy, type VerifyOptions } from './core/classic-verification.ts';
import { isThenable, type KeyDescriptor, type KeyInput, type KeySource } from './core/keys.ts';
import type { SchemaOutput, StandardSchema } from './core/schema.ts';
import type { Jwt, JwtHeader, JwtPayload, UnverifiedToken } from './core/token.ts';
import { verifyLater, verifyNow } from './core/verification.ts';
import type { WithClaims } from './core/verifier.ts';
import {
  type JsonWebTokenError,
  type NotBeforeError,
  refusal,
  type TokenExpiredError,
} from './errors.ts';
import type { Secret } from './sign.ts';

export type { VerifyOptions };

/** The errors for which the token is to blame. */
export type VerifyErrors = JsonWebTokenError | NotBeforeError | TokenExpiredError;

/** Told the payload, or why there is none. */
export type VerifyCallback<T = Jwt | JwtPayload | string> = (
  error: VerifyErrors | null,
  decoded?: T | undefined,
) => void;

/** Told the key, or why there is none. */
export type SigningKeyCallback = (error: Error | null, signingKey?: Secret | PublicKey) => void;

/** Finds the key of a token by its header; called once, and answers once. */
export type GetPublicKeyOrSecret = (header: JwtHeader, callback: SigningKeyCallback) => void;

/** Whatever holds a public key. */
export type PublicKey = KeyInput | KeyDescriptor;

type Key = Secret | PublicKey;
type NotComplete = { complete?: false | undefined };
type Complete = { complete: true };

/**
 * Verifies a token and answers with its payload.
 *
 * With a callback it is told the payload or the error, once, later; the key may then be a function
 * `(header, callback)` that looks it up, and asymmetric signatures are verified on the thread pool.
 *
 * Throws JsonWebTokenError, TokenExpiredError or NotBeforeError with the messages of jsonwebtoken and a
 * `code`; Error where the type of the key does not fit the algorithm (RFC 7519 §7.2, RFC 8725 §3).
 *
 * @example
 * ```ts
 * const claims = verify(token, publicKey, { algorithms: ['RS256'], audience: 'api' });
 * ```
 */
export function verify<Schema extends StandardSchema>(
  token: string,
  secretOrPublicKey: Key,
  options: VerifyOptions & { schema: Schema } & Complete,
): Jwt<SchemaOutput<Schema>>;
export function verify<Schema extends StandardSchema>(
  token: string,
  secretOrPublicKey: Key,
  options: VerifyOptions & { schema: Schema } & NotComplete,
): SchemaOutput<Schema>;
export function verify<const Name extends string>(
  token: string,
  secretOrPublicKey: Key,
  options: VerifyOptions & { requiredClaims: readonly Name[] } & Complete,
): Jwt<WithClaims<JwtPayload, Name>>;
export function verify<const Name extends string>(
  token: string,
  secretOrPublicKey: Key,
  options: VerifyOptions & { requiredClaims: readonly Name[] } & NotComplete,
): WithClaims<JwtPayload, Name>;
export function verify(
  token: string,
  secretOrPublicKey: Key,
  options: VerifyOptions & Complete,
): Jwt;
export function verify(
  token: string,
  secretOrPublicKey: Key,
  options?: VerifyOptions & NotComplete,
): JwtPayload | string;
export function verify<Claims extends object>(
  token: string,
  secretOrPublicKey: Key,
  options: VerifyOptions & Complete,
): Jwt<Claims>;
export function verify<Claims extends object>(
  token: string,
  secretOrPublicKey: Key,
  options?: VerifyOptions & NotComplete,
): Claims;
export function verify(
  token: string,
  secretOrPublicKey: null | undefined,
  options: VerifyOptions & { algorithms: readonly Algorithm[] },
): Jwt | JwtPayload | string;
export function verify(
  token: string,
  secretOrPublicKey: Key,
  options?: VerifyOptions,
): Jwt | JwtPayload | string;
export function verify(
  token: string,
  secretOrPublicKey: Key | GetPublicKeyOrSecret,
  callback?: VerifyCallback<JwtPayload | string>,
): void;
export function verify(
  token: string,
  secretOrPublicKey: Key | GetPublicKeyOrSecret,
  options: VerifyOptions & { complete: true },
  callback?: VerifyCallback<Jwt>,
): void;
export function verify(
  token: string,
  secretOrPublicKey: Key | GetPublicKeyOrSecret,
  options?: VerifyOptions & { complete?: false | undefined },
  callback?: VerifyCallback<JwtPayload | string>,
): void;
export function verify(
  token: string,
  secretOrPublicKey: Key | GetPublicKeyOrSecret,
  options?: VerifyOptions,
  callback?: VerifyCallback,
): void;
export function verify(
  token: unknown,
  key: unknown,
  options?: unknown,
  callback?: unknown,
): unknown {
  const done = callback ?? options;
  const given = typeof options === 'function' ? undefined : options;
  if (typeof done !== 'function') {
    const source = typeof key === 'function' ? { seek: refuseLookUp, lists: false } : { key };
    return verifyNow(token, classicPolicy(source, given));
  }
  verifyWithLookUp(token, key, given).then(
    (payload) => done(null, payload),
    (error) => done(error),
  );
  return undefined;
}

function refuseLookUp(): never {
  throw refusal(
    'ERR_KEY_INVALID',
    'verify must be called asynchronous if secret or public key is provided as a callback',
  );
}

/** An async function, so that a fault in the options reaches the callback, too. */
async function verifyWithLookUp(token: unknown, key: unknown, options: unknown): Promise<unknown> {
  const source =
    typeof key === 'function'
      ? { seek: lookUpWith(key as GetPublicKeyOrSecret), lists: false }
      : { key };
  return verifyLater(token, classicPolicy(source, options));
}

/** A `(header, callback)` function as a key source. */
function lookUpWith(lookUp: GetPublicKeyOrSecret): (token: UnverifiedToken) => Promise<unknown> {
  return ({ header }) => {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => reject(lookUpFailure(error));
      try {
        const returned: unknown = lookUp(header, (error, key) =>
          error ? fail(error) : resolve(key),
        );
        // Nobody waits for what an async function returns, but its failure must not be lost.
        if (isThenable(returned)) returned.then(undefined, fail);
      } catch (error) {
        fail(error);
      }
    });
  };
}

function lookUpFailure(cause: unknown): Error {
  const { message } = Object(cause) as { message?: unknown };
  const error = refusal('ERR_KEY_SOURCE', `error in secret or public key callback: ${message}`);
  return Object.defineProperty(error, 'cause', { value: cause, configurable: true });
}

/**
 * Verifies as {@link verify} does and answers with a promise. The key may be a {@link KeySource};
 * asymmetric signatures are verified on the thread pool, so that the event loop goes on.
 *
 * Rejects with what {@link verify} throws, and with KeySourceError where the key source failed.
 *
 * @example
 * ```ts
 * const claims = await verifyAsync(token, ({ header }) => fetchKey(header.kid));
 * ```
 */
export async function verifyAsync<Schema extends StandardSchema>(
  token: string,
  key: Key | KeySource,
  options: VerifyOptions & { schema: Schema } & Complete,
): Promise<Jwt<SchemaOutput<Schema>>>;
export async function verifyAsync<Schema extends StandardSchema>(
  token: string,
  key: Key | KeySource,
  options: VerifyOptions & { schema: Schema } & NotComplete,
): Promise<SchemaOutput<Schema>>;
export async function verifyAsync<const Name extends string>(
  token: string,
  key: Key | KeySource,
  options: VerifyOptions & { requiredClaims: readonly Name[] } & Complete,
): Promise<Jwt<WithClaims<JwtPayload, Name>>>;
export async function verifyAsync<const Name extends string>(
  token: string,
  key: Key | KeySource,
  options: VerifyOptions & { requiredClaims: readonly Name[] } & NotComplete,
): Promise<WithClaims<JwtPayload, Name>>;
export async function verifyAsync(
  token: string,
  key: Key | KeySource,
  options: VerifyOptions & Complete,
): Promise<Jwt>;
export async function verifyAsync(
  token: string,
  key: Key | KeySource,
  options?: VerifyOptions & NotComplete,
): Promise<JwtPayload | string>;
export async function verifyAsync<Claims extends object>(
  token: string,
  key: Key | KeySource,
  options: VerifyOptions & Complete,
): Promise<Jwt<Claims>>;
export async function verifyAsync<Claims extends object>(
  token: string,
  key: Key | KeySource,
  options?: VerifyOptions & NotComplete,
): Promise<Claims>;
export async function verifyAsync(
  token: string,
  key: null | undefined,
  options: VerifyOptions & { algorithms: readonly Algorithm[] },
): Promise<Jwt | JwtPayload | string>;
export async function verifyAsync(
  token: string,
  key: Key | KeySource,
  options?: VerifyOptions,
): Promise<Jwt | JwtPayload | string>;
export async function verifyAsync(
  token: unknown,
  key: unknown,
  options?: unknown,
): Promise<unknown> {
  const source = typeof key === 'function' ? { seek: key as KeySource, lists: true } : { key };
  return verifyLater(token, classicPolicy(source, options));
}
