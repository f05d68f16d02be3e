/** Writes a certificate that an RSA key signs for itself (RFC 5280 §4.1). */

import { createPublicKey, sign } from 'node:crypto';
import type { Key } from '../../../core/keys/key.ts';

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const SEQUENCE = 0x30;
const SET = 0x31;
const VERSION = 0xa0;

/** sha256WithRSAEncryption, with its NULL. */
const SHA256_WITH_RSA = Buffer.from('300d06092a864886f70d01010b0500', 'hex');
/** The object identifier of commonName. */
const COMMON_NAME = Buffer.from('0603550403', 'hex');

/** Returns the DER of a certificate for "attacker", valid from 2020 to 2049. */
export function selfSignedCertificate({ object }: Key): Buffer {
  const cn = element(SEQUENCE, COMMON_NAME, element(UTF8_STRING, Buffer.from('attacker')));
  const name = element(SEQUENCE, element(SET, cn));
  const time = (text: string) => element(UTC_TIME, Buffer.from(text));
  const body = element(
    SEQUENCE,
    element(VERSION, element(INTEGER, Buffer.from([2]))),
    element(INTEGER, Buffer.from([1])),
    SHA256_WITH_RSA,
    name,
    element(SEQUENCE, time('200101000000Z'), time('491231235959Z')),
    name,
    createPublicKey(object).export({ format: 'der', type: 'spki' }),
  );
  const signature = element(BIT_STRING, Buffer.from([0]), sign('sha256', body, object));
  return element(SEQUENCE, body, SHA256_WITH_RSA, signature);
}

function element(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const header = length < 0x80 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}
