/** The flow of a verification, in the order of RFC 7519 §7.2. */

import { usageError } from '../../errors.ts';
import { deepFreeze } from '../encoding/strict-json.ts';
import type { BoundKey } from '../keys/algorithms.ts';
import { isThenable } from '../keys/import-key.ts';
import { type ClaimRules, checkClaims } from '../token/claim-checks.ts';
import { errorOf, Fault } from '../token/fault.ts';
import { checkCrit, checkTyp } from '../token/header-checks.ts';
import { type StandardSchema, schemaOutput } from '../token/standard-schema.ts';
import { type ParsedToken, parseToken } from '../token/token.ts';
import { isVerified, type TokenCache, type VerifiedToken } from './token-cache.ts';
import { publishRejection, publishVerified } from './token-events.ts';

/** The keys to try, in order, or why the token is rejected without one. */
export type FoundKeys = readonly BoundKey[] | Fault;

/** The options of a verification, compiled. */
export interface VerificationPlan {
  readonly maxTokenLength: number;
  readonly allowPadding: boolean;
  readonly typ: ReadonlyArray<string | null> | undefined;
  /** Checks the header and finds the keys for the token: the step that may wait. */
  findKeys(token: ParsedToken, context: unknown): FoundKeys | Promise<FoundKeys>;
  readPayload(token: ParsedToken): unknown;
  readonly claimRules: ClaimRules;
  readonly schema: StandardSchema | undefined;
  readonly complete: boolean;
  /** Tokens whose signature was verified before. */
  readonly cache: TokenCache | undefined;
  /** Returns seconds since 1970. Called once for each verification. */
  now(): number;
}

/** Verifies a token. Returns a promise only if the key source does. Throws the error of a rejection. */
export function verifyToken(plan: VerificationPlan, text: unknown, context?: unknown): unknown {
  return publishRejection(() => {
    const outcome = runPlan(plan, text, context, false);
    return isThenable(outcome) ? outcome.then(throwFault) : throwFault(outcome);
  });
}

/** Verifies a token with asymmetric signatures on the thread pool. */
export function verifyTokenAsync(
  plan: VerificationPlan,
  text: unknown,
  context?: unknown,
): Promise<unknown> {
  return publishRejection(async () => throwFault(await runPlan(plan, text, context, true)));
}

function throwFault(outcome: unknown): unknown {
  if (outcome instanceof Fault) throw errorOf(outcome);
  return outcome;
}

/**
 * RFC 7519 §7.2 from top to bottom. Returns the result or a {@link Fault}; a promise of either if the key
 * source, the thread pool or the schema makes it wait.
 */
function runPlan(
  plan: VerificationPlan,
  text: unknown,
  context: unknown,
  isAsync: boolean,
): unknown {
  const cached = plan.cache?.get(text);
  const token = cached?.token ?? parseAndCheckHeader(plan, text);
  if (token instanceof Fault) return token;

  const found = plan.findKeys(token, context);
  const canWait = isAsync || found instanceof Promise;
  return after(found, (keys) => {
    if (keys instanceof Fault) return keys;
    const now = plan.now();
    return after(findSigningKey(token, keys, cached, now, canWait), (key) => {
      if (!key) return INVALID_SIGNATURE;
      // From here on the claims are what the holder of the key signed.
      const payload = cached?.payload ?? plan.readPayload(token);
      if (payload instanceof Fault) return payload;
      const fault = checkClaims(payload, plan.claimRules, now);
      if (fault) return fault;
      // Before the schema, which may write into the claims: later calls check the same object again.
      if (plan.cache && !cached) deepFreeze(payload);
      return after(plan.schema ? validate(plan.schema, payload, canWait) : payload, (output) => {
        if (output instanceof Fault) return output;
        plan.cache?.add(token, payload, key, cached, now);
        publishVerified(token);
        if (!plan.complete) return output;
        return { header: token.readHeader(), payload: output, signature: token.signature };
      });
    });
  });
}

/** Continues now, or when the promise is resolved. */
function after<Value>(value: Value | Promise<Value>, next: (value: Value) => unknown): unknown {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Everything that can be checked without a key. */
function parseAndCheckHeader(plan: VerificationPlan, text: unknown): ParsedToken | Fault {
  const token = parseToken(text, plan.maxTokenLength, plan.allowPadding);
  if (token instanceof Fault) return token;
  return checkCrit(token.header) ?? (plan.typ && checkTyp(token.header, plan.typ)) ?? token;
}

const INVALID_SIGNATURE = new Fault('ERR_SIGNATURE_INVALID', 'invalid signature');

/** The first key that verifies the signature, or that did so before. */
function findSigningKey(
  token: ParsedToken,
  keys: readonly BoundKey[],
  cached: VerifiedToken | undefined,
  now: number,
  canWait: boolean,
): BoundKey | undefined | Promise<BoundKey | undefined> {
  const { signingInput, signature } = token;
  for (const [index, key] of keys.entries()) {
    if (isVerified(cached, key, now)) return key;
    if (canWait && key.verifyAsync) {
      const others = keys.slice(index + 1);
      return key.verifyAsync(signingInput, signature).then((isValid) => {
        return isValid ? key : findSigningKey(token, others, cached, now, canWait);
      });
    }
    if (key.verify(signingInput, signature)) return key;
  }
  return undefined;
}

/** The output of the schema, or a Fault. */
function validate(schema: StandardSchema, payload: unknown, canWait: boolean): unknown {
  const result = schema['~standard'].validate(payload);
  if (!isThenable(result)) return schemaOutput(result);
  if (canWait) return Promise.resolve(result).then(schemaOutput);
  // The call throws here, so nothing else handles a rejection of this promise.
  result.then(undefined, () => {});
  throw usageError(
    'ERR_OPTION_INVALID',
    'the schema returns a promise: use async: true or verifyAsync',
  );
}
