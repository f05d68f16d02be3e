/** Prepares a key of a ring to sign, to verify and to be published. */

import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { types } from 'node:util';
import { withSignature } from '../../core/encoding/token-bytes.ts';
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
import { kidCheck } from '../../core/token/header-checks.ts';
import { usageError } from '../../errors.ts';
import { requireKeyForRole, toJwk, withoutPrototype } from '../convert.ts';
import { type KeyAlgorithm, keyAlgorithm } from '../generate.ts';
import type { SetKey } from '../jwks/jwk-set.ts';
import { thumbprint } from '../thumbprint.ts';
import { createExternalSign, type ExternalSigner } from './external-signer.ts';

/**
 * A key to add to a ring.
 *
 * @example
 * ```ts
 * const next: RingKey = { key: await generateKey('ES256'), activeAt: new Date('2030-01-01') };
 * ```
 */
export interface RingKey {
  /** Private key or secret. With `sign`, the public key. */
  key: KeyInput;
  /** Default: `kid` of a JWK, else the thumbprint. Required for a secret without one. */
  kid?: string;
  /** The only algorithm of the key. Default: as in createSigner. */
  algorithm?: KeyAlgorithm;
  /** When it starts to sign: seconds since 1970, or a Date. */
  activeAt?: number | Date;
  /** Signs if the private key is in a KMS or an HSM. */
  sign?: ExternalSigner;
}

/** A key of a ring, imported once. */
export interface PreparedKey extends SetKey {
  readonly kid: string;
  readonly algorithm: Algorithm;
  /** Seconds since 1970. */
  readonly activeAt: number | undefined;
  /** The public JWK; `undefined` for a secret. */
  readonly jwk: Jwk | undefined;
  makeSignature(input: string): string | Promise<string>;
}

/** From here on (the year 5138), a number is milliseconds passed as seconds. */
const MAX_TIME_SECONDS = 1e11;

const ringKeyRules: OptionRules = {
  key: { expected: 'a key', test: () => true },
  kid: { expected: 'a printable string of 1 to 256 characters', test: isKid },
  algorithm: keyAlgorithm,
  activeAt: { expected: 'a number of seconds since 1970, or a Date', test: isSigningStart },
  sign: callable,
};

/** Prepares a key. Throws TypeError if it cannot sign. */
export function prepareKey(input: RingKey): PreparedKey {
  if (!isPlainObject(input)) {
    const message = `a key of a ring must be an object with a "key", got ${typeNameOf(input)}`;
    throw usageError('ERR_OPTION_INVALID', message);
  }
  const own = checkOptions(input, ringKeyRules) as Partial<RingKey>;
  if (own.algorithm) checkAvailable(own.algorithm);
  const role = own.sign ? 'verify' : 'sign';
  const argument = preparedKeyArgument(role);
  const key = own.sign
    ? requireKeyForRole(own.key as KeyInput, role)
    : requireKey(own.key, argument);
  const alg = usableAlgorithms(key, own.algorithm && [own.algorithm], argument)[0] as Algorithm;
  if (own.sign && key.kind === 'secret') {
    throw usageError('ERR_KEY_TYPE', '"sign" requires a public key, got a secret');
  }
  if (key.kind === 'private') checkPair(alg, key);
  const object = copyForVerifying(key, alg);
  const kid = own.kid ?? kidOfJwk(own.key) ?? defaultKid(key.kind, object);
  const jwk = key.kind === 'secret' ? undefined : { ...toJwk(object), kid, alg, use: 'sig' };
  const { activeAt } = own;
  return {
    kid,
    algorithm: alg,
    algorithms: [alg],
    key: object,
    activeAt: activeAt === undefined ? undefined : Math.ceil(secondsSinceEpoch(activeAt)),
    jwk,
    makeSignature:
      own.sign && jwk
        ? createExternalSign(own.sign, kid, alg, key, jwk)
        : createLocalSign(alg, key),
  };
}

/** A copy of what verifies: the caller's object stays free of the algorithm of the ring. */
function copyForVerifying({ kind, object }: Key, alg: Algorithm): KeyObject {
  const copy =
    kind === 'private'
      ? createPublicKey(object)
      : kind === 'secret'
        ? createSecretKey(object.export())
        : createPublicKey(withoutPrototype({ key: object.export(SPKI), ...SPKI }));
  return allowOnly(copy, withSynonyms(alg));
}

/** Without a prototype: a polluted one adds no passphrase. */
const SPKI = withoutPrototype({ type: 'spki' as const, format: 'der' as const });

/** A private part that belongs to another public key would sign tokens that never verify. */
function checkPair(alg: Algorithm, key: Key): void {
  const publicKey: Key = { ...key, kind: 'public', object: createPublicKey(key.object) };
  const signed = withSignature('', bind(alg, key).sign(''));
  if (!bind(alg, publicKey).verify(signed)) {
    const message = 'key contradicts itself: its private part belongs to another public key';
    throw usageError('ERR_KEY_INVALID', message);
  }
}

function createLocalSign(alg: Algorithm, key: Key): PreparedKey['makeSignature'] {
  const { sign, signAsync } = bind(alg, key);
  return signAsync ?? sign;
}

function kidOfJwk(key: unknown): string | undefined {
  const kid =
    isPlainObject(key) && Object.hasOwn(key, 'kty') && Object.hasOwn(key, 'kid')
      ? key['kid']
      : undefined;
  return isKid(kid) ? kid : undefined;
}

function defaultKid(kind: Key['kind'], object: KeyObject): string {
  if (kind !== 'secret') return thumbprint(object);
  // RFC 7638 §7: a thumbprint would confirm a guess of it.
  throw usageError('ERR_OPTION_INVALID', 'a secret in a ring needs a "kid"');
}

/** Whether a verifier passes it to a key source. */
function isKid(value: unknown): value is string {
  if (typeof value !== 'string' || value === '') return false;
  return kidCheck.run({ header: { kid: value } }) === undefined;
}

function isSigningStart(value: unknown): boolean {
  const isNumber = typeof value === 'number' || types.isDate(value);
  return isNumber && Math.abs(secondsSinceEpoch(value)) < MAX_TIME_SECONDS;
}

function secondsSinceEpoch(time: number | Date): number {
  return typeof time === 'number' ? time : time.getTime() / 1000;
}
