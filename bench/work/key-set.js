/** Verifying ES256 with a key from a JWK Set of up to 1,000 keys. */

import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { jotkitOf, withBefore } from '../contenders.js';
import { proveVerifier, taskFor, tokensOfUsers } from '../task.js';
import { turnOf } from '../turn.js';

const sizes = { '1 key': 1, '10 keys': 10, '100 keys': 100, '1,000 keys': 1000 };

const names = withBefore(
  ['jotkit', 'jose'].flatMap((name) => Object.keys(sizes).map((size) => `${name}, ${size}`)),
);

export const rows = [
  {
    name: 'verify ES256 with a JWK Set',
    about: 'The key is found by `kid` in a set of 1, 10, 100 and 1,000 keys.',
    unit: 'ns',
    entries: Object.fromEntries(names.map((name) => [name, () => enter(name)])),
  },
];

async function enter(name) {
  const task = { ...taskFor('ES256'), kid: 'main' };
  const [library, size] = name.split(', ');
  const keys = setOf(task, sizes[size]);
  const verify = await (library === 'jose' ? joseVerifier(keys) : jotkitVerifier(name, keys));
  await proveVerifier({ verify }, task);
  return turnOf(verify, tokensOfUsers(task));
}

function jotkitVerifier(name, keys) {
  const load = jotkitOf(name);
  const set = load('/jwk').createLocalJwks({ keys });
  return load().createVerifier(set, { algorithms: ['ES256'] });
}

async function joseVerifier(keys) {
  const { createLocalJWKSet, jwtVerify } = await import('jose');
  const set = createLocalJWKSet({ keys });
  return async (token) => (await jwtVerify(token, set, { algorithms: ['ES256'] })).payload;
}

/** The key that signed, in the middle of others. */
function setOf({ verifying }, size) {
  const publicKeys = Array.from({ length: size - 1 }, () => {
    return generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  });
  publicKeys.splice(size >> 1, 0, createPublicKey(verifying));
  return publicKeys.map((key, i) => {
    return { ...key.export({ format: 'jwk' }), kid: i === size >> 1 ? 'main' : `other-${i}` };
  });
}
