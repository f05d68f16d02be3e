/** Recognizes key material in strings and bytes, so that it never becomes an HMAC secret. */

import { createPublicKey } from 'node:crypto';
import { isNearlyDer } from './asn1.ts';
import { unescapeLines } from './pem.ts';

// Every pattern is linear: a repetition without a bound starts at a fixed string, never at what it repeats.

const DASH = '[-\u00ad\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d]';

/** Armor of PEM (RFC 7468) and SSH2 (RFC 4716), anywhere, with any dashes. */
const DASHED_ARMOR = new RegExp(`${DASH}{3}\\s*(?:BEGIN|END)\\s`, 'i');
/** The same without dashes, or with other signs. */
const BARE_ARMOR =
  /\b(?:BEGIN|END)[\s_]{1,4}(?:[A-Z\d]{2,10}[\s_]{1,4}){0,3}(?:(?:PUBLIC|PRIVATE)[\s_]KEY|CERTIFICATE)\b/;

/** A line of an OpenSSH public key file, or its blob alone: the type is the first string in it. */
const SSH =
  /(?:ssh|ecdsa-sha2|sk)-\S{1,64}\s{1,8}AAAA|AAAA[A-Q](?:[HXn3]N(?:zaC1|rL)|[GWm2]VjZHNh)/;
const SSH_TYPE = /^(?:ssh|ecdsa|sk|openssh)-/;

const PUTTY = /PuTTY-User-Key-File-\d|Public-Lines:/;

/** The elements of XML Signature, RFC 3275 §4.4, with any prefix. */
const XML = /[<:](?:(?:RSA|DSA|EC)KeyValue|X509Certificate|KeyInfo|Modulus)[\s/>]/;

/** Members of a JWK or a JWK Set in JSON, JavaScript, YAML or a query, perhaps escaped. */
const JWK =
  /["'`](?:kty|x5c)\\?["'`]\s*:|\bkty\s*[:=]\s*\\?["'`]?(?:RSA|EC|OKP|AKP|oct)|\bx5c\s*:\s|["'`]e\\?["'`]\s*:\s*\\?["'`]AQAB/;
const JWK_SET = /["'`]keys\\?["'`]\s*:\s*\[/;

/**
 * What every key in DER has within it: the arcs of PKCS, of ANSI X9.62 and of SECG, and the identifiers of
 * X25519 to Ed448 and of ML-DSA. All have five bytes at least: no random secret holds one.
 */
const OBJECT_IDENTIFIERS = [
  '2a864886f70d01',
  '2a8648ce3d',
  '2a8648ce38',
  '06052b8104',
  '300506032b656e',
  '300506032b656f',
  '300506032b6570',
  '300506032b6571',
  '608648016503040311',
  '608648016503040312',
  '608648016503040313',
];
const IDENTIFIERS = OBJECT_IDENTIFIERS.map((hex) => Buffer.from(hex, 'hex').toString('latin1'));

/** A public key that is one uncompressed point, SEC 1 §2.3.3, by its length in bytes. */
const CURVES: ReadonlyMap<number, readonly string[]> = new Map([
  [65, ['P-256', 'secp256k1']],
  [97, ['P-384']],
  [133, ['P-521']],
]);

/** Base64 or hexadecimal of one uncompressed point, within other text. */
const POINT_RUNS = /[\w+/-]{87,266}/g;

/**
 * Returns what kind of key a string or bytes hold, readable or damaged, or undefined. Such text is often
 * public: an attacker who chooses HS256 could sign with it (CVE-2015-9235).
 */
export function formatFault(input: string | Buffer): string | undefined {
  const bytes = typeof input === 'string' ? Buffer.from(input, 'latin1') : input;
  const text = input.toString();
  return byteFault(bytes) ?? textFault(text) ?? encodedFault(text);
}

function byteFault(bytes: Buffer): string | undefined {
  if (bytes.length < 32) return undefined;
  const binary = bytes.toString('latin1');
  if (isNearlyDer(bytes) || IDENTIFIERS.some((identifier) => binary.includes(identifier))) {
    return 'it holds a key in DER, damaged or within other data';
  }
  if (binary.startsWith('openssh-key-v1\0')) return sshFault;
  if (binary.startsWith('\0\0\0') && SSH_TYPE.test(binary.slice(4, 12))) return sshFault;
  if (isPoint(bytes)) return 'it is a public key, an uncompressed point: pass it as a JWK';
  return binary.startsWith('\xfe\xed\xfe\xed')
    ? 'it is a Java keystore: export the key as PEM'
    : undefined;
}

const sshFault =
  'it is an SSH key: convert it with "ssh-keygen -e -m PKCS8 -f FILE" (-p for a private key)';

/** The same for text alone, without what is encoded in it. */
export function textFault(text: string): string | undefined {
  // Without NUL, to recognize UTF-16; without escapes, to recognize any spelling of JSON.
  const plain = text
    .replaceAll('\0', '')
    .replace(/\\{2,}/g, '\\')
    .replace(/\\u00([0-7][\da-f])/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
  if (SSH.test(plain)) return sshFault;
  if (DASHED_ARMOR.test(plain) || BARE_ARMOR.test(plain)) {
    if (/OPENSSH|SSH2/.test(plain)) return sshFault;
    return 'its PEM is truncated or damaged: pass it with its first and last line';
  }
  if (JWK_SET.test(plain)) {
    return 'it is the JSON of a JWK Set: pass createLocalJwks(JSON.parse(text)) from "jotkit/jwk"';
  }
  if (JWK.test(plain)) return 'it is the text of a JWK: pass JSON.parse(text)';
  if (XML.test(plain)) return 'it is a key in XML: convert it to PEM';
  if (PUTTY.test(plain)) return 'it is a PuTTY key: export it as an OpenSSH key, then as PEM';
  return undefined;
}

/** The same for base64 and hexadecimal, at any offset within other text. */
function encodedFault(text: string): string | undefined {
  if (text.length < 43) return undefined;
  const letters = unescapeLines(text).replace(/[^\w+/-]/g, '');
  // Base64 reads four characters together: text before it may shift them.
  for (let shift = 0; shift < 4; shift++) {
    const decoded = Buffer.from(letters.slice(shift), 'base64');
    const fault = byteFault(decoded) ?? textFault(decoded.toString('latin1'));
    if (fault) return encodedAs('base64', fault);
  }
  for (const [run] of text.matchAll(POINT_RUNS)) {
    if (isPoint(Buffer.from(run, 'base64')) || isPoint(Buffer.from(run, 'hex'))) {
      return 'it is the text of a public key, an uncompressed point: pass it as a JWK';
    }
  }
  const hex = letters.toLowerCase();
  if (OBJECT_IDENTIFIERS.some((identifier) => hex.includes(identifier))) {
    return encodedAs('hex', 'it holds a key in DER');
  }
  return isNearlyDer(Buffer.from(letters, 'hex')) ? encodedAs('hex', 'it is DER') : undefined;
}

function encodedAs(encoding: string, fault: string): string {
  return `decoded from ${encoding}, ${fault}: pass { key, encoding: '${encoding}' } if it is nothing else`;
}

/** Only a point of the curve is one: random bytes of the same length are not. */
function isPoint(bytes: Buffer): boolean {
  if (bytes[0] !== 4) return false;
  const size = (bytes.length - 1) / 2;
  return (CURVES.get(bytes.length) ?? []).some((crv) => {
    const x = bytes.toString('base64url', 1, 1 + size);
    const y = bytes.toString('base64url', 1 + size);
    const key = Object.assign(Object.create(null), { kty: 'EC', crv, x, y });
    try {
      return createPublicKey(Object.assign(Object.create(null), { key, format: 'jwk' })) !== null;
    } catch {
      return false;
    }
  });
}
