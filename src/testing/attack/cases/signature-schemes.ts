/** Signatures that are special in one scheme: ECDSA, RSA or EdDSA. */

import { constants } from 'node:crypto';
import type { Changes, Forge } from '../forge.ts';
import { type AttackCase, caseOf } from './attack-case.ts';

type Resigned = (change: (signature: Buffer) => Uint8Array) => () => string;

const add = caseOf('signature', { level: 'hole', reference: 'RFC 8725 §3.4' });

const ZERO = { reference: 'RFC 8725 §3.4; CVE-2022-21449' };
const FIXED_FORM = { level: 'fault', reference: 'RFC 7518 §3.4' } as const;
const IN_RANGE = { level: 'fault', reference: 'RFC 8017 §5.2.2' } as const;

/** The order of each curve: SEC 2 §2. */
const ORDERS: Record<string, bigint> = {
  ES256: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  ES384:
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  ES512:
    0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  ES256K: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
};

/** The order of the base point of Ed25519: RFC 8032 §5.1. */
const ED25519_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

export function ecdsaCases(forge: Forge, resigned: Resigned): AttackCase[] {
  const order = ORDERS[forge.algorithm];
  if (order === undefined) return [];
  const pair = (r: bigint, s: bigint) =>
    resigned(({ length }) => Buffer.concat([bytesOf(r, length / 2), bytesOf(s, length / 2)]));
  const halves = (signature: Buffer) => {
    const size = signature.length / 2;
    return [signature.subarray(0, size), signature.subarray(size)] as const;
  };
  return [
    add('r-zero', 'r is 0', pair(0n, 1n), ZERO),
    add('s-zero', 's is 0', pair(1n, 0n), ZERO),
    add('r-s-one', 'r and s are 1', pair(1n, 1n)),
    add('r-s-order', 'r and s are the order of the curve', pair(order, order), ZERO),
    add('r-order', 'r is the order of the curve, s is 1', pair(order, 1n), ZERO),
    add(
      'der-zero',
      'r and s are 0, in DER',
      resigned(() => Buffer.from('3006020100020100', 'hex')),
      ZERO,
    ),
    add(
      'swapped',
      'r and s are swapped',
      resigned((signature) => {
        const [r, s] = halves(signature);
        return Buffer.concat([s, r]);
      }),
    ),
    add(
      'der',
      'a genuine signature in DER',
      resigned((signature) => {
        const [r, s] = halves(signature);
        const content = Buffer.concat([derInteger(r), derInteger(s)]);
        const header =
          content.length < 0x80 ? [0x30, content.length] : [0x30, 0x81, content.length];
        return Buffer.concat([Buffer.from(header), content]);
      }),
      FIXED_FORM,
    ),
    add(
      'wide',
      'r and s with a zero byte more',
      resigned((signature) => {
        const [r, s] = halves(signature);
        return Buffer.concat([Buffer.alloc(1), r, Buffer.alloc(1), s]);
      }),
      FIXED_FORM,
    ),
  ];
}

export function rsaCases(forge: Forge, resigned: Resigned): AttackCase[] {
  const isPss = forge.algorithm.startsWith('PS');
  if (!isPss && !forge.algorithm.startsWith('RS')) return [];
  const hash = `sha${forge.algorithm.slice(2)}`;
  const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST } = constants;
  const pss = { padding: RSA_PKCS1_PSS_PADDING, saltLength: RSA_PSS_SALTLEN_DIGEST };
  const modulus = () => {
    const { n } = forge.publicKey.export({ format: 'jwk' });
    return BigInt(`0x${Buffer.from(n ?? '', 'base64url').toString('hex')}`);
  };
  const number = (value: () => bigint) => resigned(({ length }) => bytesOf(value(), length));
  const none: Changes = {};
  // A key of RSA-PSS signs nothing else.
  const canSignBoth = forge.publicKey.asymmetricKeyType === 'rsa';
  return [
    add(
      'one',
      'the signature is the number 1',
      number(() => 1n),
    ),
    add('modulus', 'the signature is the modulus', number(modulus)),
    add(
      'modulus-minus-one',
      'the signature is the modulus minus 1',
      number(() => modulus() - 1n),
    ),
    add(
      'plus-modulus',
      'a genuine signature plus the modulus',
      resigned((signature) => {
        return bytesOf(BigInt(`0x${signature.toString('hex')}`) + modulus(), signature.length);
      }),
      IN_RANGE,
    ),
    ...(canSignBoth
      ? [
          add(
            'other-padding',
            `the padding is that of ${isPss ? 'PKCS#1' : 'PSS'}`,
            () => {
              return forge.signWith(none, hash, isPss ? { padding: RSA_PKCS1_PADDING } : pss);
            },
            { level: 'fault', reference: isPss ? 'RFC 7518 §3.5' : 'RFC 7518 §3.3' },
          ),
        ]
      : []),
    ...(isPss
      ? [
          add(
            'no-salt',
            'the salt has no bytes',
            () => {
              return forge.signWith(none, hash, { ...pss, saltLength: 0 });
            },
            { level: 'fault', reference: 'RFC 7518 §3.5' },
          ),
        ]
      : [
          add(
            'sha1',
            'the hash is SHA-1',
            () => {
              return forge.signWith(none, 'sha1', { padding: RSA_PKCS1_PADDING });
            },
            { level: 'fault', reference: 'RFC 7518 §3.3' },
          ),
        ]),
  ];
}

export function eddsaCases(forge: Forge, resigned: Resigned): AttackCase[] {
  if (forge.genuine.publicKey?.asymmetricKeyType !== 'ed25519') return [];
  return [
    add(
      'identity',
      'R is the identity point, S is 0',
      resigned(() => {
        return Buffer.concat([Buffer.from([1]), Buffer.alloc(63)]);
      }),
    ),
    add(
      's-plus-order',
      'S is beyond the order of the base point',
      resigned((signature) => {
        const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`);
        const larger = bytesOf(s + ED25519_ORDER, 32).reverse();
        return Buffer.concat([signature.subarray(0, 32), larger]);
      }),
      { level: 'fault', reference: 'RFC 8032 §5.1.7' },
    ),
  ];
}

/** A number in big-endian bytes, in more than `length` if it needs them. */
function bytesOf(value: bigint, length: number): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(Math.max(length * 2, hex.length + (hex.length % 2)), '0'), 'hex');
}

/** A positive INTEGER of DER, for numbers of up to 66 bytes. */
function derInteger(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  const short = start === -1 ? Buffer.alloc(1) : bytes.subarray(start);
  const content = (short[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), short]) : short;
  return Buffer.concat([Buffer.from([0x02, content.length]), content]);
}
