/** Lists the members of each type of JWK: required ones and private ones. */

/** Input of a thumbprint (RFC 7638 §3.2, RFC 8037 §2, RFC 9964), in lexicographic order. */
export const requiredMembers: ReadonlyMap<string, readonly string[]> = new Map([
  ['AKP', ['alg', 'kty', 'pub']],
  ['EC', ['crv', 'kty', 'x', 'y']],
  ['OKP', ['crv', 'kty', 'x']],
  ['RSA', ['e', 'kty', 'n']],
  ['oct', ['k', 'kty']],
]);

/** RFC 7518 §6.2.2, §6.3.2, §6.4.1; RFC 8037 §2; RFC 9964. */
export const privateMembers: readonly string[] = [
  'd',
  'p',
  'q',
  'dp',
  'dq',
  'qi',
  'oth',
  'k',
  'priv',
];
