/** How each library does the same work, in the way that its documentation recommends for speed. */

import { createPrivateKey, createPublicKey, createSecretKey, webcrypto } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { bare, bareAsync } from './bare.js';
import { taskFor } from './task.js';

export const algorithms = ['HS256', 'HS512', 'RS256', 'PS256', 'ES256', 'EdDSA'];

/** The libraries of most rows, and how jotkit is called. */
export const libraries = [
  'jotkit',
  'jotkit, jsonwebtoken API',
  'fast-jwt',
  '@node-rs/jsonwebtoken',
  'jose',
  'jsonwebtoken',
  'jsonwebtoken, KeyObject',
  'bare crypto',
];

export const BEFORE = ', before';

/** Where `--before` links the build to compare with. */
export const beforeFolder = join(import.meta.dirname, 'node_modules', 'jotkit-before');

/** The names and, if there is a build to compare with, its entries behind those of jotkit. */
export function withBefore(names, isOurs = (name) => name.startsWith('jotkit')) {
  if (!existsSync(beforeFolder)) return names;
  return names.flatMap((name) => (isOurs(name) ? [name, `${name}${BEFORE}`] : [name]));
}

/** The entries of a row: one for each contender that supports the algorithm. */
export function entriesOf(names, alg, prepare) {
  const able = names.filter((name) => alg !== 'EdDSA' || !name.startsWith('jsonwebtoken'));
  const enter = async (name) => prepare(await contenderOf(name, taskFor(alg)), taskFor(alg));
  return Object.fromEntries(withBefore(able).map((name) => [name, () => enter(name)]));
}

export function contenderOf(name, task) {
  const of = name.endsWith(BEFORE) ? name.slice(0, -BEFORE.length) : name;
  return contenders[of](task, jotkitOf(name));
}

const require = createRequire(import.meta.url);

/**
 * Loads modules of jotkit, or of the build before if the name of the entry says so. They are loaded anew for each
 * contender: V8 optimizes a function for all of its callers, and two APIs in one copy cost each other 3 %.
 */
export function jotkitOf(name) {
  const library = name.endsWith(BEFORE) ? 'jotkit-before' : 'jotkit';
  const folder = dirname(require.resolve(library));
  for (const path of Object.keys(require.cache)) {
    if (path.startsWith(folder)) delete require.cache[path];
  }
  return (subpath = '') => require(`${library}${subpath}`);
}

/**
 * By name: `{ sign(claims), verify(token), decode(token) }` for an algorithm and two keys in text: a secret, or PEM.
 * Functions that a library does not have are absent.
 */
const contenders = {
  jotkit({ alg, signing, verifying }, load) {
    const { createSigner, createVerifier, decode } = load();
    return {
      sign: createSigner(signing, { algorithm: alg }),
      // Tokens of 100 KB are measured, too.
      verify: createVerifier(verifying, { algorithms: [alg], maxTokenLength: 2 ** 20 }),
      decode,
    };
  },

  'jotkit, cached'({ alg, verifying }, load) {
    const { createVerifier } = load();
    return { verify: createVerifier(verifying, { algorithms: [alg], cache: true }) };
  },

  'jotkit, async'({ alg, signing, verifying }, load) {
    const { createSigner, createVerifier } = load();
    return {
      sign: createSigner(signing, { algorithm: alg, async: true }),
      verify: createVerifier(verifying, { algorithms: [alg], async: true }),
    };
  },

  'jotkit, jsonwebtoken API'(task, load) {
    return likeJsonwebtoken(load(), task);
  },

  async jsonwebtoken(task) {
    return likeJsonwebtoken((await import('jsonwebtoken')).default, task);
  },

  async 'jsonwebtoken, KeyObject'(task) {
    return likeJsonwebtoken((await import('jsonwebtoken')).default, withKeyObjects(task));
  },

  async 'jsonwebtoken, callback'(task) {
    const { default: jwt } = await import('jsonwebtoken');
    const [sign, verify] = [promisify(jwt.sign), promisify(jwt.verify)];
    return likeJsonwebtoken({ sign, verify }, withKeyObjects(task));
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

  async 'fast-jwt, async'({ alg, signing, verifying }) {
    const { createSigner, createVerifier } = await import('fast-jwt');
    return {
      sign: createSigner({ key: async () => signing, algorithm: alg }),
      verify: createVerifier({ key: async () => verifying, algorithms: [alg] }),
    };
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

  async '@node-rs/jsonwebtoken'(task) {
    const { signSync, verifySync } = await import('@node-rs/jsonwebtoken');
    return likeNodeRs(signSync, verifySync, task);
  },

  async '@node-rs/jsonwebtoken, async'(task) {
    const { sign, verify } = await import('@node-rs/jsonwebtoken');
    return likeNodeRs(sign, verify, task);
  },

  'bare crypto': bare,
  'bare crypto, async': bareAsync,
};

function likeJsonwebtoken({ sign, verify, decode }, { alg, signing, verifying }) {
  return {
    sign: (claims) => sign(claims, signing, { algorithm: alg }),
    verify: (token) => verify(token, verifying, { algorithms: [alg] }),
    decode: (token) => decode(token),
  };
}

/** jsonwebtoken parses keys in text at every call. */
function withKeyObjects({ alg, signing, verifying }) {
  const secret = isHmac(alg) && createSecretKey(Buffer.from(signing));
  return {
    alg,
    signing: secret || createPrivateKey(signing),
    verifying: secret || createPublicKey(verifying),
  };
}

function likeNodeRs(sign, verify, { alg, signing, verifying }) {
  const now = () => Math.floor(Date.now() / 1000);
  return {
    sign: (claims) => sign({ ...claims, iat: now() }, signing, { algorithm: alg }),
    verify: (token) => verify(token, verifying, { algorithms: [alg] }),
  };
}

function isHmac(alg) {
  return alg.startsWith('HS');
}

function hmacKey(alg, secret) {
  const hmac = { name: 'HMAC', hash: `SHA-${alg.slice(2)}` };
  return webcrypto.subtle.importKey('raw', Buffer.from(secret), hmac, false, ['sign', 'verify']);
}
