/** Tokens whose signature is changed, cut, extended or made without the key. */

import { createHash, randomBytes } from 'node:crypto';
import { encodeBase64url } from '../../../core/encoding/base64url.ts';
import type { Forge } from '../forge.ts';
import { type AttackCase, caseOf } from './attack-case.ts';
import { ecdsaCases, eddsaCases, rsaCases } from './signature-schemes.ts';

const add = caseOf('signature', { level: 'hole', reference: 'RFC 7515 §5.2 step 8' });

/** Only the holder of a genuine token has its signature. */
const ONE_FORM = { level: 'fault', reference: 'RFC 8725 §3.3' } as const;

export function signatureCases(forge: Forge): AttackCase[] {
  /** A genuine token with another signature. */
  const resigned = (change: (signature: Buffer) => Uint8Array) => () => {
    const { input, signature } = forge.genuineParts();
    return `${input}.${encodeBase64url(change(signature))}`;
  };
  const flipped = (index: number, bit: number) =>
    resigned((signature) => {
      const copy = Buffer.from(signature);
      const at = index < 0 ? copy.length + index : index;
      copy[at] = (copy[at] ?? 0) ^ bit;
      return copy;
    });
  return [
    add('other-key', 'the signature of another key, with the genuine "kid"', () =>
      forge.byAttacker(),
    ),
    add(
      'amid-genuine',
      'the signature of another key, while genuine tokens are verified',
      () => forge.byAttacker(),
      { amidGenuine: true, reference: 'RFC 7515 §5.2 step 8; CWE-362' },
    ),
    add('payload-changed', 'a genuine signature after other claims', () => {
      const { header, signature } = forge.genuineParts();
      const payload = encodeBase64url(JSON.stringify(forge.claims({ sub: 'attacker' })));
      return `${header}.${payload}.${encodeBase64url(signature)}`;
    }),
    add('header-changed', 'a genuine signature under another header', () => {
      const { payload, signature } = forge.genuineParts();
      const header = encodeBase64url(JSON.stringify(forge.header({ cty: 'attacker' })));
      return `${header}.${payload}.${encodeBase64url(signature)}`;
    }),
    add('first-bit', 'the first bit of the signature is flipped', flipped(0, 0x80)),
    add('last-bit', 'the last bit of the signature is flipped', flipped(-1, 1)),
    add(
      'zeros',
      'the signature is zero bytes',
      resigned(({ length }) => Buffer.alloc(length)),
    ),
    add(
      'ones',
      'the signature is 0xff bytes',
      resigned(({ length }) => Buffer.alloc(length, 0xff)),
    ),
    add(
      'random',
      'the signature is random',
      resigned(({ length }) => randomBytes(length)),
    ),
    add('digest', 'the signature is the hash of the signed text', () => {
      const { input } = forge.genuineParts();
      return `${input}.${createHash('sha256').update(input).digest('base64url')}`;
    }),
    add(
      'one-byte',
      'the signature is cut to its first byte',
      resigned((s) => s.subarray(0, 1)),
    ),
    add(
      'half',
      'the signature is cut to its first half',
      resigned((s) => s.subarray(0, s.length / 2)),
    ),
    add(
      'cut',
      'the signature lacks its last byte',
      resigned((s) => s.subarray(0, -1)),
    ),
    add(
      'extended',
      'the signature has a zero byte more',
      resigned((s) => Buffer.concat([s, Buffer.alloc(1)])),
      ONE_FORM,
    ),
    add(
      'leading-zero',
      'the signature begins with a zero byte more',
      resigned((s) => Buffer.concat([Buffer.alloc(1), s])),
      ONE_FORM,
    ),
    add(
      'doubled',
      'the signature is there twice',
      resigned((s) => Buffer.concat([s, s])),
      ONE_FORM,
    ),
    ...ecdsaCases(forge, resigned),
    ...rsaCases(forge, resigned),
    ...eddsaCases(forge, resigned),
  ];
}
