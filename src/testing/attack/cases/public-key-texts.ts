/** Writes a public key in the texts that programs load it from. */

import type { KeyObject } from 'node:crypto';

/** A text or bytes that a target can hold as its public key: an attacker has it, too. */
export interface PublicKeyText {
  readonly name: string;
  readonly title: string;
  readonly text: string | Buffer;
}

type Row = readonly [name: string, title: string, text: string | Buffer];

/** Returns the texts of a key, with the `alg` and the `kid` of the header in JWKs. */
export function publicKeyTexts(key: KeyObject, header: Record<string, unknown>): PublicKeyText[] {
  const rows = [...encodedTexts(key), ...jwkTexts(key, header)];
  return rows.map(([name, title, text]) => ({ name, title, text }));
}

function encodedTexts(key: KeyObject): Row[] {
  const pem = String(key.export({ format: 'pem', type: 'spki' }));
  const der = key.export({ format: 'der', type: 'spki' });
  return [
    ['pem', 'the PEM', pem],
    ['pem-trimmed', 'the PEM without its last line feed', pem.trimEnd()],
    ['pem-crlf', 'the PEM with CRLF', pem.replaceAll('\n', '\r\n')],
    ['pem-after-line-feed', 'the PEM after a line feed', `\n${pem}`],
    ['pem-after-blank', 'the PEM after a blank', ` ${pem}`],
    ['pem-after-bom', 'the PEM after a byte order mark', `\uFEFF${pem}`],
    ['pem-escaped', 'the PEM with escaped line feeds', pem.replaceAll('\n', '\\n')],
    ['pem-one-line', 'the PEM on one line', pem.replaceAll('\n', ' ').trimEnd()],
    ['body', 'the base64 within the PEM', der.toString('base64')],
    ['body-lines', 'the lines within the PEM', pem.replace(/-----.*-----\n?/g, '')],
    ['der', 'the DER', der],
    ['hex', 'the DER in hexadecimal', der.toString('hex')],
  ];
}

function jwkTexts(key: KeyObject, { alg, kid }: Record<string, unknown>): Row[] {
  // Node.js has no JWK of a key that is for RSA-PSS alone.
  if (key.asymmetricKeyType === 'rsa-pss') return [];
  const jwk: Record<string, unknown> = { ...key.export({ format: 'jwk' }) };
  const sorted = Object.fromEntries(Object.entries(jwk).sort(([a], [b]) => (a < b ? -1 : 1)));
  const named = { ...jwk, use: 'sig', alg, kid };
  return [
    bareKey(key, jwk),
    ['jwk', 'the JSON of the JWK', JSON.stringify(jwk)],
    ['jwk-sorted', 'the JSON of the JWK, sorted', JSON.stringify(sorted)],
    ['jwk-named', 'the JSON of the JWK with "use", "alg" and "kid"', JSON.stringify(named)],
    ['jwks', 'the JSON of the JWK Set', JSON.stringify({ keys: [named] })],
    ['jwk-value', 'the key within the JWK', String(jwk['n'] ?? jwk['x'] ?? jwk['pub'])],
  ];
}

/** The key as its own type has it: PKCS#1 for RSA, the point for EC, the bytes for others. */
function bareKey(key: KeyObject, jwk: Record<string, unknown>): Row {
  if (key.asymmetricKeyType === 'rsa') {
    return ['pkcs1', 'the PEM of PKCS#1', String(key.export({ format: 'pem', type: 'pkcs1' }))];
  }
  const member = (name: string) => Buffer.from(String(jwk[name]), 'base64url');
  const point = () => Buffer.concat([Buffer.from([4]), member('x'), member('y')]);
  if (key.asymmetricKeyType === 'ec') return ['point', 'the uncompressed point', point()];
  return ['bytes', 'the bytes of the key', member(jwk['pub'] ? 'pub' : 'x')];
}
