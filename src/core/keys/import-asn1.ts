/** Imports PEM and DER. */

import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import type { Key, KeyArgument } from './key.ts';
import { findPem, isDer } from './key-formats.ts';

/** The ways to read bytes as PEM or DER. Undefined if they are neither. */
export function asn1Encodings(bytes: Buffer): object[] | undefined {
  const pem = findPem(bytes.toString('latin1'));
  if (pem !== undefined) return [{ key: pem }];
  if (!isDer(bytes)) return undefined;
  const structures = ['pkcs8', 'spki', 'pkcs1', 'sec1'];
  return structures.map((type) => ({ key: bytes, format: 'der', type }));
}

/** The first reading that succeeds. For signing, private keys are tried before public ones. */
export function importAsn1(encodings: object[], { role }: KeyArgument): Key | undefined {
  // Without a prototype: a polluted one would add a passphrase or a format.
  const inputs = encodings.map((encoding) => Object.assign(Object.create(null), encoding));
  const asPublic = (object: Key['object']): Key => ({ kind: 'public', object, only: undefined });
  const readings: Array<() => Key> = [
    ...inputs.map((input) => () => asPublic(createPublicKey(input))),
    ...inputs.map(
      ({ key }) =>
        () =>
          asPublic(new X509Certificate(key).publicKey),
    ),
  ];
  if (role === 'sign') {
    readings.unshift(
      ...inputs.map((input) => (): Key => {
        return { kind: 'private', object: createPrivateKey(input), only: undefined };
      }),
    );
  }
  for (const read of readings) {
    try {
      return read();
    } catch {
      // The next reading may fit. What OpenSSL reports about this one helps no caller.
    }
  }
  return undefined;
}
