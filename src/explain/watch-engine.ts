/** Runs the engine on copies of a plan whose members note what they do. */

import type { BoundKey } from '../core/keys/algorithms.ts';
import { Fault, orThrow } from '../core/token/fault.ts';
import type { CheckName, NamedCheck } from '../core/token/named-check.ts';
import {
  type SchemaResult,
  type StandardSchema,
  schemaOutput,
} from '../core/token/standard-schema.ts';
import { type ParsedToken, parseToken } from '../core/token/token.ts';
import { TokenCache } from '../core/verify/token-cache.ts';
import {
  type FoundKeys,
  runPlan,
  settle,
  type VerificationPlan,
  verifyToken,
  verifyTokenAsync,
} from '../core/verify/verify-token.ts';

/** A verification to watch. */
export interface Verification {
  readonly plan: VerificationPlan;
  readonly token: unknown;
  readonly context: unknown;
  /** Whether the verifier returns promises. */
  readonly isAsync: boolean;
  /** `source`: a function of the caller finds them. `none`: the caller passes no key. */
  readonly keys: 'given' | 'source' | 'none';
}

/** A fault, or what a function of the caller threw. */
export type Rejection = Fault | Error;

/** What the checks did. */
export interface Observation {
  /** What the verifier throws. Undefined if it accepts the token, or if there are no keys. */
  readonly error: unknown;
  readonly isAccepted: boolean;
  /** Undefined if the token is malformed. */
  readonly parsed: ParsedToken | undefined;
  /** Whether a key verified the signature. */
  readonly isVerified: boolean;
  /** Seconds since 1970. */
  readonly now: number;
  /** Null if the check passed. Checks that were not run are absent. */
  readonly results: ReadonlyMap<CheckName, Rejection | null>;
}

/** Ends a run before its result is published. */
const STOP = new Error('the explanation stops here');

/** Accepts every signature, for a run that is about the claims only. */
const STAND_IN: readonly BoundKey[] = [
  { sign: () => '', verify: () => true, signAsync: undefined, verifyAsync: undefined },
];

const NO_CACHE = new TokenCache(0, 0, 0);

/**
 * Verifies the token as the verifier does, and then runs the checks that this left out.
 *
 * The first run only watches: the outcome is its outcome. If it ended after the token was parsed, a second run
 * passes over failed checks of the header, and a third one over those of the claims, with a stand-in key.
 *
 * The key source is called at most once, and never for a token for which the verifier does not call it: a hostile
 * `kid` must not reach a database because of an explanation.
 */
export function watchEngine(verification: Verification): Promise<Observation> {
  return new Watcher(verification).observe();
}

class Watcher {
  readonly #verification: Verification;
  readonly #plan: VerificationPlan;
  readonly #results = new Map<CheckName, Rejection | null>();
  /** The check that was entered last. */
  #stage: CheckName = 'token';
  #isVerified = false;
  #now: number | undefined;

  constructor(verification: Verification) {
    this.#verification = verification;
    this.#plan = verification.plan;
  }

  async observe(): Promise<Observation> {
    const { token } = this.#verification;
    const { maxTokenLength, allowPadding, schema } = this.#plan;
    const parsed = parseToken(token, maxTokenLength, allowPadding);
    const isForm = parsed instanceof Fault;
    const outcome = await this.#verify();
    if (isForm) {
      // The engine looks at the spelling of a signature last, although that error comes first.
      this.#results.clear();
      this.#results.set('token', parsed);
    } else {
      this.#results.set('token', null);
      if (outcome.isAccepted) {
        if (schema) this.#results.set('schema', null);
      } else await this.#runTheRest(outcome.error);
    }
    return {
      ...outcome,
      error: outcome.error === STOP ? undefined : outcome.error,
      parsed: isForm ? undefined : parsed,
      isVerified: this.#isVerified && !isForm && parsed.isSigned,
      now: this.#readClock(),
      results: this.#results,
    };
  }

  async #verify(): Promise<Pick<Observation, 'isAccepted' | 'error'>> {
    const { token, context, isAsync, keys } = this.#verification;
    const { schema } = this.#plan;
    const plan = {
      ...this.#watchedPlan((found) => found),
      findKeys: (token: ParsedToken) => this.#findKeys(token),
      schema: schema && this.#watchedSchema(schema),
    };
    try {
      // Without keys nothing is verified, and nothing is published.
      if (keys === 'none') orThrow(await runPlan(plan, token, context, true));
      else await (isAsync ? verifyTokenAsync : verifyToken)(plan, token, context);
      return { isAccepted: true, error: undefined };
    } catch (error) {
      return { isAccepted: false, error };
    }
  }

  /** Runs the checks that a failed one has left out, as far as that makes sense. */
  async #runTheRest(error: unknown): Promise<void> {
    const stage = this.#stage;
    if (error !== STOP) this.#results.set(stage, rejectionOf(error));
    if (stage === 'payload' || stage === 'schema') return;
    const isHeader = this.#plan.headerChecks.some(({ name }) => name === stage);
    if (isHeader) {
      await this.#runLeniently((token) => {
        if (!this.#canFindKeys()) throw STOP;
        return this.#findKeys(token);
      });
      // With a valid signature, that run reached the end.
      if (this.#results.has('payload')) return;
    }
    await this.#runLeniently(() => STAND_IN);
  }

  /** Whether the verifier would look for keys: it does not after a failed `alg`, or for an unsigned token. */
  #canFindKeys(): boolean {
    const hasPassed = (name: CheckName) => !this.#results.get(name);
    return this.#verification.keys === 'given' && hasPassed('alg') && hasPassed('signed');
  }

  async #runLeniently(findKeys: VerificationPlan['findKeys']): Promise<void> {
    const { token, context } = this.#verification;
    const plan = {
      ...this.#watchedPlan(() => undefined),
      findKeys,
      schema: this.#lastCheck(),
      cache: this.#plan.cache && NO_CACHE,
    };
    try {
      const outcome = await runPlan(plan, token, context, true);
      if (outcome instanceof Fault) this.#results.set(this.#stage, outcome);
    } catch (error) {
      if (error !== STOP) this.#results.set(this.#stage, rejectionOf(error));
    }
  }

  /** The plan with checks that note their result, and return what `pass` makes of it. */
  #watchedPlan(pass: (fault: Fault | undefined) => Fault | undefined): VerificationPlan {
    const { headerChecks, claimChecks } = this.#plan;
    const watch = <Subject extends readonly unknown[]>(check: NamedCheck<Subject>) => ({
      ...check,
      run: (...subject: Subject) => {
        this.#stage = check.name;
        const fault = check.run(...subject);
        this.#results.set(check.name, fault ?? null);
        return pass(fault);
      },
    });
    return {
      ...this.#plan,
      headerChecks: headerChecks.map(watch),
      claimChecks: claimChecks.map(watch),
      readPayload: (token) => this.#readPayload(token),
      now: () => this.#readClock(),
    };
  }

  #findKeys(token: ParsedToken): FoundKeys | Promise<FoundKeys> {
    this.#stage = 'key';
    if (this.#verification.keys === 'none') throw STOP;
    const found = this.#plan.findKeys(token, this.#verification.context);
    return settle(found, (keys) => {
      const isFound = !(keys instanceof Fault);
      this.#results.set('key', isFound ? null : keys);
      if (isFound) this.#stage = 'signature';
      return keys;
    }) as FoundKeys | Promise<FoundKeys>;
  }

  #readPayload(token: ParsedToken): unknown {
    // Entered after a signature check. With the stand-in key, nothing has set this stage.
    if (this.#stage === 'signature') {
      this.#isVerified = true;
      this.#results.set('signature', null);
    }
    this.#stage = 'payload';
    const payload = this.#plan.readPayload(token);
    this.#results.set('payload', payload instanceof Fault ? payload : null);
    return payload;
  }

  #watchedSchema(schema: StandardSchema): StandardSchema {
    return this.#schemaOf((claims) => {
      this.#stage = 'schema';
      return schema['~standard'].validate(claims);
    });
  }

  /** Ends a run, after the caller's schema if the claims are those of the issuer. */
  #lastCheck(): StandardSchema {
    const { schema } = this.#plan;
    return this.#schemaOf(async (claims) => {
      if (schema && this.#isVerified)
        this.#results.set('schema', await schemaFault(schema, claims));
      throw STOP;
    });
  }

  #schemaOf(validate: StandardSchema['~standard']['validate']): StandardSchema {
    return { '~standard': { version: 1, vendor: 'jotkit', validate } };
  }

  /** Once, so that all checks have one time. */
  #readClock(): number {
    this.#now ??= this.#plan.now();
    return this.#now;
  }
}

/** Never null, which says that the check passed: a function of the caller can throw anything. */
const rejectionOf = (error: unknown): Rejection => Object(error);

async function schemaFault(schema: StandardSchema, claims: unknown): Promise<Rejection | null> {
  try {
    const output = schemaOutput((await schema['~standard'].validate(claims)) as SchemaResult);
    return output instanceof Fault ? output : null;
  } catch (error) {
    return rejectionOf(error);
  }
}
