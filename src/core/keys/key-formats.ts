/** Recognizes key material in strings and bytes, so that it never becomes an HMAC secret. */

/** Armor of PEM (RFC 7468) and SSH2 (RFC 4716), anywhere, with any dashes. */
const PEM_ARMOR = /[-\u2010-\u2015]{3,}\s*(?:BEGIN|END)\s/i;

/** A line of an OpenSSH public key file. The blob starts with a length below 2^16. */
const SSH = /(?:ssh|ecdsa-sha2|sk)-\S+\s+AAAA/;

/** Members of a JWK or a JWK Set, or the XML form of an RSA key. */
const DOCUMENT = /\\*"(?:kty|x5c)\\*"\s*:|\\*"keys\\*"\s*:\s*\[|<RSAKeyValue>/;

/** No key is shorter in DER: SPKI of Ed25519 has 44 bytes, minus DER_SLACK_BYTES. */
const MIN_DER_BYTES = 42;

/** A lost or added byte or two must not turn a key into a secret. */
const DER_SLACK_BYTES = 2;

/**
 * Whether a string or bytes hold a key in any usual form, readable or damaged. Such text is often public:
 * an attacker who chooses HS256 could sign with it (CVE-2015-9235).
 */
export function looksLikeKey(input: string | Buffer): boolean {
  const isText = typeof input === 'string';
  const bytes = isText ? Buffer.from(input, 'latin1') : input;
  const text = isText ? input : input.toString('utf8');
  if (isNearlyDer(bytes) || looksEncoded(text)) return true;
  const decoded = Buffer.from(text.replace(/\\[rn]|[^\w+/-]/g, ''), 'base64');
  return isNearlyDer(decoded) || looksEncoded(decoded.toString('utf8'));
}

function looksEncoded(text: string): boolean {
  // Without NUL, to recognize UTF-16; without escapes, to recognize any spelling of JSON.
  const plain = text
    .replaceAll('\0', '')
    .replace(/\\+u00([0-7][\da-f])/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
  return PEM_ARMOR.test(plain) || SSH.test(plain) || DOCUMENT.test(plain);
}

/** Whether bytes are one ASN.1 SEQUENCE that begins with a SEQUENCE or an INTEGER, as keys do. */
export function isDer(bytes: Buffer): boolean {
  return isNearlyDer(bytes) && derElement(bytes, 0)?.end === bytes.length;
}

function isNearlyDer(bytes: Buffer): boolean {
  if (bytes.length < MIN_DER_BYTES) return false;
  const outer = derElement(bytes, 0);
  if (outer?.tag !== 0x30 || Math.abs(outer.end - bytes.length) > DER_SLACK_BYTES) return false;
  const inner = derElement(bytes, outer.start);
  return (inner?.tag === 0x30 || inner?.tag === 0x02) && inner.end <= outer.end;
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

/**
 * Returns the PEM in a string in the form that OpenSSL reads, or undefined. Repairs what environment
 * variables and indented source do to it: escaped line ends, quotes and white space around it, white space
 * around each line.
 */
export function findPem(text: string): string | undefined {
  const begin = text.indexOf('-----BEGIN ');
  const end = text.lastIndexOf('-----END ');
  const close = text.indexOf('-----', end + 1);
  if (begin === -1 || end < begin || close === -1) return undefined;
  return text
    .slice(begin, close + 5)
    .split(/(?:\\r)?\\n|\r?\n|\r/)
    .map((line) => line.trim())
    .join('\n')
    .concat('\n');
}
