/** How each library is asked for the same work, in the way its own documentation calls the fast one. */

import { createPrivateKey, createPublicKey, createSecretKey, webcrypto } from 'node:crypto';
import { floor } from './floor.js';
import { taskFor } from './task.js';

export const algorithms = ['HS256', 'HS512', 'RS256', 'PS256', 'ES256', 'EdDSA'];

/** Who is measured wherever it can do the work, beside jotkit. */
export const peers = [
  'jotkit, classic',
  'fast-jwt',
  '@node-rs/jsonwebtoken',
  'jose',
  'jsonwebtoken',
  'jsonwebtoken, KeyObject',
];

/** The entries of a row: one for each contender that knows the algorithm. */
export function entriesOf(names, alg, prepare) {
  const able = names.filter((name) => alg !== 'EdDSA' || !name.startsWith('jsonwebtoken'));
  const enter = async (name) => prepare(await contenders[name](taskFor(alg)), taskFor(alg));
  return Object.fromEntries(able.map((name) => [name, () => enter(name)]));
}

/**
 * By name: `{ sign(claims), verify(token), decode(token) }` for an algorithm, a key to sign with and one
 * to verify with, both text: a secret or PEM. What a library does not do is not there.
 */
export const contenders = {
  async jotkit({ alg, signing, verifying }) {
    const { createSigner, createVerifier, decode } = await import('jotkit');
    return {
      sign: createSigner(signing, { algorithm: alg }),
      // Only because tokens of 100 KB are measured, too.
      verify: createVerifier(verifying, { algorithms: [alg], maxTokenLength: 2 ** 20 }),
      decode,
    };
  },

  async 'jotkit, cached'({ alg, verifying }) {
    const { createVerifier } = await import('jotkit');
    return { verify: createVerifier(verifying, { algorithms: [alg], cache: true }) };
  },

  async 'jotkit, classic'(task) {
    return classic(await import('jotkit'), task);
  },

  async jsonwebtoken(task) {
    return classic((await import('jsonwebtoken')).default, task);
  },

  async 'jsonwebtoken, KeyObject'({ alg, signing, verifying }) {
    const { default: jwt } = await import('jsonwebtoken');
    const secret = isHmac(alg) && createSecretKey(Buffer.from(signing));
    return classic(jwt, {
      alg,
      signing: secret || createPrivateKey(signing),
      verifying: secret || createPublicKey(verifying),
    });
  },

  async 'fast-jwt'({ alg, signing, verifying }) {
    const { createSigner, createVerifier, createDecoder } = await import('fast-jwt');
    return {
      sign: createSigner({ key: signing, algorithm: alg }),
      verify: createVerifier({ key: verifying, algorithms: [alg] }),
      decode: createDecoder(),
    };
  },

  async 'fast-jwt, cached'({ alg, verifying }) {
    const { createVerifier } = await import('fast-jwt');
    return { verify: createVerifier({ key: verifying, algorithms: [alg], cache: true }) };
  },

  async jose({ alg, signing, verifying }) {
    const { SignJWT, jwtVerify, decodeJwt, importPKCS8, importSPKI } = await import('jose');
    const secret = isHmac(alg) && (await hmacKey(alg, signing));
    const privateKey = secret || (await importPKCS8(signing, alg));
    const publicKey = secret || (await importSPKI(verifying, alg));
    return {
      sign(claims) {
        return new SignJWT(claims).setProtectedHeader({ alg }).setIssuedAt().sign(privateKey);
      },
      verify: async (token) => (await jwtVerify(token, publicKey, { algorithms: [alg] })).payload,
      decode: decodeJwt,
    };
  },

  async '@node-rs/jsonwebtoken'({ alg, signing, verifying }) {
    const { signSync, verifySync } = await import('@node-rs/jsonwebtoken');
    const now = () => Math.floor(Date.now() / 1000);
    return {
      sign: (claims) => signSync({ ...claims, iat: now() }, signing, { algorithm: alg }),
      verify: (token) => verifySync(token, verifying, { algorithms: [alg] }),
    };
  },

  floor,
};

function classic({ sign, verify, decode }, { alg, signing, verifying }) {
  return {
    sign: (claims) => sign(claims, signing, { algorithm: alg }),
    verify: (token) => verify(token, verifying, { algorithms: [alg] }),
    decode: (token) => decode(token),
  };
}

function isHmac(alg) {
  return alg.startsWith('HS');
}

function hmacKey(alg, secret) {
  const hmac = { name: 'HMAC', hash: `SHA-${alg.slice(2)}` };
  return webcrypto.subtle.importKey('raw', Buffer.from(secret), hmac, false, ['sign', 'verify']);
}
