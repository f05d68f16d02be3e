/** Each pattern of key material at its edges: the shortest and longest that it matches, and one more. */

import { describe, expect, it } from 'vitest';
import { formatFault } from '../../src/core/keys/key-formats.ts';
import { ec, rsa } from '../fixtures/keys.ts';

const SSH = 'it is an SSH key';
const PEM = 'its PEM is truncated or damaged';
const JWK = 'it is the text of a JWK';
const JWK_SET = 'it is the JSON of a JWK Set';
const XML = 'it is a key in XML';
const PUTTY = 'it is a PuTTY key';
const POINT = 'it is a public key, an uncompressed point';
const KEYSTORE = 'it is a Java keystore';
const DER = 'it holds a key in DER';

const recognized: Array<[reason: string, texts: string[]]> = [
  [
    PEM,
    [
      '---BEGIN x',
      '---END x',
      '\u2014\u2014\u2014 begin x',
      '--- \n BEGIN\nx',
      'BEGIN PUBLIC KEY',
      'END CERTIFICATE',
      '=BEGIN_PRIVATE_KEY=',
      'BEGIN    PUBLIC KEY',
      'BEGIN _ _PUBLIC KEY',
      'BEGIN RSA    PUBLIC KEY',
      'BEGIN EC X9 X509 PUBLIC KEY',
      'BEGIN ABCDEFGHIJ PUBLIC KEY',
    ],
  ],
  [
    SSH,
    [
      'ssh-x AAAA',
      'ecdsa-sha2-x AAAA',
      'sk-x AAAA',
      `ssh-${'x'.repeat(64)} AAAA`,
      'ssh-x \t\n\r    AAAA',
      ...['H', 'X', 'n', '3'].flatMap((two) => [`AAAAA${two}NzaC1`, `AAAAQ${two}NrL`]),
      ...['G', 'W', 'm', '2'].map((two) => `AAAAC${two}VjZHNh`),
      '--- BEGIN SSH2 x',
      '--- BEGIN OPENSSH x',
    ],
  ],
  [
    JWK,
    [
      '"kty":',
      "'kty':",
      '`kty`:',
      '"x5c" \n :',
      String.raw`"kty\":`,
      'kty=RSA',
      'kty:EC',
      'kty \t: \t"OKP',
      String.raw`kty=\"AKP`,
      "kty=`oct kty='oct",
      'x5c: x',
      'x5c \t:\n',
      '"e":"AQAB',
      String.raw`'e\' : \'AQAB`,
      '`e` \t: \t`AQAB',
      String.raw`"\u006bty":`,
      String.raw`"k\\\\\\\u0074y":`,
      String.raw`"kty\\\\\\":`,
      '"\0k\0t\0y\0"\0:',
      String.raw`"\u006B\u0074y":`,
      String.raw`x5c\u003A x`,
    ],
  ],
  [JWK_SET, ['"keys":[', "'keys' \t: \t[", '`keys`:[', String.raw`"keys\":[`]],
  [
    XML,
    [
      '<RSAKeyValue>',
      '<DSAKeyValue ',
      ':ECKeyValue/',
      '<X509Certificate>',
      ':KeyInfo\n',
      '<Modulus>',
    ],
  ],
  [PUTTY, ['PuTTY-User-Key-File-3', 'Public-Lines:']],
];

const accepted = [
  '--BEGIN x',
  '---BEGINx',
  'xBEGIN PUBLIC KEY',
  'BEGIN PUBLIC KEYS',
  'END CERTIFICATES',
  'BEGINPUBLIC KEY',
  'BEGIN-PUBLIC KEY',
  'BEGIN     PUBLIC KEY',
  'BEGIN RSA     PUBLIC KEY',
  'BEGIN RSA-PUBLIC KEY',
  'BEGIN rsa PUBLIC KEY',
  'BEGIN X PUBLIC KEY',
  'BEGIN ABCDEFGHIJK PUBLIC KEY',
  'BEGIN AB CD EF GH PUBLIC KEY',
  'BEGIN PUBLIC-KEY',
  'BEGIN PUBLICKEY',
  'ssh- AAAA',
  'ssh-xAAAA',
  'ssh-x y AAAA',
  `ssh-${'x'.repeat(65)} AAAA`,
  `ssh-x${' '.repeat(9)}AAAA`,
  'AAAARHNzaC1',
  'AAAA/HNzaC1',
  'AAAAAINzaC1',
  'AAAAAHVjZHNh',
  'AAAACHVjZHNh',
  'AAAACGNzaC1',
  'kty:',
  '"kty" x:',
  '"kty"=',
  'akty=RSA',
  'kty;RSA',
  'kty x=RSA',
  'kty=xRSA',
  'kty=""RSA',
  'kty=rsa',
  'ax5c: x',
  'x5c:x',
  'x5c x: x',
  'e:AQAB',
  '"e":AQAB',
  '"e"x:"AQAB',
  '"e":x"AQAB',
  'keys:[',
  '"keys"x:[',
  '"keys":x[',
  'RSAKeyValue>',
  '<RSAKeyValues>',
  '<KeyValue>',
  'PuTTY-User-Key-File-x',
];

describe.each(recognized)('"%s…"', (reason, texts) => {
  it.each(texts)('is why %j is rejected', (text) => {
    expect(formatFault(text)).toContain(reason);
    expect(formatFault(Buffer.from(text))).toContain(reason);
  });
});

it.each(accepted)('accepts %j', (text) => {
  expect(formatFault(text)).toBeUndefined();
  expect(formatFault(Buffer.from(text))).toBeUndefined();
});

const pointOf = (crv: 'P-256' | 'P-384' | 'P-521' | 'secp256k1') => {
  const { x = '', y = '' } = ec(crv).publicKey.export({ format: 'jwk' });
  return Buffer.concat([
    Buffer.from([4]),
    Buffer.from(x, 'base64url'),
    Buffer.from(y, 'base64url'),
  ]);
};
const fill = (start: string, length: number) =>
  Buffer.concat([Buffer.from(start, 'latin1'), Buffer.alloc(length - start.length, 7)]);
const changed = (bytes: Buffer, at: number) => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) + 1;
  return copy;
};

/** A SEQUENCE with an identifier in it that no list holds. */
const der = Buffer.concat([Buffer.from('302a3005', 'hex'), Buffer.alloc(40, 7)]);
const spki = rsa().publicKey.export({ type: 'spki', format: 'der' });

const binary: Array<[name: string, bytes: Buffer, reason: string | undefined]> = [
  ['an OpenSSH private key of 32 bytes', fill('openssh-key-v1\0', 32), SSH],
  ['31 bytes', fill('openssh-key-v1\0', 31), undefined],
  ['"openssh-key-v1" later', fill('.openssh-key-v1\0', 40), undefined],
  ['the blob of ssh-rsa', fill('\0\0\0\x07ssh-rsa', 40), SSH],
  ['the blob of ecdsa-sha2', fill('\0\0\0\x13ecdsa-sha2-nistp256', 40), SSH],
  ['the blob of a security key', fill('\0\0\0\x1ask-ssh', 40), SSH],
  ['the blob of openssh', fill('\0\0\0\x0bopenssh-x', 40), SSH],
  ['a blob of another type', fill('\0\0\0\x07xssh-rsa', 40), undefined],
  ['a type without a length of 24 zero bits', fill('\0\0\x01\x07ssh-rsa', 40), undefined],
  ['a Java keystore', fill('\xfe\xed\xfe\xed', 40), KEYSTORE],
  ['a Java keystore later', fill('.\xfe\xed\xfe\xed', 40), undefined],
  ['a point of P-256', pointOf('P-256'), POINT],
  ['a point of secp256k1', pointOf('secp256k1'), POINT],
  ['a point of P-384', pointOf('P-384'), POINT],
  ['a point of P-521', pointOf('P-521'), POINT],
  ['a point with another first byte', changed(pointOf('P-256'), 0), undefined],
  ['a point with another x', changed(pointOf('P-256'), 1), undefined],
  ['a point with another y', changed(pointOf('P-256'), 64), undefined],
  ['a point and one byte', Buffer.concat([pointOf('P-256'), Buffer.alloc(1)]), undefined],
  ['DER without an identifier', der, DER],
  ['an identifier in other bytes', fill('\x01\x02\x06\x05\x2b\x81\x04', 40), DER],
];

it.each(binary)('recognizes or accepts bytes: %s', (_, bytes, reason) => {
  for (const input of [bytes, bytes.toString('latin1')]) {
    expect(formatFault(input)?.slice(0, reason?.length)).toBe(reason);
  }
});

const base64 = der.toString('base64');

const encoded: Array<[name: string, text: string, reason: string | undefined]> = [
  ['base64', base64, 'decoded from base64, it holds a key in DER'],
  ['base64url', der.toString('base64url'), 'decoded from base64'],
  ['base64 after one character', `x${spki.toString('base64')}`, 'decoded from base64'],
  ['base64 after two characters', `xx${spki.toString('base64')}`, 'decoded from base64'],
  ['base64 after three characters', `xxx${spki.toString('base64')}`, 'decoded from base64'],
  ['base64 in lines with escaped ends', base64.replace(/.{20}/g, '$&\\n'), 'decoded from base64'],
  ['base64 with blanks and colons', base64.replace(/.{9}/g, '$& :'), 'decoded from base64'],
  ['base64 of 43 characters', fill('openssh-key-v1\0', 32).toString('base64url'), 'decoded from'],
  ['base64 of 42 characters', fill('openssh-key-v1\0', 31).toString('base64url'), undefined],
  ['base64 of a text', Buffer.from(`"kty": ${'x'.repeat(40)}`).toString('base64'), 'decoded from'],
  ['hex', der.toString('hex'), 'decoded from hex, it is DER'],
  ['hex in capitals', spki.toString('hex').toUpperCase(), `decoded from hex, ${DER}`],
  ['hex with colons', der.toString('hex').replace(/..(?=.)/g, '$&:'), 'decoded from hex'],
  [
    'hex of an identifier in other bytes',
    `7${fill('\x06\x05\x2b\x81\x04', 40).toString('hex')}`,
    'decoded from hex',
  ],
  ['hex of other bytes', fill('\x01\x02', 40).toString('hex'), undefined],
  ['a point in base64', pointOf('P-256').toString('base64'), 'decoded from base64, it is a public'],
  [
    'a point after a name',
    `PUBLIC_KEY=${pointOf('P-256').toString('base64url')}`,
    'it is the text of a public key',
  ],
  ['a point in hex', pointOf('P-256').toString('hex'), 'it is the text of a public key'],
  [
    'the longest point in hex',
    `KEY=${pointOf('P-521').toString('hex')}.`,
    'it is the text of a public key',
  ],
];

it.each(encoded)('recognizes or accepts a text: %s', (_, text, reason) => {
  expect(formatFault(text)?.slice(0, reason?.length)).toBe(reason);
});
