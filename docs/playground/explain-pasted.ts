/** Explains a pasted token with the engine of jotkit and keys of WebCrypto. */

import type { BoundKey } from '../../src/core/keys/algorithms.ts';
import { Fault } from '../../src/core/token/fault.ts';
import {
  algCheck,
  headerCheck,
  kidCheck,
  signedCheck,
} from '../../src/core/token/header-checks.ts';
import { MAX_TOKEN_LENGTH, parseToken } from '../../src/core/token/token.ts';
import { compilePlan } from '../../src/core/verify/compile-plan.ts';
import { keyNotFound, notDefaultAlgorithm } from '../../src/core/verify/key-source.ts';
import type { VerifierOptions } from '../../src/core/verify/verifier-options.ts';
import type { KeyFinder } from '../../src/core/verify/verify-token.ts';
import { explainVerification } from '../../src/explain/explain-verification.ts';
import type { Explanation, Hint } from '../../src/explain/explanation.ts';
import { secretReadings } from '../../src/explain/secret-readings.ts';
import type { KeySet } from '../../src/jwk/jwks/jwk-set.ts';
import { selectKeys, whyNoKey } from '../../src/jwk/jwks/select-key.ts';
import { type PastedKey, PastedKeyError } from './pasted-key.ts';
import { allNames, bind, defaultsOf, isCompatible, type WebKey } from './web-algorithms.ts';

type Names = typeof allNames;

/** `algorithms` of the options, else the defaults of the keys; without a key, all of jotkit. */
export function algorithmsFor(key: PastedKey | undefined, options: VerifierOptions): Names {
  if (options.algorithms) return options.algorithms as Names;
  return key ? [...new Set(key.keys.flatMap(defaultsOf))] : allNames;
}

/** Never rejects because of the token. Rejects with PastedKeyError if an algorithm does not fit the key. */
export async function explainPasted(
  token: string,
  key: PastedKey | undefined,
  options: VerifierOptions,
): Promise<Explanation> {
  const named = options.algorithms as Names | undefined;
  const finder =
    key && !key.set
      ? givenKeys(key, algorithmsFor(key, options), named !== undefined)
      : fromSet(key?.set, named);
  const plan = compilePlan(finder, options);
  const keys = !key ? 'none' : key.set ? 'source' : 'given';
  const verification = { plan, token, context: undefined, isAsync: true, keys } as const;
  const explanation = await explainVerification(verification, {
    findKeyHints: () => [],
    redact: undefined,
    isKeyErrorForeign: () => false,
  });
  const hint = key && (await findSecretHint(token, key, explanation));
  return hint ? { ...explanation, hints: [hint, ...explanation.hints] } : explanation;
}

/** As createVerifier does with a key. */
function givenKeys(
  { keys, description }: PastedKey,
  algorithms: Names,
  isNamed: boolean,
): KeyFinder {
  if (algorithms.length === 0) throw new PastedKeyError('fits no algorithm that can verify.');
  const other = algorithms.find((alg) => !keys.some((key) => isCompatible(alg, key)));
  if (other) throw new PastedKeyError(`does not fit ${other}: ${description}.`);
  const bindAll = (alg: Names[number]) => {
    return keys.filter((key) => isCompatible(alg, key)).map((key) => bind(alg, key));
  };
  const bound = new Map<string | undefined, BoundKey[]>(
    algorithms.map((alg) => [alg, bindAll(alg)]),
  );
  const allowed = algCheck(algorithms);
  const alg = headerCheck(
    'alg',
    (token) => {
      const fault = allowed.run(token);
      const couldVerify = keys.some((key) => isCompatible(token.alg as Names[number], key));
      return fault && couldVerify && !isNamed ? notDefaultAlgorithm(algorithms) : fault;
    },
    algorithms,
  );
  return {
    headerChecks: [alg, signedCheck],
    findKeys: async ({ alg }) => bound.get(alg) ?? [],
    canThrow: false,
  };
}

/** As createVerifier does with a JWK Set: it allows all algorithms, if none is named, and each key its default. */
function fromSet(set: KeySet | undefined, named: Names | undefined): KeyFinder {
  return {
    headerChecks: [signedCheck, algCheck(named ?? allNames), kidCheck],
    async findKeys({ header }) {
      if (!set) return [];
      const alg = header.alg as Names[number];
      const keys = selectKeys(header, set).map(({ key }) => key as never as WebKey);
      const [first] = keys;
      if (!first) return keyNotFound(header, whyNoKey(header, set));
      const fitting = named ? keys : keys.filter((key) => defaultsOf(key).includes(alg));
      if (fitting.length === 0) return notDefaultAlgorithm(defaultsOf(first));
      return fitting.map((key) => bind(alg, key));
    },
    canThrow: true,
  };
}

/** The only hint about keys here: the others say what the form shows. */
async function findSecretHint(
  token: string,
  { keys: [key], secretInput }: PastedKey,
  { checks }: Explanation,
): Promise<Hint | undefined> {
  const row = checks.find(({ check }) => check === 'signature');
  const parsed = parseToken(token, MAX_TOKEN_LENGTH);
  if (key?.material.format !== 'raw' || row?.status !== 'failed' || parsed instanceof Fault) {
    return undefined;
  }
  const readings = secretReadings(secretInput, Buffer.from(key.material.data));
  for (const { hint, text, secret } of readings) {
    const other: WebKey = { ...key, material: { format: 'raw', data: secret } };
    const { verifyAsync } = bind(parsed.alg as Names[number], other);
    if (await verifyAsync?.(parsed.signed)) return { hint, text, check: 'signature' };
  }
  return undefined;
}
