/** Keys, claims and tokens for all contenders, and the proof that a contender checks them. */

import assert from 'node:assert/strict';
import * as crypto from 'node:crypto';

/** Number of different tokens that a turn verifies. */
const USERS = 16;

const HOUR = 3600;

/** Exactly 64 bytes: one block of SHA-256. */
const secret = crypto.randomBytes(48).toString('base64url');

const makers = {
  HS: () => ({ signing: secret, verifying: secret }),
  RS: () => createPair('rsa', { modulusLength: 2048 }),
  PS: () => createPair('rsa', { modulusLength: 2048 }),
  ES: () => createPair('ec', { namedCurve: 'P-256' }),
  Ed: () => createPair('ed25519'),
};

const tasks = new Map();

/** An algorithm with a key to sign and one to verify: a secret, or PEM. */
export function taskFor(alg) {
  if (!tasks.has(alg)) tasks.set(alg, { alg, ...makers[alg.slice(0, 2)]() });
  return tasks.get(alg);
}

function createPair(type, options) {
  const { privateKey, publicKey } = crypto.generateKeyPairSync(type, {
    ...options,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { signing: privateKey, verifying: publicKey };
}

/** Five claims, and with `iat` six: 103 bytes of JSON, or more up to `length`. */
export function claimsOfUsers(length = 0, lifetime = HOUR) {
  const exp = Math.floor(Date.now() / 1000) + lifetime;
  return Array.from({ length: USERS }, (_, i) => {
    const user = { iss: 'https://id.example', sub: `user-${1000 + i}`, role: 'admin', org: 7, exp };
    const scopes = {};
    for (let n = 0, size = 103; size < length; n++) {
      const name = `scope-${n}`;
      scopes[name] = 'read write publish';
      size += name.length + 24;
    }
    return { ...user, ...scopes };
  });
}

/** With HS256, 219 characters each unless `length` is set. */
export function tokensOfUsers(task, length, lifetime) {
  const iat = Math.floor(Date.now() / 1000);
  return claimsOfUsers(length, lifetime).map((claims) => issue(task, { ...claims, iat }));
}

/** A token signed by node:crypto alone. */
export function issue({ alg, signing, kid }, claims) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${encode({ alg, typ: 'JWT', kid })}.${encode(claims)}`;
  return `${input}.${signatureOf(alg, signing, input).toString('base64url')}`;
}

function signatureOf(alg, key, input) {
  if (alg.startsWith('HS')) return crypto.createHmac(hashOf(alg), key).update(input).digest();
  return crypto.sign(hashOf(alg), Buffer.from(input), { key, ...schemeOf(alg) });
}

export function hashOf(alg) {
  return alg === 'EdDSA' ? null : `sha${alg.slice(2)}`;
}

/** The options of `crypto.sign` and `crypto.verify`: RFC 7518 §3. */
export function schemeOf(alg) {
  if (alg.startsWith('ES')) return { dsaEncoding: 'ieee-p1363' };
  if (!alg.startsWith('PS')) return {};
  return {
    padding: crypto.constants.RSA_PKCS1_PSS_PADDING,
    saltLength: crypto.constants.RSA_PSS_SALTLEN_DIGEST,
  };
}

/** The token with another signature of the same length. */
export function forge(token) {
  const at = token.lastIndexOf('.') + 1;
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
}

/** Throws unless a contender returns the claims and rejects a forged and an expired token. */
export async function proveVerifier({ verify, toVerify = (token) => token, isBare }, task) {
  const [token] = tokensOfUsers(task);
  const payload = await verify(toVerify(token));
  if (!isBare) assert.equal(payload.sub, 'user-1000');
  await assert.rejects(async () => verify(toVerify(forge(token))), 'a forged token is accepted');
  const [expired] = tokensOfUsers(task, 0, -HOUR);
  if (!isBare) await assert.rejects(async () => verify(expired), 'an expired token is accepted');
}

/** Throws unless a contender signs the claims. */
export async function proveSigner({ sign, toSign }, task) {
  const [claims] = claimsOfUsers();
  if (toSign) return proveSignature(task, toSign(claims), await sign(toSign(claims)));
  const token = await sign(claims);
  const [header, payload, signature] = token.split('.');
  const { iat, ...signed } = JSON.parse(Buffer.from(payload, 'base64url'));
  assert.deepEqual(signed, claims);
  assert.ok(Math.abs(iat - Date.now() / 1000) < 60);
  const input = Buffer.from(`${header}.${payload}`);
  proveSignature(task, input, Buffer.from(signature, 'base64url'));
}

function proveSignature({ alg, signing, verifying }, input, signature) {
  const isValid = alg.startsWith('HS')
    ? signatureOf(alg, signing, input).equals(signature)
    : crypto.verify(hashOf(alg), input, { key: verifying, ...schemeOf(alg) }, signature);
  assert.ok(isValid, 'the signature is invalid');
}

/** Throws unless a contender returns the claims of a token that it does not verify. */
export function proveDecoder({ decode }, task) {
  const [token] = tokensOfUsers(task);
  assert.equal(decode(token).sub, 'user-1000');
  assert.equal(decode(forge(token)).sub, 'user-1000');
}
