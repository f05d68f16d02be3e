/** Verifying ES256 with a key out of a set, as the set grows, and with somebody watching. */

import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import { taskFor, tokensOfUsers } from '../task.js';
import { turnOf } from '../turn.js';

const sizes = [1, 10, 1000];

const prepare = {
  async jotkit(task, size) {
    const { createVerifier } = await import('jotkit');
    const { createLocalJwks } = await import('jotkit/jwk');
    return createVerifier(createLocalJwks(setOf(task, size)), { algorithms: [task.alg] });
  },
  async jose(task, size) {
    const { createLocalJWKSet, jwtVerify } = await import('jose');
    const keys = createLocalJWKSet(setOf(task, size));
    return async (token) => (await jwtVerify(token, keys, { algorithms: [task.alg] })).payload;
  },
};

/** Keys of others, and in their midst the one that signed. */
function setOf({ verifying }, size) {
  const publicKeys = Array.from({ length: size - 1 }, () => {
    return generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  });
  publicKeys.splice(size >> 1, 0, createPublicKey(verifying));
  const keys = publicKeys.map((key, i) => {
    return { ...key.export({ format: 'jwk' }), kid: i === size >> 1 ? 'main' : `other-${i}` };
  });
  return { keys };
}

async function enter(name, size) {
  const task = { ...taskFor('ES256'), kid: 'main' };
  const verify = await prepare[name](task, size);
  const [token] = tokensOfUsers(task);
  const { sub } = await verify(token);
  if (sub !== 'user-1000') throw new Error(`${name} verifies nothing`);
  return turnOf(verify, tokensOfUsers(task));
}

const bySize = Object.keys(prepare).map((name) => ({
  name: `verify ES256 by a key set, ${name}`,
  unit: 'ns',
  entries: Object.fromEntries(
    sizes.map((size) => [`${size} ${size === 1 ? 'key' : 'keys'}`, () => enter(name, size)]),
  ),
}));

const watched = {
  name: 'verify HS256, watched',
  unit: 'ns',
  entries: {
    'nobody watches': () => verifierOf(),
    'a subscriber': () => {
      subscribe('jotkit:verified', () => {});
      return verifierOf();
    },
  },
};

async function verifierOf() {
  const task = taskFor('HS256');
  const { createVerifier } = await import('jotkit');
  return turnOf(createVerifier(task.verifying, { algorithms: ['HS256'] }), tokensOfUsers(task));
}

export const rows = [...bySize, watched];
