/** Imports a JWK, RFC 7517 §4. */

import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type JsonWebKeyInput,
} from 'node:crypto';
import { decodeBase64url, isBase64url } from '../encoding/base64url.ts';
import { withSynonyms } from './algorithms.ts';
import { type Imported, type Key, type KeyArgument, purposeMismatch } from './key.ts';
import { formatFault } from './key-formats.ts';
import type { Jwk } from './key-input.ts';
import { nameFault } from './key-names.ts';
import { MAX_EXPONENT_BITS, MAX_MODULUS_BITS, pairFault } from './key-soundness.ts';

/** The members that each type must have, and the curves of those that have some. */
const JWK_TYPES: ReadonlyMap<string, { members: readonly string[]; curves?: readonly string[] }> =
  new Map([
    ['AKP', { members: ['alg', 'pub'] }],
    ['EC', { members: ['crv', 'x', 'y'], curves: ['P-256', 'P-384', 'P-521', 'secp256k1'] }],
    ['OKP', { members: ['crv', 'x'], curves: ['Ed25519', 'Ed448', 'X25519', 'X448'] }],
    ['RSA', { members: ['n', 'e'] }],
    ['oct', { members: ['k'] }],
  ]);

/** Longest numbers in characters of base64url. A longer `e` stalls Node.js for minutes. */
const MAX_LENGTHS: ReadonlyArray<readonly [name: string, bits: number]> = [
  ['e', MAX_EXPONENT_BITS],
  ...['n', 'd', 'p', 'q', 'dp', 'dq', 'qi'].map((name) => [name, MAX_MODULUS_BITS] as const),
];

/** Imports a JWK without a prototype, and without members that are null. */
export function importJwk(jwk: Jwk, argument: KeyArgument): Imported {
  const { use, key_ops, alg } = jwk;
  if (use !== undefined && use !== 'sig') throw purposeMismatch('use', argument);
  if (key_ops !== undefined && !(Array.isArray(key_ops) && key_ops.includes(argument.role))) {
    throw purposeMismatch('key_ops', argument);
  }
  const fault = memberFault(jwk);
  if (fault) return fault;
  const found = jwk.kty === 'oct' ? importOct(jwk) : importAsymmetricJwk(jwk, argument);
  if (typeof found === 'string' || alg === undefined) return found;
  const only = withSynonyms(String(alg));
  return found.map((key) => ({ ...key, only }));
}

function memberFault(jwk: Jwk): string | undefined {
  const type = JWK_TYPES.get(jwk.kty);
  if (!type) return `its "kty" must be one of ${[...JWK_TYPES.keys()].join(', ')}`;
  const missing = type.members.find((name) => typeof jwk[name] !== 'string');
  if (missing) return `its "${missing}" must be a string`;
  if (type.curves && !type.curves.includes(String(jwk['crv']))) {
    return `its "crv" must be one of ${type.curves.join(', ')}`;
  }
  const long =
    jwk.kty === 'RSA' &&
    MAX_LENGTHS.find(([name, bits]) => String(jwk[name] ?? '').length > Math.ceil(bits / 6));
  return long ? `its "${long[0]}" is longer than ${long[1]} bits` : undefined;
}

function importOct(jwk: Jwk): Imported {
  const k = String(jwk['k']);
  if (!isBase64url(k)) return 'its "k" must be base64url without padding, RFC 7515 §2';
  return lengthFault(k) ?? importSecret(decodeBase64url(k));
}

/** Longest key in characters or bytes: a private RSA key of 16,384 bits takes a fifth of it. */
const MAX_KEY_LENGTH = 65_536;

export function lengthFault({ length }: string | Buffer): string | undefined {
  return length > MAX_KEY_LENGTH ? 'it is longer than 65,536 characters' : undefined;
}

/** Imports a secret, unless it is another key or the name of one. */
export function importSecret(input: string | Buffer): Imported {
  const fault = secretFault(input);
  if (fault) return fault;
  return [
    { kind: 'secret', object: createSecretKey(Buffer.from(input as string)), only: undefined },
  ];
}

/** Returns why a string or bytes are no secret, or undefined. */
export function secretFault(input: string | Buffer): string | undefined {
  return lengthFault(input) ?? nameFault(input.toString()) ?? formatFault(input);
}

function importAsymmetricJwk(jwk: Jwk, { role }: KeyArgument): Imported {
  if (jwk.kty === 'RSA') {
    const isOther = formatFault(decodeBase64url(String(jwk['n'])));
    if (isOther) return `its "n" is no number: ${isOther}`;
  }
  const { d, p, q, dp, dq, qi, oth, priv, ...open } = jwk;
  try {
    const object = createPublicKey(asJwk(open));
    if (role !== 'sign' || (d ?? priv) === undefined) return [asKey('public', object)];
    const privateKey = createPrivateKey(asJwk(jwk));
    return pairFault(privateKey, object) ?? [asKey('private', privateKey)];
  } catch {
    // Node's message may quote a member of the key.
    return 'its members make no key';
  }
}

function asKey(kind: Key['kind'], object: Key['object']): Key {
  return { kind, object, only: undefined };
}

function asJwk(key: object): JsonWebKeyInput {
  const own = Object.assign(Object.create(null), key);
  return Object.assign(Object.create(null), { key: own, format: 'jwk' });
}
