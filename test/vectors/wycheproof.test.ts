/** Every row of the algorithm table against the signatures of Project Wycheproof, in the folder that WYCHEPROOF names. */

import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withSignature } from '../../src/core/encoding/token-bytes.ts';
import { type Algorithm, rowOf } from '../../src/core/keys/algorithms.ts';

interface Vector {
  tcId: number;
  comment: string;
  flags: string[];
  key?: string;
  msg: string;
  sig?: string;
  tag?: string;
  result: 'valid' | 'invalid' | 'acceptable';
}

interface Group {
  publicKeyDer?: string;
  tagSize?: number;
  mgfSha?: string;
  sLen?: number;
  tests: Vector[];
}

/** The algorithm of a file of `testvectors_v1`. */
const files: ReadonlyArray<[RegExp, (bits: string) => Algorithm]> = [
  [/^ecdsa_secp256k1_sha256_p1363/, () => 'ES256K'],
  [/^ecdsa_secp\d+r1_sha(\d+)_p1363/, (bits) => `ES${bits}` as Algorithm],
  [/^ed25519/, () => 'Ed25519'],
  [/^ed448/, () => 'Ed448'],
  [/^hmac_sha(\d+)/, (bits) => `HS${bits}` as Algorithm],
  [/^rsa_pss_\d+_sha(\d+)/, (bits) => `PS${bits}` as Algorithm],
  [/^rsa_signature_\d+_sha(\d+)/, (bits) => `RS${bits}` as Algorithm],
];

/** Every signing input is: one vector in twenty has other bytes. */
const ASCII = /^[\0-\x7f]*$/;

const folder = process.env['WYCHEPROOF'];

describe.skipIf(!folder)(
  'the vectors of Wycheproof (skipped unless WYCHEPROOF names their folder)',
  () => {
    const names = folder ? readdirSync(folder).filter((name) => name.endsWith('.json')) : ['none'];

    it.each(names)('accepts and rejects as in %s', async (name) => {
      const alg = algorithmOf(name);
      const { testGroups } = JSON.parse(readFileSync(join(folder ?? '', name), 'utf8'));
      const wrong: string[] = [];
      let checked = 0;
      for (const group of testGroups as Group[]) {
        for (const vector of group.tests) {
          const bound = rowOf(alg).bind(keyOf(group, vector));
          const message = Buffer.from(vector.msg, 'hex').toString('latin1');
          if (!ASCII.test(message)) continue;
          const signature = Buffer.from(vector.sig ?? vector.tag ?? '', 'hex').toString(
            'base64url',
          );
          const expected = isAccepted(alg, group, vector);
          const results = [
            bound.verify(withSignature(message, signature)),
            await (bound.verifyAsync ?? bound.verify)(withSignature(message, signature)),
          ];
          if (results.some((result) => result !== expected)) {
            wrong.push(`${vector.tcId} ${vector.result} ${vector.flags}: ${results}`);
          }
          checked += 1;
        }
      }
      expect(checked).toBeGreaterThanOrEqual(80);
      expect(wrong).toEqual([]);
    });
  },
);

function algorithmOf(name: string): Algorithm {
  for (const [pattern, toAlgorithm] of files) {
    const match = pattern.exec(name);
    if (match) return toAlgorithm(match[1] ?? '');
  }
  throw new Error(`no algorithm for ${name}`);
}

function keyOf({ publicKeyDer }: Group, { key }: Vector): KeyObject {
  if (publicKeyDer === undefined) return createSecretKey(Buffer.from(key ?? '', 'hex'));
  return createPublicKey({ key: Buffer.from(publicKeyDer, 'hex'), format: 'der', type: 'spki' });
}

/** The result by RFC 7518, which has one tag length, and one salt length and mask for each hash. */
function isAccepted(alg: Algorithm, group: Group, { result, comment }: Vector): boolean {
  const { bits } = rowOf(alg);
  const { tagSize = bits, mgfSha = `SHA-${bits}`, sLen = bits / 8 } = group;
  if (tagSize !== bits || mgfSha !== `SHA-${bits}`) return false;
  // In a group of another salt length, the vector that is invalid there for having ours.
  if (sLen !== bits / 8) return comment === `s_len changed to ${bits / 8}`;
  // "acceptable" lack the NULL that RFC 8017 §9.2 requires.
  return result === 'valid';
}
