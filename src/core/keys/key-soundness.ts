/** Rejects keys that cost too much to use, that sign nothing, or that contradict themselves. */

import {
  createPublicKey,
  type JwkKeyExportOptions,
  type KeyExportOptions,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto';
import { type RsaNumbers, readAsn1Key } from './asn1.ts';
import { withOptions } from './runtime.ts';

export const MAX_MODULUS_BITS = 16_384;
export const MAX_EXPONENT_BITS = 256;

/** A verification takes modulus² × exponent: 65,537 for the longest modulus, more for shorter ones. */
const MAX_RSA_WORK = MAX_MODULUS_BITS ** 2 * 20;

/** Without a prototype: a polluted one adds no passphrase. */
const JWK_FORMAT: JwkKeyExportOptions = Object.assign(Object.create(null), { format: 'jwk' });
const SPKI_FORMAT: KeyExportOptions<'der'> = Object.assign(Object.create(null), {
  type: 'spki',
  format: 'der',
});

/**
 * Returns what is wrong with the size of RSA numbers, or undefined. Runs before a key object exists:
 * `asymmetricKeyDetails` takes the square of the length of the exponent, two minutes for 370,000 characters.
 */
export function rsaFault({ modulus, exponent }: RsaNumbers): string | undefined {
  const modulusBits = bitsOf(modulus);
  const exponentBits = bitsOf(exponent);
  if (modulusBits > MAX_MODULUS_BITS) return 'its modulus is longer than 16,384 bits';
  if (exponentBits > MAX_EXPONENT_BITS) return 'its public exponent is longer than 256 bits';
  if (modulusBits ** 2 * exponentBits > MAX_RSA_WORK) {
    return 'its public exponent is too long for its modulus: use 65,537';
  }
  // With the exponent 1 the signature is the padded hash itself.
  if (exponentBits < 2 || (exponent.at(-1) ?? 0) % 2 === 0) {
    return 'its public exponent must be odd and at least 3';
  }
  return undefined;
}

function bitsOf(number: Uint8Array): number {
  const start = number.findIndex((byte) => byte !== 0);
  if (start === -1) return 0;
  return (number.length - start - 1) * 8 + (32 - Math.clz32(number[start] ?? 0));
}

/** Returns what is wrong with an asymmetric key, or undefined. */
export function keyFault(object: KeyObject): string | undefined {
  const type = object.asymmetricKeyType;
  if (type === 'rsa') {
    const { n = '', e = '' } = publicHalf(object).export(JWK_FORMAT);
    return rsaFault({ modulus: bytesOf(n), exponent: bytesOf(e) });
  }
  if (type === 'rsa-pss') return pssFault(object);
  if (type === 'ed25519' || type === 'ed448') {
    // A private key is a seed: its public key is never of small order.
    const isSmall =
      object.type === 'public' && hasSmallOrder(bytesOf(object.export(JWK_FORMAT).x ?? ''));
    return isSmall ? 'its point has a small order: one signature verifies every token' : undefined;
  }
  if (type === 'ec' && object.type === 'private') return pairFault(object, publicHalf(object));
  return undefined;
}

/** Such keys have no JWK: their numbers are the last in SPKI, RFC 4055 §1.2. */
function pssFault(object: KeyObject): string | undefined {
  const rsa = readAsn1Key(publicHalf(object).export(SPKI_FORMAT))?.rsa;
  return rsa ? rsaFault(rsa) : 'its numbers are unreadable';
}

function publicHalf(object: KeyObject): KeyObject {
  return object.type === 'private' ? createPublicKey(object) : object;
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}

const OPTIONS = { dsaEncoding: 'ieee-p1363' } as const;

const HASHES: ReadonlyMap<string, string> = new Map([
  ['secp384r1', 'sha384'],
  ['secp521r1', 'sha512'],
]);

/** Whether a private key signs what its public key verifies. Node.js imports halves of two keys. */
export function pairFault(privateKey: KeyObject, publicKey: KeyObject): string | undefined {
  const type = privateKey.asymmetricKeyType;
  const curve = privateKey.asymmetricKeyDetails?.namedCurve ?? '';
  // Deno signs with a curve and its hash only.
  const hash = type === 'ec' ? (HASHES.get(curve) ?? 'sha256') : type === 'rsa' ? 'sha256' : null;
  const probe = Buffer.alloc(32, 1);
  try {
    const signature = signBytes(hash, probe, withOptions(privateKey, OPTIONS));
    if (verifyBytes(hash, probe, withOptions(publicKey, OPTIONS), signature)) return undefined;
  } catch {
    // What OpenSSL reports helps no caller.
  }
  return 'its private part belongs to another public key';
}

/**
 * The y coordinates of the points of small order, little-endian without the sign of x, canonical or not
 * (RFC 8032 §5.1.3, §5.2.3). Under them one constant signature verifies every token.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '00'.repeat(57),
  `01${'00'.repeat(56)}`,
  `fe${'ff'.repeat(27)}fe${'ff'.repeat(27)}00`,
  `${'ff'.repeat(28)}fe${'ff'.repeat(27)}00`,
  `${'00'.repeat(28)}${'ff'.repeat(28)}00`,
]);

function hasSmallOrder(point: Buffer): boolean {
  const y = Buffer.from(point);
  const last = y.length - 1;
  y[last] = (y[last] ?? 0) & 0x7f;
  return SMALL_ORDER.has(y.toString('hex'));
}
