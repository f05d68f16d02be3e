/** Signs with a KMS or an HSM that does not export its key. */

import { types } from 'node:util';
import { asBuffer, decodeBase64url, encodeBase64url } from '../../core/encoding/base64url.ts';
import { withSignature } from '../../core/encoding/token-bytes.ts';
import type { Algorithm } from '../../core/keys/algorithms.ts';
import { derElement } from '../../core/keys/asn1.ts';
import { bind, type Key } from '../../core/keys/key.ts';
import type { Jwk } from '../../core/keys/key-input.ts';
import { typeNameOf } from '../../core/option-rules.ts';
import { KeySourceError, usageError } from '../../errors.ts';

/**
 * Signs the bytes of a signing input (RFC 7515 §5.1). An ECDSA signature can be `r‖s` or DER: AWS and
 * Google return DER, Azure and PKCS#11 `r‖s`.
 *
 * @example
 * ```ts
 * import { generateKeyPairSync, sign } from 'node:crypto';
 *
 * const { publicKey, privateKey } = generateKeyPairSync('ed25519');
 * // Replace this with the call of your KMS.
 * const kms: ExternalSigner = async (input) => sign(null, input, privateKey);
 * const ring = createKeyRing([{ key: publicKey, sign: kms }], { expiresIn: '15m' });
 * ```
 */
export type ExternalSigner = (
  input: Uint8Array,
  key: { readonly kid: string; readonly algorithm: Algorithm },
) => Uint8Array | ArrayBuffer | Promise<Uint8Array | ArrayBuffer>;

/**
 * Returns a function that calls the signer and verifies each signature with the public key. A wrong key
 * version or a hardware error then never issues an invalid token.
 */
export function createExternalSign(
  signer: ExternalSigner,
  kid: string,
  algorithm: Algorithm,
  key: Key,
  jwk: Jwk,
): (input: string) => Promise<string> {
  const { verify } = bind(algorithm, key);
  return async (input) => {
    const signature = await requestSignature(signer, input, kid, algorithm);
    const encodings = [signature, derToFixedLength(signature, jwk)].map((bytes) =>
      encodeBase64url(bytes ?? ''),
    );
    const valid = encodings.find((text) => text !== '' && verify(withSignature(input, text)));
    if (valid === undefined) {
      const message = `the signer of the key "${kid}" returned a signature that its public key rejects`;
      throw new KeySourceError(message);
    }
    return valid;
  };
}

async function requestSignature(
  signer: ExternalSigner,
  input: string,
  kid: string,
  algorithm: Algorithm,
): Promise<Buffer> {
  let signature: unknown;
  try {
    signature = await signer(Buffer.from(input, 'latin1'), { kid, algorithm });
  } catch (error) {
    throw new KeySourceError(`the signer of the key "${kid}" failed`, error);
  }
  if (ArrayBuffer.isView(signature) || types.isAnyArrayBuffer(signature))
    return asBuffer(signature);
  throw usageError(
    'ERR_OPTION_INVALID',
    `"sign" must return the bytes of a signature, got ${typeNameOf(signature)}`,
  );
}

/** Converts an ECDSA signature from DER to `r‖s`, RFC 7518 §3.4. Returns `undefined` for all else. */
function derToFixedLength(signature: Buffer, { kty, x }: Jwk): Buffer | undefined {
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
