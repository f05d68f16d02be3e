/** Generates keys as JWKs. */

import { createPrivateKey, generateKeyPair, randomBytes, randomUUID } from 'node:crypto';
import { type Algorithm, allAlgorithms, checkAvailable, rowOf } from '../core/keys/algorithms.ts';
import type { Jwk } from '../core/keys/key-input.ts';
import {
  checkOptions,
  type OptionRule,
  type OptionRules,
  typeNameOf,
} from '../core/option-rules.ts';
import { usageError } from '../errors.ts';
import { toJwk, withoutPrototype } from './convert.ts';
import { thumbprint } from './thumbprint.ts';

/**
 * Every algorithm except `none`.
 *
 * @example
 * ```ts
 * const alg: KeyAlgorithm = 'EdDSA';
 * const jwk = await generateKey(alg);
 * ```
 */
export type KeyAlgorithm = Exclude<Algorithm, 'none'>;

export const keyAlgorithm: OptionRule = {
  expected: `one of ${allAlgorithms.filter((alg) => alg !== 'none').join(', ')}`,
  test: (value) => value !== 'none' && allAlgorithms.some((alg) => alg === value),
};

/**
 * Options of {@link generateKey}.
 *
 * @example
 * ```ts
 * const options: GenerateKeyOptions = { modulusLength: 4096 };
 * const jwk = await generateKey('PS256', options);
 * ```
 */
export interface GenerateKeyOptions {
  /** Bits of an RSA modulus, at least 2048. Default 3072, as strong as the other defaults. */
  modulusLength?: number;
}

const generateKeyRules: OptionRules = {
  modulusLength: {
    expected: 'an integer from 2048 to 16384',
    test: (bits) => Number.isInteger(bits) && Number(bits) >= 2048 && Number(bits) <= 16_384,
  },
};

type Done = (error: Error | null, publicKey: unknown, privateKey: Buffer) => void;
const generatePair: (type: string, options: object, done: Done) => void = generateKeyPair as never;

/** Not by `promisify`, which throws for this function after `Object.prototype.get = 1`. */
function generatePrivateKey(type: string, options: object): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    generatePair(type, options, (error, _publicKey, privateKey) => {
      if (error) reject(error);
      else resolve(privateKey);
    });
  });
}

/** Encoded, because Node.js does not make a KeyObject if `Object.prototype` has a `kty`: its export aborts. */
const PKCS8_DER = withoutPrototype({ type: 'pkcs8' as const, format: 'der' as const });

/**
 * Generates a key for an algorithm, on the thread pool. Resolves to the private JWK, or to a secret as a
 * JWK. It signs, verifies, and can be stored as JSON in a vault. Publish only what {@link exportJwk}
 * returns for it.
 *
 * The `kid` is the thumbprint (RFC 7638). That of a secret is random, because a thumbprint would reveal
 * it to a guess (RFC 7638 §7). A secret has the length of its hash (RFC 7518 §3.2). EdDSA is Ed25519.
 *
 * Throws TypeError for an algorithm that is unknown, missing in the runtime, or `none`.
 *
 * @example
 * ```ts
 * const jwk = await generateKey('ES256');
 * const token = createSigner(jwk, { keyid: jwk.kid })({ sub: 'ada' });
 * const claims = createVerifier(exportJwk(jwk))(token);
 * ```
 */
export async function generateKey(
  alg: KeyAlgorithm,
  options: GenerateKeyOptions = {},
): Promise<Jwk & { kid: string; alg: string }> {
  const { modulusLength = 3072 } = checkOptions(options, generateKeyRules) as GenerateKeyOptions;
  if (!keyAlgorithm.test(alg)) {
    const message = `alg must be ${keyAlgorithm.expected}, got ${typeNameOf(alg)}`;
    throw usageError('ERR_OPTION_INVALID', message);
  }
  checkAvailable(alg);
  const { keyTypes, curve, bits } = rowOf(alg);
  const [type = ''] = keyTypes;
  if (type === 'secret') {
    const k = randomBytes(bits / 8).toString('base64url');
    return { kty: 'oct', k, kid: randomUUID(), alg, use: 'sig' };
  }
  const key = await generatePrivateKey(
    type,
    withoutPrototype({ modulusLength, namedCurve: curve, privateKeyEncoding: PKCS8_DER }),
  );
  const jwk = toJwk(createPrivateKey(withoutPrototype({ key, ...PKCS8_DER })));
  return { ...jwk, kid: thumbprint(jwk), alg, use: 'sig' };
}
