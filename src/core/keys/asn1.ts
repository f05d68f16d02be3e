/** Walks DER: which structure of a key it is, and the numbers of an RSA key in it. */

/** The structures of keys, as PEM labels them. */
export type Structure =
  | 'PUBLIC KEY'
  | 'RSA PUBLIC KEY'
  | 'PRIVATE KEY'
  | 'RSA PRIVATE KEY'
  | 'EC PRIVATE KEY'
  | 'ENCRYPTED PRIVATE KEY'
  | 'CERTIFICATE'
  | 'PKCS12';

/** A key in DER, and the modulus and public exponent if they are readable RSA numbers. */
export interface Asn1Key {
  readonly structure: Structure;
  readonly rsa: RsaNumbers | undefined;
}

export interface RsaNumbers {
  readonly modulus: Uint8Array;
  readonly exponent: Uint8Array;
}

interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OID = 0x06;
const SEQUENCE = 0x30;
const VERSION_OF_CERTIFICATE = 0xa0;

/** The elements that are looked at in one SEQUENCE: the nine numbers of an RSA private key, and some. */
const MAX_ELEMENTS = 12;

/** Recognizes one DER structure that fills the bytes. Its cost does not depend on their number. */
export function readAsn1Key(der: Buffer): Asn1Key | undefined {
  const [outer, ...more] = elementsOf(der) ?? [];
  if (outer?.tag !== SEQUENCE || more.length > 0) return undefined;
  const parts = elementsOf(outer.content) ?? [];
  const [first, second, third] = parts;
  if (!first || !second) return undefined;
  if (first.tag === INTEGER) {
    if (second.tag === OCTET_STRING) return { structure: 'EC PRIVATE KEY', rsa: undefined };
    if (second.tag === SEQUENCE && third?.tag === OCTET_STRING) {
      return { structure: 'PRIVATE KEY', rsa: rsaNumbersIn(third.content) };
    }
    if (second.tag === SEQUENCE) return { structure: 'PKCS12', rsa: undefined };
    if (parts.length === 2) return { structure: 'RSA PUBLIC KEY', rsa: rsaNumbers(parts) };
    if (parts.length === 9) return { structure: 'RSA PRIVATE KEY', rsa: rsaNumbers(parts) };
    return undefined;
  }
  if (first.tag !== SEQUENCE) return undefined;
  if (second.tag === BIT_STRING) {
    return { structure: 'PUBLIC KEY', rsa: rsaNumbersIn(second.content.subarray(1)) };
  }
  if (second.tag === OCTET_STRING) return { structure: 'ENCRYPTED PRIVATE KEY', rsa: undefined };
  if (second.tag === SEQUENCE && third?.tag === BIT_STRING) return readCertificate(first.content);
  return undefined;
}

/** RFC 5280 §4.1: the public key follows version, serial, algorithm, issuer, validity and subject. */
function readCertificate(content: Buffer): Asn1Key | undefined {
  const parts = elementsOf(content);
  const at = parts?.[0]?.tag === VERSION_OF_CERTIFICATE ? 6 : 5;
  const key = parts?.[at];
  const [, bits] = (key?.tag === SEQUENCE && elementsOf(key.content)) || [];
  if (bits?.tag !== BIT_STRING) return undefined;
  return { structure: 'CERTIFICATE', rsa: rsaNumbersIn(bits.content.subarray(1)) };
}

/** The numbers of a PKCS#1 key, RFC 8017 §A.1. Undefined for keys of other types. */
function rsaNumbersIn(content: Buffer): RsaNumbers | undefined {
  const [outer] = elementsOf(content) ?? [];
  return outer?.tag === SEQUENCE ? rsaNumbers(elementsOf(outer.content) ?? []) : undefined;
}

function rsaNumbers(parts: Element[]): RsaNumbers | undefined {
  // A private key has a version before its numbers.
  const [modulus, exponent] = parts.length === 9 ? parts.slice(1) : parts;
  if (modulus?.tag !== INTEGER || exponent?.tag !== INTEGER) return undefined;
  return { modulus: modulus.content, exponent: exponent.content };
}

/** The elements that fill the bytes, or undefined if they do not fit. */
function elementsOf(bytes: Buffer): Element[] | undefined {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const element = derElement(bytes, at);
    if (!element || element.end > bytes.length || elements.length === MAX_ELEMENTS)
      return undefined;
    elements.push({ tag: element.tag, content: bytes.subarray(element.start, element.end) });
    at = element.end;
  }
  return elements;
}

/** Returns the tag of the ASN.1 element at an offset, and where its content starts and ends. */
export function derElement(
  bytes: Buffer,
  at: number,
): { tag: number; start: number; end: number } | undefined {
  const tag = bytes[at];
  const short = bytes[at + 1];
  if (tag === undefined || short === undefined) return undefined;
  if (short < 0x80) return { tag, start: at + 2, end: at + 2 + short };
  const count = short & 0x7f;
  const start = at + 2 + count;
  if (count < 1 || count > 4 || start > bytes.length) return undefined;
  return { tag, start, end: start + bytes.readUIntBE(at + 2, count) };
}

/** Whether bytes are nearly one SEQUENCE that begins as keys, certificates and PKCS#12 do. */
export function isNearlyDer(bytes: Buffer): boolean {
  if (bytes.length < MIN_DER_BYTES) return false;
  const outer = derElement(bytes, 0);
  if (outer?.tag !== SEQUENCE || Math.abs(outer.end - bytes.length) > DER_SLACK_BYTES) return false;
  const inner = derElement(bytes, outer.start);
  if (!inner || inner.end > outer.end) return false;
  return inner.tag === SEQUENCE || inner.tag === INTEGER || inner.tag === OID;
}

/** A lost or added byte or two must not turn a key into a secret. */
const DER_SLACK_BYTES = 2;

/** No key is shorter in DER: SPKI of Ed25519 has 44 bytes, minus DER_SLACK_BYTES. */
const MIN_DER_BYTES = 42;
