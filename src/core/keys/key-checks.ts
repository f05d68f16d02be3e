/** Which key may be used with which algorithm: RFC 7518 §3.1, RFC 8725 §3.1. */

import { warnOnce } from '../warn-once.ts';
import {
  type Algorithm,
  algorithmsOfType,
  allAlgorithms,
  detailOf,
  isAlgorithm,
  isAvailable,
  rowOf,
  withSynonyms,
} from './algorithms.ts';
import { invalidKey, type Key, type KeyArgument, type KeyRole } from './key.ts';

/** Checks the kind of a key: secret for HMAC, private to sign, public to verify. */
export function checkKind(alg: Algorithm, key: Key, argument: KeyArgument): void {
  if (isOfKind(alg, key, argument.role)) return;
  const kind = rowOf(alg).keyTypes.includes('secret') ? 'a symmetric' : 'an asymmetric';
  const message = `${argument.name} must be ${kind} key when using ${alg}`;
  throw invalidKey(argument, kindOf(key, argument.role), 'ERR_KEY_TYPE', message);
}

function kindOf({ kind }: Key, role: KeyRole): string {
  if (kind === 'secret') return 'it is a secret';
  const hint = kind === 'public' && role === 'sign' ? ', sign with the private key' : '';
  return `it is a ${kind} key${hint}`;
}

function isOfKind(alg: Algorithm, { kind }: Key, role: KeyRole): boolean {
  const [keyType] = rowOf(alg).keyTypes;
  // `none` is a rule about the signature, not about the key.
  if (keyType === 'none') return true;
  return kind === (keyType === 'secret' ? 'secret' : role === 'sign' ? 'private' : 'public');
}

/** Checks the smallest size of a key: RFC 7518 §3.2, §3.3. */
export function checkSize(alg: Algorithm, key: Key, argument: KeyArgument): void {
  if (isLargeEnough(alg, key)) return;
  throw argument.invalid(
    'ERR_KEY_WEAK',
    `${argument.name} has a minimum key size of ${rowOf(alg).minBits} bits for ${alg}`,
  );
}

/** The same for `sign` and `verify`: a short secret, which jsonwebtoken allows, only warns. */
export function checkSizeClassic(alg: Algorithm, key: Key, argument: KeyArgument): void {
  if (key.kind !== 'secret') checkSize(alg, key, argument);
  else if (!isLargeEnough(alg, key)) {
    const { minBits } = rowOf(alg);
    warnOnce(
      'JOTKIT_WEAK_SECRET',
      `A secret is shorter than the ${minBits} bits that ${alg} needs (RFC 7518 §3.2) and can be guessed offline. Generate one: crypto.randomBytes(${minBits / 8}).`,
    );
  }
}

function isLargeEnough(alg: Algorithm, { kind, object }: Key): boolean {
  const { minBits } = rowOf(alg);
  if (kind === 'none') return true;
  if (kind === 'secret') return (object.symmetricKeySize ?? 0) * 8 >= minBits;
  return (detailOf(object, 'modulusLength') ?? minBits) >= minBits;
}

/**
 * Checks the type, curve and own restrictions of a key. The restrictions of a JWK or a CryptoKey bind even
 * if any type is allowed.
 */
export function checkType(
  alg: Algorithm,
  key: Key,
  argument: KeyArgument,
  allowAnyType = false,
): void {
  const problem = typeProblem(alg, key, allowAnyType);
  if (problem) throw argument.mismatch('ERR_KEY_TYPE', problem);
}

/** Whether the key can be used with the algorithm, whatever its size. */
export function isCompatible(alg: Algorithm, key: Key, role: KeyRole): boolean {
  return isOfKind(alg, key, role) && !typeProblem(alg, key) && isAvailable(alg);
}

/**
 * Returns the algorithms of a key that names none: its own `alg`, else what createSigner chooses, with its
 * synonyms. RFC 8725 §3.1 and its successor: one key, one algorithm.
 */
export function defaultsOf(key: Key, role: KeyRole): readonly Algorithm[] {
  const found = defaults[role].get(key);
  if (found) return found;
  const names = findDefaults(key, role);
  defaults[role].set(key, names);
  return names;
}

/** Found once: a verifier with a key source reads them for every token. */
const defaults: Record<KeyRole, WeakMap<Key, readonly Algorithm[]>> = {
  sign: new WeakMap(),
  verify: new WeakMap(),
};

function findDefaults(key: Key, role: KeyRole): Algorithm[] {
  const candidates = key.only?.filter(isAlgorithm) ?? allAlgorithms;
  const first = candidates.find((alg) => alg !== 'none' && isCompatible(alg, key, role));
  const names = first ? withSynonyms(first).filter(isAlgorithm) : [];
  return names.filter((alg) => isCompatible(alg, key, role));
}

/** Returns the algorithms of a signer or verifier, each of which must fit: the named ones, else the defaults. */
export function usableAlgorithms(
  key: Key,
  named: readonly Algorithm[] | undefined,
  argument: KeyArgument,
  allowInsecureKeySizes = false,
): Algorithm[] {
  const { name, role } = argument;
  const algorithms = named ?? defaultsOf(key, role);
  if (algorithms.length === 0) {
    const message = `${name} fits no algorithm that can ${role}`;
    const isOther = key.kind === 'public' && role === 'sign';
    throw argument.mismatch('ERR_KEY_TYPE', isOther ? `${message}: ${kindOf(key, role)}` : message);
  }
  for (const alg of algorithms) {
    checkKind(alg, key, argument);
    checkType(alg, key, argument);
    if (!allowInsecureKeySizes) checkSize(alg, key, argument);
  }
  return [...algorithms];
}

/** Returns the algorithms that jsonwebtoken allows a key if `algorithms` is absent. */
export function classicAlgorithms({ kind, object, only }: Key): readonly string[] {
  if (only) return only;
  if (kind === 'secret' || kind === 'none') return algorithmsOfType('secret');
  const type = object.asymmetricKeyType;
  const names = type && type !== 'rsa-pss' ? algorithmsOfType(type) : [];
  return (names.length > 0 ? names : algorithmsOfType('rsa')).filter(isAvailable);
}

function typeProblem(
  alg: Algorithm,
  { kind, object, only }: Key,
  allowAnyType = false,
): string | undefined {
  if (only && !only.includes(alg)) {
    return `the key may only be used with "alg" ${only.join(', ')}, not ${alg}`;
  }
  if (allowAnyType || kind === 'none' || kind === 'secret') return undefined;
  const { keyTypes, curve, bits } = rowOf(alg);
  const type = object.asymmetricKeyType ?? 'unknown';
  if (!keyTypes.includes(type)) {
    const names = namesForMessage(type);
    if (names.length === 0) return `Unknown key type "${type}".`;
    return `"alg" parameter for "${type}" key type must be one of: ${names.join(', ')}.`;
  }
  if (curve !== undefined && detailOf(object, 'namedCurve') !== curve) {
    return `"alg" parameter "${alg}" requires curve "${curve}".`;
  }
  return pssProblem(alg, bits, object);
}

/** Only an RSA-PSS key has parameters. They bind its signatures; without them it may use any: RFC 4055 §1.2. */
function pssProblem(alg: Algorithm, bits: number, object: Key['object']): string | undefined {
  const ownHash = detailOf(object, 'hashAlgorithm');
  if (ownHash === undefined) return undefined;
  const hash = `sha${bits}`;
  const but = 'Invalid key for this operation, its RSA-PSS';
  if (ownHash !== hash || detailOf(object, 'mgf1HashAlgorithm') !== hash) {
    return `${but} parameters do not meet the requirements of "alg" ${alg}.`;
  }
  // The published types of Node.js 20 call it a string. It is a number.
  if (Number(detailOf(object, 'saltLength') ?? 0) > bits / 8) {
    return `${but} parameter saltLength does not meet the requirements of "alg" ${alg}.`;
  }
  return undefined;
}

/** The names in the order of jsonwebtoken's messages: by size of the digest. */
function namesForMessage(keyType: string): Algorithm[] {
  const names = algorithmsOfType(keyType);
  const classic = names.filter((alg) => rowOf(alg).classic);
  return [...(classic.length > 0 ? classic : names)].sort((a, b) => rowOf(a).bits - rowOf(b).bits);
}
