/** Creates the proofs of a client (RFC 9449 §4.2). */

import { randomUUID } from 'node:crypto';
import { readClock } from '../core/clock.ts';
import type { BoundKey } from '../core/keys/algorithms.ts';
import { bind, invalidKey, type Key, preparedKeyArgument } from '../core/keys/key.ts';
import { cachedKey } from '../core/keys/key-cache.ts';
import { usableAlgorithms } from '../core/keys/key-checks.ts';
import type { KeyInput } from '../core/keys/key-input.ts';
import {
  callable,
  checkOptions,
  copyOwnProperties,
  type OptionRule,
  string,
} from '../core/option-rules.ts';
import { signingInput } from '../core/token/token.ts';
import { usageError, withCallerStack } from '../errors.ts';
import { exportJwk } from '../jwk/convert.ts';
import { requiredMembers } from '../jwk/jwk-members.ts';
import { digestOf } from './digest.ts';

/**
 * Options of {@link createDpopProof}. An option that is unknown, or present and `undefined`, is a TypeError.
 *
 * @example
 * ```ts
 * const options: DpopProofOptions = { method: 'POST', url: 'https://id.example/token' };
 * const proof = createDpopProof(await generateKey('ES256'), options);
 * ```
 */
export interface DpopProofOptions {
  /** Method of the request, in capitals. */
  method: string;
  /** URL of the request. The proof has it without query and fragment. */
  url: string | URL;
  /** Access token of the request. Omit it in requests to the token endpoint. */
  accessToken?: string;
  /** The last `DPoP-Nonce` that the server sent. */
  nonce?: string;
  /** Returns the time in milliseconds. Default: the `Date.now` of each call. */
  clock?: () => number;
}

const isHttp = (url: URL) => /^https?:$/.test(url.protocol) && !url.username && !url.password;

const proofRules: Readonly<Record<keyof DpopProofOptions, OptionRule>> = {
  method: {
    expected: 'a method in capitals such as "GET"',
    test: (value) =>
      typeof value === 'string' &&
      /^[!#$%&'*+.^`|~\w-]+$/.test(value) &&
      value === value.toUpperCase(),
  },
  url: {
    expected: 'a URL of http or https without a user',
    test: (value) => URL.canParse(String(value)) && isHttp(new URL(String(value))),
  },
  accessToken: string,
  nonce: {
    // NQCHAR, RFC 9449 §8.1.
    expected: 'the nonce that the server sent, without spaces and quotes',
    test: (value) => typeof value === 'string' && /^[!#-[\]-~]+$/.test(value),
  },
  clock: callable,
};

/**
 * Creates a DPoP proof: the value of the header `DPoP` of one request (RFC 9449 §4.2). Create one for each
 * request, also when you repeat it.
 *
 * The algorithm is the default of the key, as in `createSigner`. The key stays in the cache of imported keys.
 *
 * Throws TypeError for an unknown option, a value of the wrong type, and a key that is not private.
 *
 * @example
 * ```ts
 * const key = await generateKey('ES256');
 * const url = 'https://api.example/me';
 * const accessToken = 'the token that is bound to the key';
 * const headers = {
 *   authorization: `DPoP ${accessToken}`,
 *   dpop: createDpopProof(key, { method: 'GET', url, accessToken }),
 * };
 * ```
 */
export function createDpopProof(key: KeyInput, options: DpopProofOptions): string {
  return withCallerStack(createDpopProof, () => {
    const own = checkOptions(options, proofRules) as unknown as DpopProofOptions;
    for (const name of ['method', 'url'] as const) requireOption(own, name);
    const { header, bound } = proofKeyOf(cachedKey(key, argument));
    const input = signingInput(header, JSON.stringify(claimsOf(own)));
    return `${input}.${bound.sign(input)}`;
  });
}

const argument = preparedKeyArgument('sign');

function requireOption(own: DpopProofOptions, name: 'method' | 'url'): void {
  if (own[name] !== undefined) return;
  const message = `"${name}" must be ${proofRules[name].expected}, got undefined`;
  throw usageError('ERR_OPTION_INVALID', message);
}

interface ProofKey {
  readonly header: object;
  readonly bound: BoundKey;
}

const proofKeys = new WeakMap<Key, ProofKey>();

/** The header is the same in all proofs of a key. */
function proofKeyOf(key: Key): ProofKey {
  const found = proofKeys.get(key);
  if (found) return found;
  if (key.kind !== 'private') {
    throw invalidKey(
      argument,
      `it is a ${key.kind} key, sign with the private key`,
      'ERR_KEY_TYPE',
    );
  }
  const [alg = 'none'] = usableAlgorithms(key, undefined, argument);
  // Without prototypes: a polluted one adds no toJSON.
  const exported = exportJwk(key.object);
  const jwk = copyOwnProperties({});
  for (const name of requiredMembers.get(exported.kty) ?? []) jwk[name] = exported[name];
  const header = copyOwnProperties({ typ: 'dpop+jwt', alg, jwk });
  const proofKey = { header, bound: bind(alg, key) };
  proofKeys.set(key, proofKey);
  return proofKey;
}

function claimsOf({ method, url, accessToken, nonce, clock }: DpopProofOptions): object {
  const { origin, pathname } = new URL(url);
  const ath = accessToken && digestOf(accessToken);
  return copyOwnProperties({
    jti: randomUUID(),
    htm: method,
    htu: origin + pathname,
    iat: Math.floor(readClock(clock) / 1000),
    ...(ath && { ath }),
    ...(nonce && { nonce }),
  });
}
