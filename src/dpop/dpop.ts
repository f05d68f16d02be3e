/** Verifies DPoP proofs: that the sender has the key that its access token is bound to (RFC 9449). */

import { readClock } from '../core/clock.ts';
import { parseDuration, type Timespan } from '../core/encoding/duration.ts';
import {
  type Algorithm,
  allAlgorithms,
  checkAvailable,
  isAvailable,
  rowOf,
} from '../core/keys/algorithms.ts';
import {
  boolean,
  callable,
  checkOptions,
  isListOf,
  isPlainObject,
  type OptionRules,
  positiveDuration,
} from '../core/option-rules.ts';
import { errorOf, Fault, orThrow } from '../core/token/fault.ts';
import { hasMethod } from '../databases/client-shape.ts';
import { usageError, withCallerStack } from '../errors.ts';
import { headerOf, type RequestLike } from '../http/request.ts';
import type { BoundToken, SenderProof } from '../http/sender-proof.ts';
import type { ReplayStore } from '../replay/store.ts';
import { useOnce } from '../replay/use-once.ts';
import { digestOf } from './digest.ts';
import { createNonces, type NonceOptions } from './nonce.ts';
import { compileProofChecks, type Proof } from './proof.ts';
import { createProofKeys } from './proof-key.ts';
import { originRule, parseTarget, type Target } from './target.ts';

/**
 * Options of {@link createDpop}. An option that is unknown, or present and `undefined`, is a TypeError.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const replay = createMemoryReplayStore();
 * const options: DpopOptions = { replay, origin: 'https://api.example', nonce: { key: JWT_SECRET } };
 * const dpop = createDpop(options);
 * ```
 */
export interface DpopOptions {
  /** Accepts each proof once. Servers that share it share what was used. */
  replay: ReplayStore;
  /**
   * Origin of the API as clients see it, such as `https://api.example`, with the path that a proxy removes. Of a
   * list, the header `Host` selects. Default: the origin of the resource.
   */
  origin?: string | readonly string[];
  /** Make clients put a nonce of this server into proofs (RFC 9449 §9). */
  nonce?: NonceOptions;
  /** Default: every asymmetric algorithm of the runtime whose proofs are short enough. */
  algorithms?: readonly Algorithm[];
  /** Longest time since `iat`, for proofs without a nonce. Default `'60s'`. */
  maxAge?: Timespan;
  /** How much the clocks of clients can differ. Default `'10s'`. */
  tolerance?: Timespan;
  /** Reject bearer tokens. Default `false`: tokens that are bound to no key need no proof. */
  required?: boolean;
  /** Returns the time in milliseconds. Default: the `Date.now` of each call. */
  clock?: () => number;
}

/** Their keys and signatures alone are longer than a proof can be. */
const TOO_LONG: readonly Algorithm[] = ['ML-DSA-65', 'ML-DSA-87'];

/** A proof with a secret would prove nothing: the server has it, too. */
const isAsymmetric = (alg: Algorithm) => {
  return !rowOf(alg).keyTypes.some((type) => type === 'secret' || type === 'none');
};

const usable: readonly Algorithm[] = allAlgorithms.filter(
  (alg) => isAsymmetric(alg) && !TOO_LONG.includes(alg),
);

const dpopRules: OptionRules = {
  replay: {
    expected: 'a replay store, such as createMemoryReplayStore()',
    test: (value) => hasMethod(value, 'use'),
  },
  origin: originRule,
  nonce: { expected: 'an object of options', test: isPlainObject },
  algorithms: {
    expected: `a non-empty array of ${usable.join(', ')}`,
    values: usable,
    test: isListOf((name) => usable.includes(name as Algorithm)),
  },
  maxAge: positiveDuration,
  tolerance: positiveDuration,
  required: boolean,
  clock: callable,
};

const NEEDS_NONCE = new Fault(
  'ERR_PROOF_NONCE',
  'the DPoP proof must have the nonce of the response',
  'nonce',
);
const REPLAYED = new Fault('ERR_PROOF_REPLAYED', 'the DPoP proof was used before', 'jti');

/**
 * Creates what verifies DPoP proofs (RFC 9449 §4.3, §7): the option `dpop` of authenticators and of
 * `createResource`. Checks the options once, now.
 *
 * A proof is accepted once, for one method, one URL and one access token, by the key in `cnf.jkt` of the token.
 * Several adapters and guards can verify the proof of one request: the same object.
 * Without `nonce` the clock of the client must be right to within `maxAge` and `tolerance`.
 *
 * Throws TypeError for an unknown option, a value of the wrong type, and a key of nonces that is no secret of 32
 * bytes.
 *
 * @example
 * ```ts
 * const dpop = createDpop({ replay: createMemoryReplayStore(), origin: 'https://api.example' });
 *
 * const dpopKey = await generateKey('ES256');
 * const [method, url, accessToken] = ['GET', 'https://api.example/me', 'token of the client'];
 * const proof = createDpopProof(dpopKey, { method, url, accessToken });
 *
 * const request = { method, url: '/me', headers: { dpop: proof } };
 * await dpop.verify(request, { token: accessToken, jkt: thumbprint(dpopKey) });
 * ```
 */
export function createDpop(options: DpopOptions): SenderProof {
  return withCallerStack(createDpop, () => compileDpop(options));
}

function compileDpop(options: unknown): SenderProof {
  const own = checkOptions(options, dpopRules) as unknown as DpopOptions;
  if (own.replay === undefined) {
    throw usageError('ERR_OPTION_INVALID', '"replay" must be a replay store, got undefined');
  }
  const { clock, maxAge = '60s', tolerance = '10s', required = false } = own;
  for (const alg of own.algorithms ?? []) checkAvailable(alg);
  const algorithms = own.algorithms ?? usable.filter(isAvailable);
  const rules = { algorithms, maxAge, tolerance, findKey: createProofKeys() };
  const checks = compileProofChecks(rules);
  const nonces = own.nonce && createNonces(own.nonce);
  const targets = [own.origin ?? []].flat().map((origin) => parseTarget(origin) as Target);
  const endOfAge = (proof: Proof) => {
    const seconds = [proof.iat, maxAge, tolerance].map((t) => parseDuration(t)?.seconds ?? 0);
    return Math.ceil(seconds.reduce((sum, each) => sum + each) * 1000);
  };

  /** Returns when the proof ends, in milliseconds: the same on servers whose clocks differ. */
  const endOf = (proof: Proof, now: number): number | Fault => {
    const isTimed = nonces && (proof.nonce !== undefined || nonces.required);
    if (isTimed) return nonces.endOf(proof.nonce, now) ?? NEEDS_NONCE;
    const fault = checks.checkAge(proof, Math.floor(now / 1000));
    // A client whose clock is wrong can use a nonce.
    return fault ? (nonces ? NEEDS_NONCE : fault) : endOfAge(proof);
  };

  // A second adapter or guard verifies the proof of the same request again, which is no replay.
  const uses = new WeakMap<RequestLike, ProofUse>();

  return Object.freeze({
    algorithms: Object.freeze([...algorithms]),
    origins: Object.freeze(targets.map(({ origin, base }) => origin + base)),
    required,
    async verify(request: RequestLike, bound: BoundToken) {
      const now = readClock(clock);
      const { token, jkt } = bound;
      checkRequest(request);
      const time = Math.floor(now / 1000);
      const context = { request, targets: targetsFor(bound, targets), token, jkt, now: time };
      const proof = orThrow(checks.check(headerOf(request, 'dpop'), context));
      const until = orThrow(endOf(proof, now));
      // Last: only holders of a token and of its key fill the store.
      const id = digestOf(`${jkt}.${proof.jti}`);
      let use = uses.get(request);
      if (use?.id !== id) {
        use = { id, isFirst: useOnce(own.replay, [id, until, now, jkt]) };
        uses.set(request, use);
      }
      if (!(await use.isFirst)) throw errorOf(REPLAYED);
    },
    nonce: () => nonces?.current(readClock(clock)),
  });
}

/** The use of a proof by one request. */
interface ProofUse {
  readonly id: string;
  readonly isFirst: Promise<boolean>;
}

/** The targets of the option, else that of the resource. */
function targetsFor({ origin }: BoundToken, targets: readonly Target[]): readonly Target[] {
  if (targets.length > 0) return targets;
  const target = origin === undefined ? undefined : parseTarget(origin);
  if (target) return [target];
  const message =
    '"origin" of createDpop must be set, such as "https://api.example": no resource has one';
  throw usageError('ERR_OPTION_INVALID', message);
}

function checkRequest({ method, url }: RequestLike): void {
  if (typeof method === 'string' && typeof url === 'string') return;
  const message = '"method" and "url" of the request must be strings, to verify its DPoP proof';
  throw usageError('ERR_OPTION_INVALID', message);
}
