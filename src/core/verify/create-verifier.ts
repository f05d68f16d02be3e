/** Creates verifiers: checks a key and options once and returns a function that verifies tokens. */

import { usageError, withCallerStack } from '../../errors.ts';
import { type Algorithm, type BoundKey, checkAvailable } from '../keys/algorithms.ts';
import { requireKeys } from '../keys/import-key.ts';
import { bind, type Key, NO_KEY, preparedKeyArgument } from '../keys/key.ts';
import { checkSize, isCompatible, usableAlgorithms } from '../keys/key-checks.ts';
import type { FoundKey, KeyInput, KeySource } from '../keys/key-input.ts';
import * as option from '../option-rules.ts';
import { headerCheck, signedCheck } from '../token/header-checks.ts';
import type { StandardSchema } from '../token/standard-schema.ts';
import type { Jwt, JwtPayload } from '../token/token.ts';
import { compilePlan } from './compile-plan.ts';
import { keysFromSource, otherAlgorithm } from './key-source.ts';
import { rememberResult, type VerificationResult } from './verification-result.ts';
import { type VerifierOptions, verifierRules } from './verifier-options.ts';
import {
  type KeyFinder,
  resultOf,
  resultOfAsync,
  type VerificationPlan,
  verifyToken,
  verifyTokenAsync,
} from './verify-token.ts';

/**
 * Claims of which the named ones are present. A payload that is a string has none.
 *
 * An indexed type, so that TypeScript does not infer `Claims` from the variable the result is assigned to.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const verify = createVerifier(JWT_SECRET, { requiredClaims: ['sub'] });
 * const claims: WithClaims<JwtPayload, 'sub'> = verify(sign({ sub: 'ada' }, JWT_SECRET));
 * console.log(claims.sub.length); // → 3
 * ```
 */
export type WithClaims<Claims, Name extends string> = {
  unnamed: Claims;
  named: Exclude<Claims, string> & {
    [Claim in Name]: Claim extends keyof Exclude<Claims, string>
      ? NonNullable<Exclude<Claims, string>[Claim]>
      : unknown;
  };
}[string extends Name ? 'unnamed' : 'named'];

/**
 * What `verify.result` returns for a verifier that returns `Result`, a value or a promise.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const verify = createVerifier(JWT_SECRET);
 * const result: ResultOf<JwtPayload> = verify.result(sign({ sub: 'ada' }, JWT_SECRET));
 * if (result.ok) console.log(result.value.sub); // → ada
 * ```
 */
export type ResultOf<Result> = [Result] extends [Promise<infer Value>]
  ? Promise<VerificationResult<Value>>
  : Result extends Promise<infer Value>
    ? Promise<VerificationResult<Value>>
    : VerificationResult<Result>;

/**
 * A function that verifies tokens, made by {@link createVerifier}. Throws JsonWebTokenError,
 * TokenExpiredError, NotBeforeError or KeySourceError.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const verify: Verifier<JwtPayload> = createVerifier(JWT_SECRET, { cache: true });
 * const token = sign({ sub: 'ada' }, JWT_SECRET);
 * verify(token);
 * verify.forget(token); // ada logged out
 * ```
 */
export interface Verifier<Result> {
  (token: string, context?: unknown): Result;
  /**
   * Verifies a token without throwing for an invalid one: returns `{ ok: true, value }` with what the verifier
   * returns, or `{ ok: false, code, message, claim, error }`. Takes about as long for either, because the
   * `error` is created when you read it.
   *
   * Throws KeySourceError and TypeError as the verifier does: they say nothing about the token.
   */
  result(token: string, context?: unknown): ResultOf<Result>;
  /** Removes a token from the cache; the next call verifies its signature again. */
  forget(token: string): void;
  /** Empties the cache. */
  clear(): void;
}

/**
 * The result of a verifier with these options; both forms if an option is only known to be boolean.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const token = sign({ sub: 'ada' }, JWT_SECRET);
 * const now: Verified<JwtPayload, false, false> = createVerifier(JWT_SECRET)(token);
 * const later: Verified<JwtPayload, false, true> = createVerifier(JWT_SECRET, { async: true })(token);
 * ```
 */
export type Verified<Claims, Complete extends boolean, Async extends boolean> = Async extends true
  ? Promise<Verified<Claims, Complete, false>>
  : Complete extends true
    ? Jwt<Claims>
    : Claims;

/** At creation, an unusable key is an error of the caller. */
const keyArgument = preparedKeyArgument('verify');

/**
 * Creates a function that verifies tokens. Checks `key` and `options` once, now.
 *
 * The key is a secret, a public key in any form, or a {@link KeySource} that finds it. If the source is an
 * `async` function, or with `async: true`, the verifier returns promises. If your source sometimes returns
 * a promise, set `async: true`: the verifier then returns a promise for every token, also for one that it
 * rejects before it calls the source.
 *
 * Checks in this order: form, header, key, signature, `nbf`, `exp`, `aud`, `iss`, `sub`, `jti`, `nonce`,
 * `maxAge`, required claims, schema (RFC 7519 §7.2).
 *
 * Throws TypeError for an unknown option, a value of the wrong type, and a key that is unreadable, too
 * small or does not fit the algorithms.
 *
 * @example
 * ```ts
 * const { JWT_PRIVATE_KEY = '', JWT_PUBLIC_KEY = '' } = process.env;
 * const token = createSigner(JWT_PRIVATE_KEY)({ sub: 'ada', aud: 'api' });
 *
 * const verify = createVerifier(JWT_PUBLIC_KEY, { algorithms: ['EdDSA'], audience: 'api' });
 * const claims = verify(token); // throws JsonWebTokenError if the token is invalid
 * ```
 */
export function createVerifier<
  Output,
  Found extends FoundKey | Promise<FoundKey> = FoundKey,
  Complete extends boolean = false,
  Async extends boolean = false,
>(
  key: KeyInput | KeySource<Found>,
  options: VerifierOptions & {
    schema: StandardSchema<Output>;
    complete?: Complete;
    async?: Async;
  },
): Verifier<Verified<Output, Complete, Found extends Promise<unknown> ? true : Async>>;
export function createVerifier<Complete extends boolean = false, Async extends boolean = false>(
  key: null | undefined,
  options: VerifierOptions & { algorithms: readonly ['none']; complete?: Complete; async?: Async },
): Verifier<Verified<JwtPayload, Complete, Async>>;
export function createVerifier<Claims extends object = JwtPayload, Name extends string = string>(
  key: KeyInput | KeySource<FoundKey>,
  options?: VerifierOptions<Name> & { complete?: false; async?: false },
): Verifier<WithClaims<Claims, Name>>;
export function createVerifier<Claims extends object = JwtPayload, Name extends string = string>(
  key: KeyInput | KeySource<FoundKey>,
  options: VerifierOptions<Name> & { complete: true; async?: false },
): Verifier<Jwt<WithClaims<Claims, Name>>>;
export function createVerifier<Claims extends object = JwtPayload, Name extends string = string>(
  key: KeySource<Promise<FoundKey>>,
  options?: VerifierOptions<Name> & { complete?: false },
): Verifier<Promise<WithClaims<Claims, Name>>>;
export function createVerifier<Claims extends object = JwtPayload, Name extends string = string>(
  key: KeySource<Promise<FoundKey>>,
  options: VerifierOptions<Name> & { complete: true },
): Verifier<Promise<Jwt<WithClaims<Claims, Name>>>>;
export function createVerifier<Claims extends object = JwtPayload, Name extends string = string>(
  key: KeyInput | KeySource,
  options: VerifierOptions<Name> & { complete?: false; async: true },
): Verifier<Promise<WithClaims<Claims, Name>>>;
export function createVerifier<Claims extends object = JwtPayload, Name extends string = string>(
  key: KeyInput | KeySource,
  options: VerifierOptions<Name> & { complete: true; async: true },
): Verifier<Promise<Jwt<WithClaims<Claims, Name>>>>;
export function createVerifier<
  Claims extends object = JwtPayload,
  Name extends string = string,
  Complete extends boolean = false,
>(
  key: KeyInput | KeySource,
  options?: VerifierOptions<Name> & { complete?: Complete },
): Verifier<Verified<WithClaims<Claims, Name>, Complete, boolean>>;
export function createVerifier(
  key: KeyInput | KeySource | null | undefined,
  options: VerifierOptions = {},
): Verifier<unknown> {
  return withCallerStack(createVerifier, () => compileVerifier(key, options));
}

function compileVerifier(key: unknown, options: unknown): Verifier<unknown> {
  const { plan, isAsync } = verifierPlan(key, options);
  return verifierOf(plan, isAsync);
}

/** Returns the function that runs a plan. */
export function verifierOf(plan: VerificationPlan, isAsync: boolean): Verifier<unknown> {
  const run = isAsync ? verifyTokenAsync : verifyToken;
  const runResult = isAsync ? resultOfAsync : resultOf;
  const verifier = Object.assign((token: string, context?: unknown) => run(plan, token, context), {
    result: (token: string, context?: unknown) => runResult(plan, token, context) as never,
    forget: (token: string) => plan.cache?.forget(token),
    clear: () => plan.cache?.clear(),
  });
  rememberResult(verifier);
  return verifier;
}

/** Compiles the arguments of {@link createVerifier}. `isAsync`: whether it returns promises. */
export function verifierPlan(
  key: unknown,
  options: unknown,
): { plan: VerificationPlan; isAsync: boolean } {
  // Checked before every use: from here on the values have the types that the rules name.
  const own = option.checkOptions(options, verifierRules) as VerifierOptions;
  for (const alg of own.algorithms ?? []) checkAvailable(alg);
  const finder = typeof key === 'function' ? fromSource(key as KeySource, own) : fixedKey(key, own);
  const plan = compilePlan(finder, own);
  const isAsyncFunction = Object.prototype.toString.call(key) === '[object AsyncFunction]';
  return { plan, isAsync: own.async || isAsyncFunction };
}

/** The key is checked and bound to its algorithms now; a token only selects one of them. */
function fixedKey(input: unknown, own: VerifierOptions): KeyFinder {
  const isUnsecured = allowsUnsecured(input, own);
  const keys = isUnsecured ? [NO_KEY] : requireKeys(input, keyArgument);
  const bound = new Map<string, BoundKey[]>();
  for (const key of keys) {
    for (const alg of isUnsecured ? (['none'] as const) : algorithmsFor(key, keys, own)) {
      bound.set(alg, [...(bound.get(alg) ?? []), bind(alg, key)]);
    }
  }
  // Most verifiers see one algorithm: comparing it costs less than looking it up twice.
  let lastAlg: string | undefined;
  let lastKeys: readonly BoundKey[] | undefined;
  const keysOf = (alg: string | undefined) => {
    if (alg !== lastAlg) {
      lastKeys = bound.get(alg ?? '');
      lastAlg = alg;
    }
    return lastKeys;
  };
  const algCheck = headerCheck(
    'alg',
    ({ alg }) => (keysOf(alg) ? undefined : otherAlgorithm(alg ?? '', keys, own.algorithms)),
    [...bound.keys()],
  );
  return {
    headerChecks: isUnsecured ? [algCheck] : [algCheck, signedCheck],
    findKeys: ({ alg }) => keysOf(alg) ?? [],
    canThrow: false,
  };
}

/** Of several keys in one PEM, each has the named algorithms that fit it. */
function algorithmsFor(key: Key, keys: readonly Key[], own: VerifierOptions): Algorithm[] {
  const { algorithms, allowInsecureKeySizes } = own;
  const fitting = keys.length > 1 && algorithms?.filter((alg) => isCompatible(alg, key, 'verify'));
  if (fitting && fitting.length === 0 && keys.some((other) => fitsSome(other, own))) return [];
  const named = fitting && fitting.length > 0 ? fitting : algorithms;
  return usableAlgorithms(key, named, keyArgument, allowInsecureKeySizes);
}

function fitsSome(key: Key, { algorithms }: VerifierOptions): boolean {
  return algorithms?.some((alg) => isCompatible(alg, key, 'verify')) ?? true;
}

/** Whether the caller names `none` alone and passes no key; anything else with `none` is an error. */
function allowsUnsecured(input: unknown, { algorithms }: VerifierOptions): boolean {
  if (!algorithms?.includes('none')) return false;
  if (algorithms.length === 1 && (input === undefined || input === null)) return true;
  throw usageError(
    'ERR_OPTION_INVALID',
    '"algorithms" may name "none" only alone, and with null or undefined as the key',
  );
}

function fromSource(source: KeySource, own: VerifierOptions): KeyFinder {
  if (own.algorithms?.includes('none')) {
    throw usageError('ERR_OPTION_INVALID', '"algorithms" may not name "none" beside a key source');
  }
  return keysFromSource(
    source,
    own.algorithms ?? 'default',
    own.allowInsecureKeySizes ? undefined : checkSize,
  );
}
