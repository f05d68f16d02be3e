/** Generates the keys of the attacker, which no target trusts. */

import {
  createPrivateKey,
  generateKeyPairSync,
  generateKeySync,
  type KeyObject,
} from 'node:crypto';
import { type Algorithm, rowOf } from '../../core/keys/algorithms.ts';
import type { Key } from '../../core/keys/key.ts';

const keys = new Map<string, Key>();

/** Returns a key that can sign under an algorithm; for `EdDSA` one of the type `like`. */
export function attackerKey(algorithm: Algorithm, like?: string): Key {
  const { keyTypes, curve } = rowOf(algorithm);
  const type = keyTypes.find((name) => name === like) ?? keyTypes[0] ?? '';
  const name = `${type} ${curve}`;
  const key = keys.get(name) ?? createKey(type, curve);
  keys.set(name, key);
  return key;
}

function createKey(type: string, curve: string | undefined): Key {
  if (type === 'secret') {
    const object = generateKeySync('hmac', Object.assign(Object.create(null), { length: 512 }));
    return { kind: 'secret', object, only: undefined };
  }
  return { kind: 'private', object: generatePrivateKey(type, curve), only: undefined };
}

/**
 * Generates a private key; an RSA key has 2048 bits. Returns a copy: Node.js 20 can lock up when a key is exported
 * while what generated it is garbage collected.
 */
export function generatePrivateKey(type: string, namedCurve: string | undefined): KeyObject {
  const parameters = Object.assign(Object.create(null), {
    modulusLength: 2048,
    ...(namedCurve && { namedCurve }),
    privateKeyEncoding: PKCS8_DER,
  });
  const { privateKey: key } = (generateKeyPairSync as unknown as GeneratePair)(type, parameters);
  return createPrivateKey({ key, ...PKCS8_DER });
}

const PKCS8_DER = { type: 'pkcs8', format: 'der' } as const;

type GeneratePair = (type: string, parameters: object) => { privateKey: Buffer };
