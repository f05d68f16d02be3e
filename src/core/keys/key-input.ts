/** The forms in which callers pass a key. */

import type { JsonWebKeyInput, KeyObject, webcrypto, X509Certificate } from 'node:crypto';
import type { UnverifiedToken } from '../token/token.ts';

/**
 * A JSON Web Key, RFC 7517. Its `alg`, `use` and `key_ops` bind.
 *
 * @example
 * ```ts
 * const jwk: Jwk = await generateKey('HS256');
 * console.log(createVerifier(jwk)(createSigner(jwk)({ sub: 'ada' })).sub); // → ada
 * ```
 */
export interface Jwk {
  kty: string;
  kid?: string;
  alg?: string;
  use?: string;
  key_ops?: readonly string[];
  [member: string]: unknown;
}

/**
 * A key together with its passphrase, or with the format of its bytes.
 *
 * @example
 * ```ts
 * import { generateKeyPairSync } from 'node:crypto';
 *
 * const passphrase = 'correct horse';
 * const { privateKey } = generateKeyPairSync('ed25519', {
 *   publicKeyEncoding: { type: 'spki', format: 'pem' },
 *   privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase },
 * });
 * const key: KeyDescriptor = { key: privateKey, passphrase };
 * const sign = createSigner(key);
 * ```
 */
export interface KeyDescriptor {
  key: string | ArrayBufferView | ArrayBuffer | KeyObject | Jwk | JsonWebKeyInput['key'];
  passphrase?: string | Buffer | undefined;
  format?: 'pem' | 'der' | 'jwk' | undefined;
  type?: 'pkcs1' | 'pkcs8' | 'spki' | 'sec1' | undefined;
  /**
   * Encoding of a `key` that is a string. Default UTF-8. `base64`, `base64url` and `hex` without `format` and
   * `type` decode a secret, or a key if the bytes are one.
   */
  encoding?: string | undefined;
}

/**
 * A key: the string or bytes of a secret, PEM, DER, a JWK, a KeyObject, a CryptoKey, an X509Certificate, or
 * one of these in a {@link KeyDescriptor}.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '', JWT_PRIVATE_KEY = '' } = process.env;
 * const inputs: KeyInput[] = [JWT_SECRET, Buffer.from(JWT_SECRET), JWT_PRIVATE_KEY, await generateKey('ES256')];
 * console.log(inputs.map((key) => createSigner(key)({ sub: 'ada' }).split('.').length)); // → [ 3, 3, 3, 3 ]
 * ```
 */
export type KeyInput =
  | string
  | ArrayBufferView
  | ArrayBuffer
  | KeyObject
  | webcrypto.CryptoKey
  | X509Certificate
  | Jwk
  // As node:crypto, WebCrypto and jose type a JWK. The import checks that "kty" is present.
  | { readonly kty?: string | undefined }
  | KeyDescriptor;

/**
 * Finds the key of an unverified token by its header or claims. A list is tried in order; `null`,
 * `undefined` or an empty list rejects the token with `ERR_KEY_NOT_FOUND`. An error that it throws becomes
 * the `cause` of a KeySourceError (503), not of a rejected token (401).
 *
 * @example
 * ```ts
 * const { JWT_PUBLIC_KEY = '' } = process.env;
 * const keys = new Map([['main', JWT_PUBLIC_KEY]]);
 * const source: KeySource = ({ header }) => keys.get(header.kid ?? '');
 * ```
 */
export type KeySource<Found = FoundKey | Promise<FoundKey>> = (
  token: UnverifiedToken,
  context?: unknown,
) => Found;

/**
 * The result of a {@link KeySource}.
 *
 * @example
 * ```ts
 * const { JWT_PUBLIC_KEY = '', OLD_PUBLIC_KEY } = process.env;
 * const found: FoundKey = OLD_PUBLIC_KEY ? [JWT_PUBLIC_KEY, OLD_PUBLIC_KEY] : JWT_PUBLIC_KEY;
 * createVerifier(() => found);
 * ```
 */
export type FoundKey = KeyInput | readonly KeyInput[] | null | undefined;
