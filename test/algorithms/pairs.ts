/** Keys of every type, the algorithms that RFC 7518, 8037, 8812, 9864 and 9964 pair them with, and forgery. */

import * as crypto from 'node:crypto';
import type { Algorithm } from '../../src/index.ts';
import { ec, ed448, ed25519, type KeyPair, rsa, rsaPss, secret } from '../fixtures/keys.ts';

export interface PairedKey {
  name: string;
  /** What `sign` and `verify` say of an algorithm that the key does not fit. */
  refusal(alg: Algorithm): string;
  algorithms: readonly Algorithm[];
  signing: crypto.KeyObject;
  verifying: crypto.KeyObject;
}

const classicEc = ['ES256', 'ES384', 'ES512'];

function asymmetric(
  name: string,
  { privateKey, publicKey }: KeyPair,
  algorithms: Algorithm[],
  typeRefusal: (alg: Algorithm) => string,
): PairedKey {
  return {
    name,
    algorithms,
    signing: privateKey,
    verifying: publicKey,
    refusal: (alg) =>
      alg.startsWith('HS') ? `must be a symmetric key when using ${alg}` : typeRefusal(alg),
  };
}

const oneOf = (type: string, names: readonly string[]) =>
  `"alg" parameter for "${type}" key type must be one of: ${names.join(', ')}.`;

const curves: Partial<Record<Algorithm, string>> = {
  ES256: 'prime256v1',
  ES384: 'secp384r1',
  ES512: 'secp521r1',
  ES256K: 'secp256k1',
};

function ecKey(name: 'P-256' | 'P-384' | 'P-521' | 'secp256k1', alg: Algorithm): PairedKey {
  return asymmetric(`EC ${name}`, ec(name), [alg], (other) => {
    const curve = curves[other];
    return curve ? `"alg" parameter "${other}" requires curve "${curve}".` : oneOf('ec', classicEc);
  });
}

function pssKey(name: string, pair: KeyPair, algorithms: Algorithm[]): PairedKey {
  return asymmetric(`RSA-PSS ${name}`, pair, algorithms, (alg) => {
    return alg.startsWith('PS')
      ? `Invalid key for this operation, its RSA-PSS parameters do not meet the requirements of "alg" ${alg}.`
      : oneOf('rsa-pss', ['PS256', 'PS384', 'PS512']);
  });
}

function generate(type: string, options: object = {}): KeyPair {
  const generateKeyPair = crypto.generateKeyPairSync as never as (
    type: string,
    options: object,
  ) => KeyPair;
  return generateKeyPair(type, options);
}

function useless(type: string, options: object = {}): PairedKey {
  return asymmetric(type, generate(type, options), [], () => `Unknown key type "${type}".`);
}

const oct = crypto.createSecretKey(secret);

/** The ML-DSA algorithms that this runtime has. */
export const mlDsa = (['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const).flatMap((alg) => {
  try {
    return [{ alg, pair: generate(alg.toLowerCase()) }];
  } catch {
    return [];
  }
});

export const pairedKeys: readonly PairedKey[] = [
  {
    name: 'secret',
    algorithms: ['HS256', 'HS384', 'HS512'],
    signing: oct,
    verifying: oct,
    refusal: (alg) => `must be an asymmetric key when using ${alg}`,
  },
  asymmetric('RSA', rsa(), ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'], () =>
    oneOf('rsa', ['RS256', 'PS256', 'RS384', 'PS384', 'RS512', 'PS512']),
  ),
  pssKey('with SHA-256', rsaPss(256), ['PS256']),
  pssKey('with SHA-384', rsaPss(384), ['PS384']),
  pssKey('with SHA-512', rsaPss(512), ['PS512']),
  pssKey('without parameters', generate('rsa-pss', { modulusLength: 2048 }), [
    'PS256',
    'PS384',
    'PS512',
  ]),
  pssKey(
    'with SHA-256 and MGF1 of SHA-1',
    generate('rsa-pss', {
      modulusLength: 2048,
      hashAlgorithm: 'sha256',
      mgf1HashAlgorithm: 'sha1',
      saltLength: 32,
    }),
    [],
  ),
  ecKey('P-256', 'ES256'),
  ecKey('P-384', 'ES384'),
  ecKey('P-521', 'ES512'),
  ecKey('secp256k1', 'ES256K'),
  asymmetric('Ed25519', ed25519(), ['EdDSA', 'Ed25519'], () =>
    oneOf('ed25519', ['EdDSA', 'Ed25519']),
  ),
  asymmetric('Ed448', ed448(), ['EdDSA', 'Ed448'], () => oneOf('ed448', ['EdDSA', 'Ed448'])),
  useless('x25519'),
  useless('x448'),
  useless('dsa', { modulusLength: 1024, divisorLength: 160 }),
  useless('dh', { group: 'modp14' }),
  ...mlDsa.map(({ alg, pair }) =>
    asymmetric(alg, pair, [alg], () => oneOf(alg.toLowerCase(), [alg])),
  ),
];

/** Every signature algorithm of this runtime. */
export const signatureAlgorithms: readonly Algorithm[] = [
  ...new Set(pairedKeys.flatMap(({ algorithms }) => algorithms)),
];

/**
 * A signature as the algorithm prescribes it, made with node:crypto alone and with any key that OpenSSL
 * takes for it, fitting or not. Undefined where OpenSSL refuses.
 */
export function rawSignature(
  alg: Algorithm,
  key: crypto.KeyObject,
  input: string,
): Buffer | undefined {
  const hash = `sha${/256|384|512/.exec(alg)?.[0]}`;
  const { constants } = crypto;
  try {
    switch (alg.slice(0, 2)) {
      case 'HS':
        return crypto.createHmac(hash, secretOf(key)).update(input).digest();
      case 'RS':
        return crypto.sign(hash, Buffer.from(input), key);
      case 'PS':
        return crypto.sign(hash, Buffer.from(input), {
          key,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
        });
      case 'ES':
        return crypto.sign(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
      default:
        return crypto.sign(null, Buffer.from(input), key);
    }
  } catch {
    return undefined;
  }
}

/** Of an asymmetric key the text of its public half, which is what algorithm confusion signs with. */
function secretOf(key: crypto.KeyObject): crypto.BinaryLike | crypto.KeyObject {
  if (key.type === 'secret') return key;
  return crypto.createPublicKey(key).export({ type: 'spki', format: 'pem' });
}

export const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token put together by hand. */
export function forge(alg: Algorithm, key: crypto.KeyObject, claims: object): string {
  const input = `${encode({ alg, typ: 'JWT' })}.${encode(claims)}`;
  const signature = rawSignature(alg, key, input) ?? Buffer.alloc(64, 1);
  return `${input}.${signature.toString('base64url')}`;
}
