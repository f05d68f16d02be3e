/** Reads a secret in the other ways in which an issuer may read it. */

import { isPlainObject } from '../core/option-rules.ts';
import type { HintName } from './explanation.ts';

/** Another secret, and the hint if the signature is valid under it. */
export interface SecretReading {
  readonly hint: HintName;
  readonly text: string;
  readonly secret: Buffer;
}

const WITHOUT_LINE_END =
  'The signature is valid under the secret without the line end behind it. Remove it with trimEnd().';
const WITH_LINE_END =
  'The signature is valid under the secret with a line end behind it. Let the issuer remove it: "echo" and editors add one.';
const AS_TEXT =
  'The signature is valid under the text of the secret, and you pass the bytes that it encodes. Pass the text as a string.';

const decodedFrom = (encoding: string) =>
  `The signature is valid under the secret decoded from ${encoding}. Pass { key, encoding: "${encoding}" }.`;

/** At most seven. `input` is what the caller passed for the secret of these bytes. */
export function secretReadings(input: unknown, bytes: Buffer): readonly SecretReading[] {
  const texts = typeof input === 'string' ? [] : [...textsOf(input, bytes)];
  return [
    lineEndReading(bytes),
    ...decodedReadings(bytes),
    ...texts.map((text) => reading('secret-text', AS_TEXT, Buffer.from(text))),
  ].filter(({ secret }) => secret.length > 0);
}

function reading(hint: HintName, text: string, secret: Buffer): SecretReading {
  return { hint, text, secret };
}

function lineEndReading(bytes: Buffer): SecretReading {
  const text = bytes.toString('latin1');
  const bare = text.replace(/[\r\n]{1,2}$/, '');
  return bare === text
    ? reading('secret-line-end', WITH_LINE_END, Buffer.concat([bytes, Buffer.from('\n')]))
    : reading('secret-line-end', WITHOUT_LINE_END, Buffer.from(bare, 'latin1'));
}

function decodedReadings(bytes: Buffer): SecretReading[] {
  const text = bytes.toString('latin1').trim();
  const readings: SecretReading[] = [];
  if (/^(?:[\da-f]{2})+$/i.test(text)) {
    readings.push(reading('secret-hex', decodedFrom('hex'), Buffer.from(text, 'hex')));
  }
  if (/^[\w+/-]+={0,2}$/.test(text)) {
    readings.push(reading('secret-base64', decodedFrom('base64'), Buffer.from(text, 'base64')));
  }
  return readings;
}

/** The text that a JWK or a descriptor has, and those that encode the bytes. */
function textsOf(input: unknown, bytes: Buffer): ReadonlySet<string> {
  const own = isPlainObject(input) ? [input['k'], input['key']] : [];
  const texts = own.filter((text) => typeof text === 'string');
  return new Set([
    ...texts.slice(0, 1),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ]);
}
