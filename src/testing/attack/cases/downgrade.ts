/** Tokens of the genuine key under an algorithm that is not its own. */

import { createHmac } from 'node:crypto';
import {
  type Algorithm,
  algorithmsOfType,
  isAvailable,
  rowOf,
  withSynonyms,
} from '../../../core/keys/algorithms.ts';
import { signingInput } from '../../../core/token/token.ts';
import { cannot, type Forge } from '../forge.ts';
import { type AttackCase, caseOf } from './attack-case.ts';

const add = caseOf('downgrade', { level: 'fault', reference: 'RFC 8725 §3.1' });

/** The algorithm is chosen by the header. */
const CHOSEN = { reference: 'RFC 8725 §3.1; CVE-2026-22818' };
const BROKEN_HASH = { reference: 'RFC 8725 §3.2' };

export function downgradeCases(forge: Forge): AttackCase[] {
  const { algorithm } = forge;
  const type = forge.isSymmetric ? 'secret' : forge.publicKey.asymmetricKeyType;
  const others = algorithmsOfType(type ?? '').filter((name) => isOther(name, forge));
  return [
    ...others.map((name) =>
      add(name.toLowerCase(), `the genuine key under ${name}`, () => sign(forge, name), CHOSEN),
    ),
    ...(type === 'rsa'
      ? [
          add(
            'rs1',
            '"alg" is "RS1": RSA with SHA-1',
            () => forge.signWith({ alg: 'RS1' }, 'sha1', {}),
            BROKEN_HASH,
          ),
        ]
      : []),
    ...(type === 'secret'
      ? [
          add(
            'hs1',
            '"alg" is "HS1": HMAC with SHA-1',
            () => hmac(forge, 'HS1', 'sha1', 20),
            BROKEN_HASH,
          ),
          add('hs256-64', '"alg" is "HS256/64": 8 bytes of the MAC', () => {
            return hmac(forge, 'HS256/64', 'sha256', 8);
          }),
        ]
      : []),
    add('own-name', `"alg" is "${algorithm}-attacker"`, () =>
      forge.signed({ alg: `${algorithm}-attacker` }),
    ),
  ];
}

function isOther(name: Algorithm, forge: Forge): boolean {
  return !withSynonyms(forge.algorithm).includes(name) && isAvailable(name);
}

function sign(forge: Forge, name: Algorithm): string {
  // The curve stays: what changes is the hash that the header names.
  if (name.startsWith('ES')) {
    return forge.signWith({ alg: name }, `sha${rowOf(name).bits}`, { dsaEncoding: 'ieee-p1363' });
  }
  return forge.signUnder(name);
}

function hmac(forge: Forge, alg: string, hash: string, length: number): string {
  const { key } = forge.genuine;
  if (!key) return cannot('the fixtures have no key to sign with');
  const input = signingInput(forge.header({ alg }), forge.claimsText());
  const mac = createHmac(hash, key.object).update(input).digest().subarray(0, length);
  return `${input}.${mac.toString('base64url')}`;
}
