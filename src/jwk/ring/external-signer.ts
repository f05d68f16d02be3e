/** Signatures that are made elsewhere, by a KMS or an HSM which does not hand out its key. */

import { types } from 'node:util';
import { asBuffer, decodeBase64url, encodeBase64url } from '../../core/encoding/base64url.ts';
import type { Algorithm } from '../../core/keys/algorithms.ts';
import { derElement } from '../../core/keys/asn1.ts';
import { bind, type Key } from '../../core/keys/key.ts';
import type { Jwk } from '../../core/keys/key-input.ts';
import { typeNameOf } from '../../core/option-rules.ts';
import { KeySourceError, usageError } from '../../errors.ts';

/**
 * Makes a signature over the bytes of a signing input (RFC 7515 §5.1). An ECDSA signature may be `r‖s` or
 * DER: AWS and Google answer with DER, Azure and PKCS#11 with `r‖s`.
 *
 * @example
 * ```ts
 * import { sign as signBytes } from 'node:crypto';
 *
 * // Stands for the call of a KMS.
 * const kms: ExternalSigner = async (input) => signBytes(null, input, privateKey);
 * const ring = createKeyRing([{ key: publicKey, sign: kms }], { expiresIn: '15m' });
 * ```
 */
export type ExternalSigner = (
  input: Uint8Array,
  key: { readonly kid: string; readonly algorithm: Algorithm },
) => Uint8Array | ArrayBuffer | Promise<Uint8Array | ArrayBuffer>;

/**
 * What asks the signer, and believes it only what the public key confirms: no token leaves that nobody
 * could verify, whether the wrong key version signed or the hardware slipped.
 */
export function signElsewhere(
  signer: ExternalSigner,
  kid: string,
  algorithm: Algorithm,
  key: Key,
  jwk: Jwk,
): (input: string) => Promise<string> {
  const { verify } = bind(algorithm, key);
  return async (input) => {
    const signature = await answerOf(signer, input, kid, algorithm);
    const spellings = [signature, fixedLength(signature, jwk)].map((bytes) =>
      encodeBase64url(bytes ?? ''),
    );
    const good = spellings.find((text) => text !== '' && verify(input, text));
    if (good === undefined) {
      const message = `the signer of the key "${kid}" made a signature that its public key refuses`;
      throw new KeySourceError(message);
    }
    return good;
  };
}

async function answerOf(
  signer: ExternalSigner,
  input: string,
  kid: string,
  algorithm: Algorithm,
): Promise<Buffer> {
  let answer: unknown;
  try {
    answer = await signer(Buffer.from(input, 'latin1'), { kid, algorithm });
  } catch (error) {
    throw new KeySourceError(`the signer of the key "${kid}" failed`, error);
  }
  if (ArrayBuffer.isView(answer) || types.isAnyArrayBuffer(answer)) return asBuffer(answer);
  throw usageError(
    'ERR_OPTION_INVALID',
    `"sign" must answer with the bytes of a signature, got ${typeNameOf(answer)}`,
  );
}

/** ECDSA from DER to `r‖s`, RFC 7518 §3.4; undefined for anything else. */
function fixedLength(signature: Buffer, { kty, x }: Jwk): Buffer | undefined {
  if (kty !== 'EC' || typeof x !== 'string') return undefined;
  // RFC 7518 §6.2.1.2: a coordinate has the length of the field, as r and s do here.
  const size = decodeBase64url(x).length;
  const sequence = derElement(signature, 0);
  const r = sequence && derElement(signature, sequence.start);
  const s = r && derElement(signature, r.end);
  if (sequence?.tag !== 0x30 || r?.tag !== 0x02 || s?.tag !== 0x02) return undefined;
  const numbers = [r, s].map(({ start, end }) => {
    const digits = signature
      .subarray(start, end)
      .toString('hex')
      .replace(/^(?:00)+/, '');
    return digits.padStart(size * 2, '0');
  });
  return Buffer.from(numbers.join(''), 'hex');
}
