/** Which structure DER is recognized as, element by element, without a key in it. */

import { describe, expect, it } from 'vitest';
import { derElement, isNearlyDer, readAsn1Key } from '../../src/core/keys/asn1.ts';

/** Writes one element, with the length in the short form or in two bytes. */
function element(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const bytes = (...values: number[]) => Buffer.from(values);
const integer = (...values: number[]) => element(0x02, bytes(...values));
const bitString = (...parts: Buffer[]) => element(0x03, bytes(0), ...parts);
const octets = (...parts: Buffer[]) => element(0x04, ...parts);
const identifier = element(0x06, bytes(0x2a));
const sequence = (...parts: Buffer[]) => element(0x30, ...parts);
const times = (count: number, part: Buffer) => Array.from({ length: count }, () => part);

const one = integer(1);
const empty = sequence();
const version = element(0xa0, integer(2));
const spki = sequence(empty, bitString());
const nineNumbers = [integer(0), integer(0x71), integer(0x03), ...times(6, one)];

/** A certificate around a list of elements, RFC 5280 §4.1. */
const certificate = (...parts: Buffer[]) => sequence(sequence(...parts), empty, bitString());
const beforeKey = [one, ...times(4, empty)];
const certified = sequence(...beforeKey, spki);

describe('readAsn1Key', () => {
  it.each([
    ['EC PRIVATE KEY', sequence(one, octets())],
    ['PRIVATE KEY', sequence(one, empty, octets())],
    ['PKCS12', sequence(one, empty)],
    ['PKCS12', sequence(one, empty, empty)],
    ['RSA PUBLIC KEY', sequence(one, one)],
    ['RSA PRIVATE KEY', sequence(...times(9, one))],
    ['PUBLIC KEY', spki],
    ['ENCRYPTED PRIVATE KEY', sequence(empty, octets())],
    ['CERTIFICATE', certificate(...beforeKey, spki)],
    ['CERTIFICATE', certificate(version, ...beforeKey, spki)],
    ['EC PRIVATE KEY', sequence(one, octets(), ...times(10, one))],
  ] as const)('recognizes %s by its elements', (structure, der) => {
    expect(readAsn1Key(der)?.structure).toBe(structure);
  });

  it.each([
    ['nothing', bytes()],
    ['an empty SEQUENCE', empty],
    ['one element', sequence(one)],
    ['one SEQUENCE', sequence(empty)],
    ['a SET', element(0x31, one, octets())],
    ['an element after the structure', Buffer.concat([spki, one])],
    ['three numbers', sequence(...times(3, one))],
    ['eight numbers', sequence(...times(8, one))],
    ['ten numbers', sequence(...times(10, one))],
    ['an identifier before a BIT STRING', sequence(identifier, bitString())],
    ['an identifier before a SEQUENCE and a BIT STRING', sequence(identifier, empty, bitString())],
    ['a SEQUENCE before a number', sequence(empty, one)],
    ['a SEQUENCE before a number and a BIT STRING', sequence(empty, one, bitString())],
    ['two SEQUENCEs before an OCTET STRING', sequence(empty, empty, octets())],
    ['two numbers before an OCTET STRING', sequence(one, one, octets())],
    ['a certificate without a signature', sequence(certified, empty)],
    ['a certificate with an OCTET STRING as its signature', sequence(certified, empty, octets())],
    ['a certificate with a number as its algorithm', sequence(certified, one, bitString())],
    ['an empty certificate', certificate()],
    ['a certificate without a key', certificate(...beforeKey)],
    ['a certificate with a number as its key', certificate(...beforeKey, integer(3, 0))],
    [
      'a certificate with a SET as its key',
      certificate(...beforeKey, element(0x31, empty, bitString())),
    ],
    [
      'a certificate whose key has no BIT STRING',
      certificate(...beforeKey, sequence(empty, octets())),
    ],
    ['a certificate whose key has one element', certificate(...beforeKey, sequence(bitString()))],
    [
      'a certificate with a version and no subject',
      certificate(version, ...beforeKey.slice(1), spki),
    ],
    ['a certificate of damaged elements', sequence(sequence(bytes(2)), empty, bitString())],
    ['a damaged element within', sequence(one, octets(), bytes(2))],
    ['an element longer than the bytes', spki.subarray(0, -1)],
    ['more than twelve elements', sequence(one, octets(), ...times(11, one))],
    ['an indefinite length', bytes(0x30, 0x80, 2, 1, 1, 4, 0, 0, 0)],
  ])('does not recognize %s', (_, der) => {
    expect(readAsn1Key(der)).toBeUndefined();
  });

  it.each([
    ['PKCS#1', sequence(integer(0x71), integer(0x03))],
    ['PKCS#1 of a private key', sequence(...nineNumbers)],
    ['SPKI', sequence(empty, bitString(sequence(integer(0x71), integer(0x03))))],
    ['PKCS#8', sequence(one, empty, octets(sequence(...nineNumbers)))],
    [
      'a certificate',
      certificate(...beforeKey, sequence(empty, bitString(sequence(integer(0x71), integer(0x03))))),
    ],
  ])('returns the modulus and exponent in %s', (_, der) => {
    expect(readAsn1Key(der)?.rsa).toEqual({ modulus: bytes(0x71), exponent: bytes(0x03) });
  });

  it.each([
    ['a point', spki],
    ['a SET', sequence(empty, bitString(element(0x31, one, one)))],
    ['one number', sequence(empty, bitString(sequence(one)))],
    ['an OCTET STRING before a number', sequence(empty, bitString(sequence(octets(), one)))],
    ['a number before an OCTET STRING', sequence(empty, bitString(sequence(one, octets())))],
    ['a damaged SEQUENCE', sequence(empty, bitString(sequence(bytes(2))))],
  ])('returns no numbers for %s', (_, der) => {
    expect(readAsn1Key(der)).toEqual({ structure: 'PUBLIC KEY', rsa: undefined });
  });
});

describe('derElement', () => {
  it.each([
    ['a length below 128', [9, 9, 4, 0x7f], 2, { tag: 4, start: 4, end: 131 }],
    ['a length in one byte', [4, 0x81, 0x80], 0, { tag: 4, start: 3, end: 131 }],
    ['a length in four bytes', [4, 0x84, 1, 2, 3, 4], 0, { tag: 4, start: 6, end: 0x0102030a }],
  ])('reads %s', (_, input, at, expected) => {
    expect(derElement(bytes(...input), at)).toEqual(expected);
  });

  it.each([
    ['no bytes', []],
    ['no length', [4]],
    ['an indefinite length', [4, 0x80, 0, 0]],
    ['a length in five bytes', [4, 0x85, 0, 0, 0, 0, 1, 0]],
    ['a length that is cut', [4, 0x82, 1]],
  ])('returns undefined for %s', (_, input) => {
    expect(derElement(bytes(...input), 0)).toBeUndefined();
  });
});

describe('isNearlyDer', () => {
  const filling = octets(Buffer.alloc(36));

  it.each([
    ['a SEQUENCE of 42 bytes', sequence(empty, octets(Buffer.alloc(36)))],
    ['an INTEGER in a SEQUENCE', sequence(one, filling)],
    ['an OBJECT IDENTIFIER in a SEQUENCE', sequence(identifier, filling)],
    ['a SEQUENCE and two bytes more', Buffer.concat([sequence(empty, filling), bytes(0, 0)])],
    ['a SEQUENCE without its last two bytes', sequence(empty, filling, empty).subarray(0, -2)],
    ['an element as long as the SEQUENCE', sequence(bytes(0x30, 40), Buffer.alloc(40))],
  ])('is true for %s', (_, input) => {
    expect(isNearlyDer(input)).toBe(true);
  });

  it.each([
    ['a SEQUENCE of 41 bytes', sequence(empty, octets(Buffer.alloc(35)))],
    ['a SET', element(0x31, empty, filling)],
    ['an OCTET STRING in a SEQUENCE', sequence(filling, empty)],
    ['a SEQUENCE and three bytes more', Buffer.concat([sequence(empty, filling), bytes(0, 0, 0)])],
    ['a SEQUENCE without its last three bytes', sequence(empty, filling, one).subarray(0, -3)],
    ['an element longer than the SEQUENCE', sequence(bytes(0x30, 41), Buffer.alloc(40))],
    ['bytes without a length', Buffer.alloc(50, 0xff)],
    ['an element without a length', sequence(bytes(0x30, 0x85), Buffer.alloc(40))],
  ])('is false for %s', (_, input) => {
    expect(isNearlyDer(input)).toBe(false);
  });
});
