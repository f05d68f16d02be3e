/** Says what a value is that is no key. */

import { types } from 'node:util';
import type { KeyArgument } from './key.ts';

/** Options of signers and verifiers, in the place of the key. */
const OPTION_NAMES = [
  'algorithm',
  'algorithms',
  'issuer',
  'audience',
  'expiresIn',
  'cache',
  'schema',
];

/** Returns why a value is no key, and what to pass instead. Never quotes it. */
export function inputFault(input: unknown, { role }: KeyArgument): string {
  if (typeof input === 'function') return 'it is a function: call it, and pass its result';
  if (typeof input !== 'object' || input === null) return `it is a ${typeof input}`;
  if (Array.isArray(input)) {
    return 'it is an array: pass one key, or a key source that returns the list';
  }
  if (input instanceof URL) return 'it is a URL: pass createRemoteJwks(url) from "jotkit/jwk"';
  if (types.isBoxedPrimitive(input)) return 'it is an object around a string: pass the string';
  const has = (name: string) => Object.hasOwn(input, name);
  if (has('keys')) return 'it is a JWK Set: pass createLocalJwks(jwks) from "jotkit/jwk"';
  if (has('privateKey') || has('publicKey')) {
    return `it is a key pair: pass its ${role === 'sign' ? 'privateKey' : 'publicKey'}`;
  }
  if (has('key')) return 'its "key" must be a string, bytes, a KeyObject or a JWK';
  if (OPTION_NAMES.some(has)) return 'it is an object of options: pass the key before them';
  if (has('k') || has('n') || has('x')) return 'it is a JWK without "kty"';
  return 'it is an object, and no JWK';
}
