/** The flow of one verification: token, header, key, signature, claims, result. */

import { JsonWebTokenError, KeySourceError, tokenError, usageError } from '../../errors.ts';
import { deepFreeze } from '../encoding/strict-json.ts';
import type { BoundKey } from '../keys/algorithms.ts';
import { isThenable } from '../keys/import-key.ts';
import type { ClaimCheck, Claims } from '../token/claim-checks.ts';
import { checkCrit, checkTyp } from '../token/header-checks.ts';
import { type SchemaResult, type StandardSchema, schemaOutput } from '../token/standard-schema.ts';
import { type ParsedToken, parseToken } from '../token/token.ts';
import { isProved, type Proof, type TokenCache } from './token-cache.ts';
import { publishRejection, publishVerified } from './token-events.ts';

/** More keys than this are not tried for one token. */
const MAX_KEYS = 16;

/** What a verification was told, compiled. */
export interface VerificationPlan {
  readonly maxTokenLength: number;
  readonly typ: ReadonlyArray<string | null> | undefined;
  /** Looks for the key: the only place that may wait. Absent where the key is there already. */
  readonly seek: ((token: ParsedToken, context: unknown) => unknown) | undefined;
  /** Judges the header before a key is looked for. */
  readonly beforeSeek: ((token: ParsedToken) => void) | undefined;
  /** Whether {@link seek} may answer with a list, to be tried in order. */
  readonly lists: boolean;
  /** Understands one key and holds it against the header; throws where they do not fit. */
  admit(token: ParsedToken, key: unknown): BoundKey;
  /** The payload, once it is proved. */
  readPayload(token: ParsedToken): unknown;
  readonly checkClaims: ClaimCheck;
  readonly schema: StandardSchema | undefined;
  readonly complete: boolean;
  /** Signatures that were verified before. */
  readonly cache: TokenCache | undefined;
  /** Seconds since 1970, asked once in a verification. */
  now(): number;
}

/** Verifies now; where the key source answers with a promise, the answer is one too. */
export function verifyToken(text: unknown, policy: VerificationPlan, context?: unknown): unknown {
  return publishRejection(() => runNow(text, policy, context));
}

/** Verifies with the asymmetric work on the thread pool. */
export function verifyTokenAsync(
  text: unknown,
  policy: VerificationPlan,
  context?: unknown,
): Promise<unknown> {
  return publishRejection(() => runLater(text, policy, context));
}

function runNow(text: unknown, policy: VerificationPlan, context: unknown): unknown {
  const known = policy.cache?.get(text);
  const token = known?.token ?? open(text, policy);
  const answer = seek(token, policy, context);
  if (isThenable(answer)) return verifyOpened(token, known, answer, policy);

  const now = policy.now();
  const { signingInput, signature } = token;
  let key: BoundKey | undefined;
  for (const candidate of candidates(token, answer, policy)) {
    if (isProved(known, candidate, now) || candidate.verify(signingInput, signature)) {
      key = candidate;
      break;
    }
  }
  if (!key) throw badSignature();

  const { payload, validated } = judge(token, known, policy, now);
  if (isThenable(validated)) {
    validated.then(undefined, () => {});
    throw usageError(
      'ERR_OPTION_INVALID',
      'the schema answers with a promise: use async: true or verifyAsync',
    );
  }
  policy.cache?.add(token, payload, key, known, now);
  return conclude(token, policy.schema ? schemaOutput(validated) : payload, policy);
}

async function runLater(
  text: unknown,
  policy: VerificationPlan,
  context: unknown,
): Promise<unknown> {
  const known = policy.cache?.get(text);
  const token = known?.token ?? open(text, policy);
  return verifyOpened(token, known, seek(token, policy, context), policy);
}

async function verifyOpened(
  token: ParsedToken,
  known: Proof | undefined,
  answer: unknown,
  policy: VerificationPlan,
): Promise<unknown> {
  // Without a promise there is nothing to wait for: a key that is here is read now, as it is.
  const found = isThenable(answer) ? await settled(answer) : answer;
  const now = policy.now();
  const key = await signingKey(token, candidates(token, found, policy), known, now);
  if (!key) throw badSignature();

  const { payload, validated } = judge(token, known, policy, now);
  const output = policy.schema ? schemaOutput(await validated) : payload;
  policy.cache?.add(token, payload, key, known, now);
  return conclude(token, output, policy);
}

/** Everything that can be said of a token without a key. */
function open(text: unknown, policy: VerificationPlan): ParsedToken {
  const token = parseToken(text, policy.maxTokenLength);
  checkCrit(token.header);
  if (policy.typ) checkTyp(token.header, policy.typ);
  policy.beforeSeek?.(token);
  return token;
}

function seek(token: ParsedToken, policy: VerificationPlan, context: unknown): unknown {
  if (!policy.seek) return undefined;
  try {
    return policy.seek(token, context);
  } catch (error) {
    throw sourceFailure(error);
  }
}

async function settled(answer: PromiseLike<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    throw sourceFailure(error);
  }
}

/** A source may refuse the token itself; anything else it throws says nothing about the token. */
function sourceFailure(error: unknown): Error {
  if (error instanceof JsonWebTokenError || error instanceof KeySourceError) return error;
  return new KeySourceError('the key source failed', error);
}

function candidates(token: ParsedToken, answer: unknown, policy: VerificationPlan): BoundKey[] {
  if (!(policy.lists && Array.isArray(answer))) return [policy.admit(token, answer)];

  const fitting: BoundKey[] = [];
  let problem: unknown;
  for (const key of answer.length > 0 ? answer.slice(0, MAX_KEYS) : [undefined]) {
    try {
      fitting.push(policy.admit(token, key));
    } catch (error) {
      problem ??= error;
    }
  }
  if (fitting.length === 0) throw problem;
  return fitting;
}

async function signingKey(
  { signingInput, signature }: ParsedToken,
  keys: BoundKey[],
  known: Proof | undefined,
  now: number,
): Promise<BoundKey | undefined> {
  for (const key of keys) {
    const isSignature = key.verifyAsync ?? key.verify;
    if (isProved(known, key, now) || (await isSignature(signingInput, signature))) return key;
  }
  return undefined;
}

function badSignature(): Error {
  return tokenError('ERR_SIGNATURE_INVALID', 'invalid signature');
}

type Judged = {
  payload: unknown;
  validated: SchemaResult | Promise<SchemaResult> | undefined;
};

/** The claims, which count from here on; and what the schema says to them. */
function judge(
  token: ParsedToken,
  known: Proof | undefined,
  policy: VerificationPlan,
  now: number,
): Judged {
  const payload = known?.payload ?? policy.readPayload(token);
  policy.checkClaims(payload as Claims, now);
  // Before the schema, which may write into what it is given: these claims are judged again.
  if (policy.cache && !known) deepFreeze(payload);
  return { payload, validated: policy.schema?.['~standard'].validate(payload) };
}

function conclude(token: ParsedToken, payload: unknown, policy: VerificationPlan): unknown {
  publishVerified(token);
  if (!policy.complete) return payload;
  return { header: token.readHeader(), payload, signature: token.signature };
}
