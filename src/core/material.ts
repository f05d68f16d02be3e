/** Recognises key material in text and bytes, so that it is never taken for a secret. */

/** Armour of PEM (RFC 7468) and of SSH2 (RFC 4716), wherever it stands. */
const ARMOUR = /-{4,5} ?(?:BEGIN|END) /;

/** A line of an OpenSSH public key file: the blob always starts with a length below 2^16. */
const SSH = /(?:ssh-(?:rsa|dss|ed25519|ed448)|ecdsa-sha2-nistp\d+|sk-(?:ssh|ecdsa)-\S+)\s+AAAA/;

/** A JWK or JWKS as JSON text, also when it was quoted once more. */
const JWK = /\\?"kty\\?"\s*:|\\?"keys\\?"\s*:\s*\[/;

/** No public or private key is shorter in DER: SPKI of Ed25519 has 44 bytes. */
const SMALLEST_DER = 44;

/**
 * Whether bytes hold a key in any of its usual forms, readable or damaged. Such bytes are often
 * public: whoever may choose HS256 could sign with them (CVE-2015-9235 and its many siblings).
 */
export function looksLikeKey(bytes: Buffer): boolean {
  // NUL goes, so that UTF-16 text is recognised as well.
  const text = bytes.toString('latin1').replaceAll('\0', '');
  return (
    ARMOUR.test(text) ||
    SSH.test(text) ||
    JWK.test(text) ||
    isDer(bytes) ||
    (/^\s*M[\w+/=\s-]+$/.test(text) && isDer(Buffer.from(text, 'base64')))
  );
}

/** Whether bytes are one ASN.1 SEQUENCE that opens with a SEQUENCE or an INTEGER, as keys do. */
export function isDer(bytes: Buffer): boolean {
  if (bytes.length < SMALLEST_DER) return false;
  const outer = derElement(bytes, 0);
  if (outer?.tag !== 0x30 || outer.end !== bytes.length) return false;
  const inner = derElement(bytes, outer.start);
  return (inner?.tag === 0x30 || inner?.tag === 0x02) && inner.end <= outer.end;
}

function derElement(
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
 * The PEM text in a string, as OpenSSL wants to read it; undefined where there is none. Mends what
 * environment variables and indented source do to it: escaped line ends, quotes and white space
 * around it, white space around each line.
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
