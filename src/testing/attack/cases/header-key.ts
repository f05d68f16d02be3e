/** Tokens whose header carries, or points to, the key of the attacker. */

import { createPublicKey } from 'node:crypto';
import type { Algorithm } from '../../../core/keys/algorithms.ts';
import type { Key } from '../../../core/keys/key.ts';
import type { Forge } from '../forge.ts';
import { type AttackCase, caseOf } from './attack-case.ts';
import { selfSignedCertificate } from './certificate.ts';

const add = caseOf('header-key', { level: 'hole', reference: 'RFC 8725 §3.10' });

const EMBEDDED = { reference: 'RFC 7515 §4.1.3; CVE-2018-0114, CVE-2026-27962' };

/** The paths at which the bait serves what a header parameter points to. */
export const BAIT_PATHS = { jku: '/jwks.json', x5u: '/certificate.pem', kid: '/key' } as const;

/** The algorithms of the attacker's other keys. */
const OTHERS = ['RS256', 'ES256', 'EdDSA'] as const satisfies readonly Algorithm[];

export function headerKeyCases(forge: Forge): AttackCase[] {
  const own = forge.algorithm;
  const others = OTHERS.filter((alg) => alg !== own);
  const alg = forge.isSymmetric ? 'RS256' : own;
  const { kid } = forge.header();
  const jwkOf = (name: Algorithm) => publicJwk(forge.attackerKey(name));
  const x5cOf = () => [selfSignedCertificate(forge.attackerKey('RS256')).toString('base64')];
  const bait = (name: keyof typeof BAIT_PATHS) => `${forge.baitUrl}${BAIT_PATHS[name]}`;
  return [
    add(
      'jwk',
      'the key of the attacker in "jwk"',
      () => {
        return forge.byAttacker({ jwk: jwkOf(own) });
      },
      EMBEDDED,
    ),
    add(
      'jwk-no-kid',
      'the key of the attacker in "jwk", without "kid"',
      () => {
        return forge.byAttacker({ jwk: jwkOf(own), kid: undefined });
      },
      EMBEDDED,
    ),
    add(
      'jwk-kid',
      'the key of the attacker in "jwk", with a "kid" of its own',
      () => {
        return forge.byAttacker({ jwk: { ...jwkOf(own), kid: 'attacker' }, kid: 'attacker' });
      },
      EMBEDDED,
    ),
    add(
      'jwk-genuine-kid',
      'the key of the attacker in "jwk", with the genuine "kid"',
      () => {
        return forge.byAttacker({ jwk: { ...jwkOf(own), kid: kid ?? 'main' } });
      },
      EMBEDDED,
    ),
    ...others.map((name) =>
      add(
        `jwk-${name.toLowerCase()}`,
        `a key for ${name} in "jwk"`,
        () => {
          return forge.byAttacker({ jwk: jwkOf(name) }, name);
        },
        EMBEDDED,
      ),
    ),
    add(
      'jwk-secret',
      'a secret in "jwk"',
      () => {
        return forge.byAttacker({ jwk: jwkOf('HS256') }, 'HS256');
      },
      EMBEDDED,
    ),
    add(
      'jwk-empty-secret',
      'an empty secret in "jwk"',
      () => {
        return forge.hmac(256, '', { jwk: { kty: 'oct', k: '' } });
      },
      EMBEDDED,
    ),
    add(
      'jku',
      'a JWK Set of the attacker in "jku"',
      () => {
        return forge.byAttacker({ jku: bait('jku') }, alg);
      },
      { bait: BAIT_PATHS.jku },
    ),
    add(
      'jku-unknown-kid',
      'a JWK Set of the attacker in "jku", "kid" is unknown',
      () => {
        return forge.byAttacker({ jku: bait('jku'), kid: 'attacker' }, alg);
      },
      { bait: BAIT_PATHS.jku },
    ),
    add(
      'x5u',
      'a certificate of the attacker in "x5u"',
      () => {
        return forge.byAttacker({ x5u: bait('x5u') }, 'RS256');
      },
      { bait: BAIT_PATHS.x5u },
    ),
    add(
      'x5c',
      'a certificate of the attacker in "x5c"',
      () => {
        return forge.byAttacker({ x5c: x5cOf() }, 'RS256');
      },
      { reference: 'RFC 7515 §4.1.6' },
    ),
    add(
      'x5c-no-kid',
      'a certificate of the attacker in "x5c", without "kid"',
      () => {
        return forge.byAttacker({ x5c: x5cOf(), kid: undefined }, 'RS256');
      },
      { reference: 'RFC 7515 §4.1.6' },
    ),
  ];
}

/** The public JWK of a private key, or the JWK of a secret. */
export function publicJwk({ kind, object }: Key): Record<string, unknown> {
  const key = kind === 'private' ? createPublicKey(object) : object;
  return { ...key.export({ format: 'jwk' }) };
}
