/** Other spellings of a token that the target accepts. */

import { encodeBase64url } from '../../../core/encoding/base64url.ts';
import { cannot, type Forge } from '../forge.ts';
import { type AttackCase, caseOf } from './attack-case.ts';

const add = caseOf('text', { level: 'fault', reference: 'RFC 7515 §5.2' });

const SERIALIZATION = { reference: 'RFC 7515 §7.1' };
const LAST_BITS = { level: 'note', reference: 'RFC 4648 §3.5' } as const;
const UTF8 = { reference: 'RFC 7519 §7.2 step 10' };
const AROUND = { level: 'note', reference: 'RFC 7515 §7.1' } as const;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Separators that a lenient decoder skips. */
const BREAKS = { 'line-feed': '\n', crlf: '\r\n', blank: ' ', tab: '\t', nul: '\0', star: '*' };

export function textCases(forge: Forge): AttackCase[] {
  const genuine = () => {
    const token = forge.genuineToken();
    const [header = '', payload = '', signature = ''] = token.split('.');
    return { token, header, payload, signature };
  };
  /** A genuine token with another text of its signature. */
  const respelled = (change: (signature: string) => string) => () => {
    const { header, payload, signature } = genuine();
    return `${header}.${payload}.${change(signature)}`;
  };
  /** A token whose payload is spelled otherwise, with a signature over that spelling. */
  const signedOver = (change: (payload: string) => string) => () => {
    // White space, so that the last character has loose bits: two characters for one byte.
    const claims = Buffer.from(forge.claimsText());
    const rest = Buffer.alloc((4 - (claims.length % 3)) % 3, ' ');
    const payload = Buffer.concat([claims, rest]).toString('base64url');
    return forge.signInput(`${encodeBase64url(JSON.stringify(forge.header()))}.${change(payload)}`);
  };
  /** JSON with a member whose string contains these bytes. */
  const withBytes = (json: string, hex: string) =>
    Buffer.from(`${Buffer.from(`${json.slice(0, -1)},"x":"`).toString('hex')}${hex}227d`, 'hex');
  const payloadOf = (bytes: Uint8Array) => forge.signText(JSON.stringify(forge.header()), bytes);
  const claims = () => forge.claimsText();
  const shifted = (distance: number) => () => {
    const { token } = genuine();
    return String.fromCharCode(token.charCodeAt(0) + distance) + token.slice(1);
  };
  return [
    ...Object.entries(BREAKS).flatMap(([name, separator]) => {
      const broken = (text: string) => `${text.slice(0, 8)}${separator}${text.slice(8)}`;
      const what = `contains ${JSON.stringify(separator)}`;
      return [
        add(`signature-${name}`, `the signature ${what}`, respelled(broken)),
        add(`payload-${name}`, `the payload ${what}, and is signed so`, signedOver(broken)),
      ];
    }),
    add('signature-padded', 'the signature ends with "="', () => `${genuine().token}=`),
    add(
      'payload-padded',
      'the payload ends with "==", and is signed so',
      signedOver((payload) => `${payload}==`),
    ),
    add('payload-padded-later', 'the payload ends with "=", and is signed without', () => {
      const { header, payload, signature } = genuine();
      return `${header}.${payload}=.${signature}`;
    }),
    add('base64', 'the signature is base64 instead of base64url', () => inBase64(forge)),
    add(
      'loose-signature',
      'the last bits of the signature are loose',
      respelled(loosened),
      LAST_BITS,
    ),
    add(
      'loose-payload',
      'the last bits of the payload are loose, and signed so',
      signedOver(loosened),
      LAST_BITS,
    ),
    add('dot-after', 'a dot after the token', () => `${genuine().token}.`, SERIALIZATION),
    add('dot-before', 'a dot before the token', () => `.${genuine().token}`, SERIALIZATION),
    add('fourth-part', 'a fourth part', () => `${genuine().token}.e30`, SERIALIZATION),
    add(
      'twice',
      'the token twice, with a comma',
      () => `${genuine().token},${genuine().token}`,
      SERIALIZATION,
    ),
    add(
      'json',
      'the flattened JSON serialization',
      () => {
        const { header, payload, signature } = genuine();
        return JSON.stringify({ protected: header, payload, signature });
      },
      SERIALIZATION,
    ),
    add(
      'json-around',
      'JSON with another payload around a genuine token',
      () => {
        const { header, payload, signature } = genuine();
        const other = encodeBase64url(JSON.stringify(forge.claims({ sub: 'attacker' })));
        return `{"  ${header}.${other}.":"","protected":"${header}","payload":"${payload}","signature":"${signature}"}`;
      },
      { level: 'hole', reference: 'RFC 7515 §7.1; CVE-2022-39227' },
    ),
    add('quotes', 'the token in quotes', () => `"${genuine().token}"`, AROUND),
    add('bearer', 'the token after "Bearer "', () => `Bearer ${genuine().token}`, AROUND),
    add('blank-before', 'a blank before the token', () => ` ${genuine().token}`, AROUND),
    add('blank-after', 'a blank after the token', () => `${genuine().token} `, AROUND),
    add('line-feed-after', 'a line feed after the token', () => `${genuine().token}\n`, AROUND),
    add(
      'bom-before',
      'a byte order mark before the token',
      () => `\uFEFF${genuine().token}`,
      AROUND,
    ),
    add('full-width', 'the first character in its full-width form', shifted(0xfee0)),
    add('high-byte', 'the first character plus U+0100', shifted(0x100)),
    add('full-stop', 'an ideographic full stop instead of the last dot', () => {
      const { header, payload, signature } = genuine();
      return `${header}.${payload}\u3002${signature}`;
    }),
    add('invalid-utf8', 'a claim is not UTF-8', () => payloadOf(withBytes(claims(), 'ff')), UTF8),
    add(
      'surrogate',
      'a claim is half of a surrogate pair in UTF-8',
      () => {
        return payloadOf(withBytes(claims(), 'eda080'));
      },
      UTF8,
    ),
    add(
      'overlong',
      'a claim has an overlong form of UTF-8',
      () => {
        return payloadOf(withBytes(claims(), 'c0ae'));
      },
      UTF8,
    ),
    add('utf16', 'the payload is UTF-16', () => payloadOf(Buffer.from(claims(), 'utf16le')), UTF8),
    add(
      'header-utf8',
      'a header parameter is not UTF-8',
      () => {
        return forge.signText(withBytes(JSON.stringify(forge.header()), 'ff'), claims());
      },
      { reference: 'RFC 7515 §5.2 step 3' },
    ),
  ];
}

/** A genuine token whose signature has a character that differs between the alphabets. */
function inBase64(forge: Forge): string {
  for (let seconds = 0; seconds < 100; seconds++) {
    const token = forge.signed({}, { iat: forge.now - seconds });
    const end = token.lastIndexOf('.');
    const signature = token.slice(end).replaceAll('-', '+').replaceAll('_', '/');
    if (/[+/]/.test(signature)) return token.slice(0, end) + signature;
  }
  return cannot('no signature has a character of base64 alone');
}

/** Text for the same bytes, with another last character. */
function loosened(text: string): string {
  if (text.length % 4 === 0) return cannot('the signature has no loose bits');
  return text.slice(0, -1) + ALPHABET.charAt(ALPHABET.indexOf(text.slice(-1)) + 1);
}
