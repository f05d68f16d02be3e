/** The flow of a verification, in the order of RFC 7519 §7.2. */

import { usageError } from '../../errors.ts';
import { deepFreeze } from '../encoding/strict-json.ts';
import type { BoundKey } from '../keys/algorithms.ts';
import { isThenable } from '../thenable.ts';
import { type ClaimCheck, claimsOf } from '../token/claim-checks.ts';
import { Fault, orThrow } from '../token/fault.ts';
import type { HeaderCheck } from '../token/header-checks.ts';
import type { NamedCheck } from '../token/named-check.ts';
import { type SchemaResult, type StandardSchema, schemaOutput } from '../token/standard-schema.ts';
import { type ParsedToken, splitToken } from '../token/token.ts';
import { isVerified, type TokenCache, type VerifiedToken } from './token-cache.ts';
import { publishError, publishFault, publishVerified } from './token-events.ts';
import { rejectedResult, type VerificationResult } from './verification-result.ts';

/** The keys to try, in order, or why the token is rejected without one. */
export type FoundKeys = readonly BoundKey[] | Fault;

/** How the key of a token is found. */
export interface KeyFinder {
  /** What is checked before. */
  readonly headerChecks: readonly HeaderCheck[];
  /** Finds the keys for the token: the step that may wait. */
  findKeys(token: ParsedToken, context: unknown): FoundKeys | Promise<FoundKeys>;
  /** Whether it throws more than faults of the token. The spelling is then checked before. */
  readonly canThrow: boolean;
}

/** The options of a verification, compiled. */
export interface VerificationPlan extends KeyFinder {
  readonly maxTokenLength: number;
  readonly allowPadding: boolean;
  readPayload(token: ParsedToken): unknown;
  readonly claimChecks: readonly ClaimCheck[];
  readonly schema: StandardSchema | undefined;
  readonly complete: boolean;
  /** Tokens whose signature was verified before. */
  readonly cache: TokenCache | undefined;
  /** Returns seconds since 1970. Called once for each verification. */
  now(): number;
}

/** Verifies a token. Returns a promise only if the key source does. Throws the error of a rejection. */
export function verifyToken(plan: VerificationPlan, text: unknown, context?: unknown): unknown {
  return publishError(() => settle(runPlan(plan, text, context, false), orThrow));
}

/** Verifies a token with asymmetric signatures on the thread pool. */
export function verifyTokenAsync(
  plan: VerificationPlan,
  text: unknown,
  context?: unknown,
): Promise<unknown> {
  return publishError(async () => orThrow(await runPlan(plan, text, context, true)));
}

/** As {@link verifyToken}, but returns a rejection. Throws what is not the fault of the token. */
export function resultOf(plan: VerificationPlan, text: unknown, context?: unknown): unknown {
  return publishError(() => settle(runPlan(plan, text, context, false), toResult));
}

/** The same on the thread pool. */
export function resultOfAsync(
  plan: VerificationPlan,
  text: unknown,
  context?: unknown,
): Promise<unknown> {
  return publishError(async () => toResult(await runPlan(plan, text, context, true)));
}

/** Calls a function with a value, or with what its promise resolves to. */
export function settle<Value, Result>(
  value: Value | PromiseLike<Value>,
  finish: (value: Value) => Result,
): Result | PromiseLike<Result> {
  return isThenable(value) ? (value as PromiseLike<Value>).then(finish) : finish(value as Value);
}

/** Wraps what a verification returns, and publishes a rejection. */
export function toResult<Value>(outcome: Value | Fault): VerificationResult<Value> {
  if (!(outcome instanceof Fault)) return { ok: true, value: outcome };
  publishFault(outcome);
  return rejectedResult(outcome);
}

/**
 * RFC 7519 §7.2: token, header, keys, then {@link checkSignature} and {@link checkPayload}. Each step returns
 * the result or a {@link Fault}, or a promise of either if the key source, the thread pool or the schema makes
 * it wait. A promise is known by its `then`, not by its class: programs replace the global `Promise`.
 */
export function runPlan(
  plan: VerificationPlan,
  text: unknown,
  context: unknown,
  isAsync: boolean,
): unknown {
  const cached = plan.cache?.get(text);
  const token = cached?.token ?? splitToken(text, plan.maxTokenLength, plan.allowPadding);
  if (token instanceof Fault) return token;
  const misspelt = plan.canThrow ? token.checkSpelling() : undefined;
  const keys = misspelt ?? firstFault(plan.headerChecks, token, 0) ?? plan.findKeys(token, context);
  return isThenable(keys)
    ? keys.then((keys) => checkSignature(plan, text, token, cached, keys, true))
    : checkSignature(plan, text, token, cached, keys, isAsync);
}

function checkSignature(
  plan: VerificationPlan,
  text: unknown,
  token: ParsedToken,
  cached: VerifiedToken | undefined,
  keys: FoundKeys,
  canWait: boolean,
): unknown {
  // What verifies is spelt right: only a rejection has to look, because that error comes first.
  if (keys instanceof Fault) return token.checkSpelling() ?? keys;
  const now = plan.now();
  // A place in the list, so that nothing but a key of the list can pass for one.
  const index = findSigningKey(token, keys, cached, now, canWait);
  return isThenable(index)
    ? index.then((index) => checkPayload(plan, text, token, cached, keys[index], now, canWait))
    : checkPayload(plan, text, token, cached, keys[index], now, canWait);
}

function checkPayload(
  plan: VerificationPlan,
  text: unknown,
  token: ParsedToken,
  cached: VerifiedToken | undefined,
  key: BoundKey | undefined,
  now: number,
  canWait: boolean,
): unknown {
  if (!key) return token.checkSpelling() ?? INVALID_SIGNATURE;
  // From here on the claims are what the holder of the key signed.
  const payload = cached ? cached.payload : plan.readPayload(token);
  if (payload instanceof Fault) return payload;
  const fault = firstFault(plan.claimChecks, claimsOf(payload), now);
  if (fault) return fault;
  // Before the schema, which may write into the claims: later calls check the same object again.
  if (plan.cache && !cached) deepFreeze(payload);

  const finish = (output: unknown): unknown => {
    if (output instanceof Fault) return output;
    plan.cache?.add(text, { token, payload, key }, cached, now);
    publishVerified(token);
    if (!plan.complete) return output;
    return { header: token.readHeader(), payload: output, signature: token.signature };
  };
  if (!plan.schema) return finish(payload);
  const result: unknown = plan.schema['~standard'].validate(payload);
  if (!isThenable(result)) return finish(schemaOutput(result as SchemaResult));
  if (canWait) return result.then((result) => finish(schemaOutput(result as SchemaResult)));
  // The call throws here, so nothing else handles a rejection of this promise.
  result.then(undefined, () => {});
  throw usageError(
    'ERR_OPTION_INVALID',
    'the schema returns a promise: use async: true or verifyAsync',
  );
}

/** Runs the checks until one fails. Checks of the header ignore the time. */
function firstFault<Subject>(
  checks: ReadonlyArray<NamedCheck<[Subject, number]>>,
  subject: Subject,
  now: number,
): Fault | undefined {
  // By index: an iterator costs 10 ns for each token.
  for (let i = 0; i < checks.length; i++) {
    const fault = checks[i]?.run(subject, now);
    if (fault) return fault;
  }
  return undefined;
}

const INVALID_SIGNATURE = new Fault('ERR_SIGNATURE_INVALID', 'invalid signature');

/** Returns the index of the first key that verifies the signature, or did so before; -1 if none does. */
function findSigningKey(
  token: ParsedToken,
  keys: readonly BoundKey[],
  cached: VerifiedToken | undefined,
  now: number,
  canWait: boolean,
  start = 0,
): number | Promise<number> {
  const { signed } = token;
  for (let i = start; i < keys.length; i++) {
    const key = keys[i] as BoundKey;
    if (isVerified(cached, key, now)) return i;
    if (canWait && key.verifyAsync) {
      return key.verifyAsync(signed).then((isValid) => {
        return isValid === true ? i : findSigningKey(token, keys, cached, now, canWait, i + 1);
      });
    }
    if (key.verify(signed)) return i;
  }
  return -1;
}
