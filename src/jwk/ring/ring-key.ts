/** A key of a ring: what signs with it, what verifies it, and what is published of it. */

import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { types } from 'node:util';
import { type Algorithm, checkAvailable, withSynonyms } from '../../core/keys/algorithms.ts';
import { requireKey } from '../../core/keys/import-key.ts';
import { allowOnly, bind, type Key, preparedKeyArgument } from '../../core/keys/key.ts';
import { usableAlgorithms } from '../../core/keys/key-checks.ts';
import type { Jwk, KeyInput } from '../../core/keys/key-input.ts';
import {
  callable,
  checkOptions,
  isPlainObject,
  type OptionRules,
  typeNameOf,
} from '../../core/option-rules.ts';
import { checkKid } from '../../core/token/header-checks.ts';
import { usageError } from '../../errors.ts';
import { jwkOf, readKey } from '../convert.ts';
import { type KeyAlgorithm, keyAlgorithm } from '../generate.ts';
import type { SetKey } from '../jwks/jwk-set.ts';
import { thumbprint } from '../thumbprint.ts';
import { type ExternalSigner, signElsewhere } from './external-signer.ts';

/**
 * A key that is given to a ring.
 *
 * @example
 * ```ts
 * const next: RingKey = { key: await generateKey('ES256'), activeAt: new Date('2030-01-01') };
 * ```
 */
export interface RingKey {
  /** A private key or a secret; beside `sign` the public key. */
  key: KeyInput;
  /** Default: `kid` of a JWK, else the thumbprint. A secret without a `kid` has to be given one. */
  kid?: string;
  /** Default: as in createSigner. The key is used with this algorithm and no other. */
  algorithm?: KeyAlgorithm;
  /** When it begins to sign: seconds since 1970, or a Date. */
  activeAt?: number | Date;
  /** Makes the signatures where the private key is not at hand: a KMS or an HSM. */
  sign?: ExternalSigner;
}

/** A key of a ring, read once. */
export interface HeldKey extends SetKey {
  readonly kid: string;
  readonly algorithm: Algorithm;
  /** Seconds since 1970. */
  readonly activeAt: number | undefined;
  /** What may be published; undefined for a secret. */
  readonly jwk: Jwk | undefined;
  makeSignature(input: string): string | Promise<string>;
}

/** Seconds from here on are milliseconds that were taken for seconds: the year 5138. */
const TOO_LATE = 1e11;

const rules: OptionRules = {
  key: { expected: 'a key', test: () => true },
  kid: { expected: 'a printable string of 1 to 256 characters', test: isKid },
  algorithm: keyAlgorithm,
  activeAt: { expected: 'a number of seconds since 1970, or a Date', test: isTime },
  sign: callable,
};

/** Reads a key. Throws TypeError where it cannot sign. */
export function holdKey(given: RingKey): HeldKey {
  if (!isPlainObject(given)) {
    const message = `a key of a ring must be an object with a "key", got ${typeNameOf(given)}`;
    throw usageError('ERR_OPTION_INVALID', message);
  }
  const own = checkOptions(given, rules) as Partial<RingKey>;
  if (own.algorithm) checkAvailable(own.algorithm);
  const role = own.sign ? 'verify' : 'sign';
  const argument = preparedKeyArgument(role);
  const key = own.sign ? readKey(own.key as KeyInput, role) : requireKey(own.key, argument);
  const alg = usableAlgorithms(key, own.algorithm && [own.algorithm], argument)[0] as Algorithm;
  if (own.sign && key.kind === 'secret') {
    throw usageError('ERR_KEY_TYPE', '"sign" stands beside a public key, not a secret');
  }
  const object = copyForVerifying(key, alg);
  const kid = own.kid ?? kidOf(own.key) ?? defaultKid(key.kind, object);
  const jwk = key.kind === 'secret' ? undefined : { ...jwkOf(object), kid, alg, use: 'sig' };
  const { activeAt } = own;
  return {
    kid,
    algorithm: alg,
    algorithms: [alg],
    key: object,
    activeAt: activeAt === undefined ? undefined : Math.ceil(secondsOf(activeAt)),
    jwk,
    makeSignature:
      own.sign && jwk ? signElsewhere(own.sign, kid, alg, key, jwk) : localSigner(alg, key),
  };
}

/** A copy of what verifies: the caller's object stays free of the algorithm of the ring. */
function copyForVerifying({ kind, object }: Key, alg: Algorithm): KeyObject {
  const copy =
    kind === 'private'
      ? createPublicKey(object)
      : kind === 'secret'
        ? createSecretKey(object.export())
        : createPublicKey(
            Object.assign(Object.create(null), { key: object.export(SPKI), ...SPKI }),
          );
  return allowOnly(copy, withSynonyms(alg));
}

const SPKI = Object.assign(Object.create(null), { type: 'spki' as const, format: 'der' as const });

function localSigner(alg: Algorithm, key: Key): HeldKey['makeSignature'] {
  const { sign, signAsync } = bind(alg, key);
  return signAsync ?? sign;
}

function kidOf(key: unknown): string | undefined {
  const kid =
    isPlainObject(key) && Object.hasOwn(key, 'kty') && Object.hasOwn(key, 'kid')
      ? key['kid']
      : undefined;
  return isKid(kid) ? kid : undefined;
}

function defaultKid(kind: Key['kind'], object: KeyObject): string {
  if (kind !== 'secret') return thumbprint(object);
  // RFC 7638 §7: a thumbprint would tell of it.
  throw usageError('ERR_OPTION_INVALID', 'a secret in a ring needs a "kid"');
}

/** What a verifier lets through to a key source. */
function isKid(value: unknown): value is string {
  if (typeof value !== 'string' || value === '') return false;
  return checkKid({ alg: '', kid: value }) === undefined;
}

function isTime(value: unknown): boolean {
  const isNumber = typeof value === 'number' || types.isDate(value);
  return isNumber && Math.abs(secondsOf(value)) < TOO_LATE;
}

function secondsOf(time: number | Date): number {
  return typeof time === 'number' ? time : time.getTime() / 1000;
}
