/** Genuine tokens of the tests of attacks, one for each kind of key. */

import type { KeyObject } from 'node:crypto';
import type { SigningFixtures } from '../../src/testing/index.ts';
import { ec, ed25519, rsa, secret } from '../fixtures/keys.ts';

export const issuer = 'https://id.example';
export const audience = 'api';
const claims = { sub: 'ada', iss: issuer, aud: audience };
const header = { kid: 'main' };

interface Row {
  readonly fixtures: SigningFixtures;
  readonly verifying: KeyObject | Buffer;
}

const row = (
  algorithm: SigningFixtures['algorithm'],
  signing: KeyObject | Buffer,
  verifying: KeyObject | Buffer,
): Row => ({ fixtures: { key: signing, algorithm, claims, header }, verifying });

export const genuine = {
  RS256: row('RS256', rsa().privateKey, rsa().publicKey),
  PS256: row('PS256', rsa().privateKey, rsa().publicKey),
  ES256: row('ES256', ec().privateKey, ec().publicKey),
  ES384: row('ES384', ec('P-384').privateKey, ec('P-384').publicKey),
  EdDSA: row('EdDSA', ed25519().privateKey, ed25519().publicKey),
  HS256: row('HS256', secret, secret),
} satisfies Record<string, Row>;

export type GenuineName = keyof typeof genuine;
export const genuineNames = Object.keys(genuine) as GenuineName[];
