/** Encrypts JWEs in the compact serialization (RFC 7516, RFC 7518 §4) with A256GCM. */

import {
  constants,
  createCipheriv,
  createHash,
  createPublicKey,
  diffieHellman,
  type KeyObject,
  pbkdf2Sync,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import { encodeBase64url } from '../../../core/encoding/base64url.ts';
import { generatePrivateKey } from '../attacker-keys.ts';

const ENC = 'A256GCM';
const CONTENT_KEY_BYTES = 32;
const SALT_BYTES = 16;
const ITERATIONS = 1000;

/** The initial value of AES Key Wrap: RFC 3394 §2.2.3.1. */
const KEY_WRAP_IV = Buffer.alloc(8, 0xa6);

type Header = Readonly<Record<string, unknown>>;

/** With the content key itself: `dir`. */
export function encryptDirect(key: Buffer, header: Header, text: string): string {
  return encrypt({ alg: 'dir', ...header }, key, Buffer.alloc(0), text);
}

/** With an RSA public key: `RSA-OAEP-256`. */
export function encryptRsa(key: KeyObject, header: Header, text: string): string {
  const contentKey = randomBytes(CONTENT_KEY_BYTES);
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const parameters = Object.assign(Object.create(null), { key, padding, oaepHash: 'sha256' });
  const encryptedKey = publicEncrypt(parameters, contentKey);
  return encrypt({ alg: 'RSA-OAEP-256', ...header }, contentKey, encryptedKey, text);
}

/** With the public key of a NIST curve: `ECDH-ES`. */
export function encryptEcdh(key: KeyObject, header: Header, text: string): string {
  const privateKey = generatePrivateKey('ec', key.asymmetricKeyDetails?.namedCurve);
  const epk = createPublicKey(privateKey).export({ format: 'jwk' });
  const shared = diffieHellman({ privateKey, publicKey: key });
  const contentKey = concatKdf(shared);
  return encrypt({ alg: 'ECDH-ES', epk, ...header }, contentKey, Buffer.alloc(0), text);
}

/** With a password: `PBES2-HS256+A128KW`. `p2c` is what the header says, whatever was computed. */
export function encryptPassword(
  password: string,
  header: Header,
  text: string,
  p2c = ITERATIONS,
): string {
  const alg = 'PBES2-HS256+A128KW';
  const p2s = randomBytes(SALT_BYTES);
  const salt = Buffer.concat([Buffer.from(`${alg}\0`), p2s]);
  const wrappingKey = pbkdf2Sync(password, salt, ITERATIONS, 16, 'sha256');
  const contentKey = randomBytes(CONTENT_KEY_BYTES);
  const cipher = createCipheriv('id-aes128-wrap', wrappingKey, KEY_WRAP_IV);
  const encryptedKey = Buffer.concat([cipher.update(contentKey), cipher.final()]);
  const all = { alg, p2s: encodeBase64url(p2s), p2c, ...header };
  return encrypt(all, contentKey, encryptedKey, text);
}

function encrypt(header: Header, key: Buffer, encryptedKey: Buffer, text: string): string {
  const first = encodeBase64url(JSON.stringify({ enc: ENC, ...header }));
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(Buffer.from(first));
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const parts = [encryptedKey, iv, ciphertext, cipher.getAuthTag()];
  return [first, ...parts.map((part) => encodeBase64url(part))].join('.');
}

/** The Concat KDF of RFC 7518 §4.6.2 for one block, without party information. */
function concatKdf(shared: Buffer): Buffer {
  const uint32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const bits = uint32(CONTENT_KEY_BYTES * 8);
  const algorithm = Buffer.concat([uint32(ENC.length), Buffer.from(ENC)]);
  const info = Buffer.concat([algorithm, uint32(0), uint32(0), bits]);
  return createHash('sha256').update(uint32(1)).update(shared).update(info).digest();
}
