/** Converts signatures between the form that tokens have and the one that OpenSSL reads and writes. */

import { plainError } from '../../errors.ts';
import { withLowS } from './runtime.ts';

export interface SignatureForm {
  /** Undefined if the signature has another length than that of the algorithm. */
  read(signature: Buffer): Buffer | undefined;
  write(signature: Buffer): Buffer;
}

export const SAME_FORM: SignatureForm = {
  read: (signature) => signature,
  write: (signature) => signature,
};

/** ECDSA: r‖s of `size` bytes each in tokens (RFC 7518 §3.4), DER in OpenSSL. */
export function derForm(size: number, isLowS: boolean): SignatureForm {
  return {
    read(signature) {
      if (signature.length !== 2 * size) return undefined;
      return ecdsaToDer(isLowS ? withLowS(signature) : signature);
    },
    write: (der) => ecdsaFromDer(der, size),
  };
}

/** Signatures of one length: RSASSA-PSS, and curves that only allowInvalidAsymmetricKeyTypes allows. */
export function fixedLength(length: number): SignatureForm {
  return {
    read: (signature) => (signature.length === length ? signature : undefined),
    write(signature) {
      if (signature.length === length) return signature;
      throw plainError('ERR_KEY_TYPE', `the key cannot make a signature of ${length} bytes`);
    },
  };
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const LONG_FORM = 0x80;

/** Returns `SEQUENCE { r INTEGER, s INTEGER }` (RFC 3279 §2.2.3). */
export function ecdsaToDer(signature: Buffer): Buffer {
  const size = signature.length / 2;
  const r = firstByte(signature, 0, size);
  const s = firstByte(signature, size, 2 * size);
  const content = 4 + size - r + signOf(signature, r) + 2 * size - s + signOf(signature, s);
  // From the pool: memory of its own costs 1 µs.
  const der = Buffer.allocUnsafe(content + (content < LONG_FORM ? 2 : 3));
  der[0] = SEQUENCE;
  let at = 1;
  if (content >= LONG_FORM) der[at++] = LONG_FORM + 1;
  der[at++] = content;
  at = writeInteger(der, at, signature, r, size);
  writeInteger(der, at, signature, s, 2 * size);
  return der;
}

/** The index of the first byte that an INTEGER keeps: it has no leading zeros. */
function firstByte(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end - 1 && bytes[at] === 0) at++;
  return at;
}

/** A high first bit would be the sign: a zero byte comes before it. */
function signOf(bytes: Buffer, first: number): number {
  return (bytes[first] as number) >> 7;
}

function writeInteger(der: Buffer, to: number, bytes: Buffer, first: number, end: number): number {
  const sign = signOf(bytes, first);
  der[to] = INTEGER;
  der[to + 1] = sign + end - first;
  if (sign) der[to + 2] = 0;
  bytes.copy(der, to + 2 + sign, first, end);
  return to + 2 + sign + end - first;
}

/** Returns r‖s of `size` bytes each. The DER comes from OpenSSL, for a curve of that size. */
export function ecdsaFromDer(der: Buffer, size: number): Buffer {
  const signature = Buffer.allocUnsafe(2 * size).fill(0);
  let at = (der[1] as number) > LONG_FORM ? 3 : 2;
  for (const end of [size, 2 * size]) {
    const next = at + 2 + (der[at + 1] as number);
    const digits = Math.min(size, next - at - 2);
    der.copy(signature, end - digits, next - digits, next);
    at = next;
  }
  return signature;
}
