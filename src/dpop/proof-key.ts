/** Reads the public key in the header of a proof, and caches it by its thumbprint (RFC 9449 §4.3). */

import { type Algorithm, type BoundKey, detailOf } from '../core/keys/algorithms.ts';
import { toKey } from '../core/keys/import-key.ts';
import { bind, type Key, preparedKeyArgument } from '../core/keys/key.ts';
import { checkSize, checkType } from '../core/keys/key-checks.ts';
import type { Jwk } from '../core/keys/key-input.ts';
import { LruMap } from '../core/lru-map.ts';
import { ownClaim } from '../core/token/claim-checks.ts';
import { Fault } from '../core/token/fault.ts';
import type { ParsedToken } from '../core/token/token.ts';
import { privateMembers, requiredMembers } from '../jwk/jwk-members.ts';
import { thumbprint } from '../jwk/thumbprint.ts';
import { invalidProof } from './invalid-proof.ts';

/** Returns the key of a proof, bound to the `alg` of its header, if `jkt` is its thumbprint. */
export type FindProofKey = (token: ParsedToken, jkt: string) => BoundKey | Fault;

const MAX_KEYS = 1000;

/** A longer modulus would let clients choose how long each verification takes. */
const MAX_MODULUS_BITS = 4096;

const NOT_PUBLIC = invalidProof('"jwk" in the header must be a public key');
const TOO_LONG = invalidProof(`"jwk" in the header is longer than ${MAX_MODULUS_BITS} bits`);
const OTHER_KEY = new Fault(
  'ERR_PROOF_MISMATCH',
  'the token is bound to another key than the DPoP proof has',
);

const proofKey = preparedKeyArgument('verify', '"jwk" in the header');

/**
 * Creates the look-up, with a cache of its own: through that of the library, senders could evict the keys of
 * issuers. An import takes as long as a verification.
 */
export function createProofKeys(): FindProofKey {
  const keys = new LruMap<string, Key>(MAX_KEYS);
  return (token, jkt) => {
    const jwk = readJwk(token.header);
    if (!jwk) return NOT_PUBLIC;
    try {
      // Before the import and the signature: a sender without the key of a token costs one hash.
      if (thumbprint(jwk) !== jkt) return OTHER_KEY;
      const cached = keys.get(jkt);
      const key = cached ?? toKey(jwk, proofKey);
      if (!cached) keys.set(jkt, key);
      return bindKey(token.alg as Algorithm, key);
    } catch (error) {
      return invalidProof((error as Error).message);
    }
  };
}

/**
 * Returns the members that the thumbprint covers: of one `jkt` is one key. The sender writes the others, such as
 * `use`, about its own key.
 */
function readJwk(header: object): Jwk | undefined {
  const value = ownClaim(header, 'jwk');
  if (typeof value !== 'object' || value === null) return undefined;
  // JSON libraries write absent members as null.
  const isPrivate = privateMembers.some((name) => (ownClaim(value, name) ?? null) !== null);
  const names = requiredMembers.get(ownClaim(value, 'kty') as string);
  if (isPrivate || !names) return undefined;
  // Without a prototype: a polluted one adds no member.
  const jwk: Record<string, unknown> = Object.create(null);
  for (const name of names) jwk[name] = ownClaim(value, name);
  return jwk as Jwk;
}

function bindKey(alg: Algorithm, key: Key): BoundKey | Fault {
  checkType(alg, key, proofKey);
  checkSize(alg, key, proofKey);
  const isTooLong = (detailOf(key.object, 'modulusLength') ?? 0) > MAX_MODULUS_BITS;
  return isTooLong ? TOO_LONG : bind(alg, key);
}
