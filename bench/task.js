/** Keys, claims and tokens that are the same for all, and the proof that a contender looks at them. */

import assert from 'node:assert/strict';
import * as crypto from 'node:crypto';

/** As many tokens take turns. */
const USERS = 16;

const HOUR = 3600;

/** For each algorithm a key to sign with and one to verify with, as text. */
export function createTasks() {
  const secret = crypto.randomBytes(48).toString('base64url');
  const rsa = createPair('rsa', { modulusLength: 2048 });
  const keys = {
    HS256: { signing: secret, verifying: secret },
    HS384: { signing: secret, verifying: secret },
    HS512: { signing: secret, verifying: secret },
    RS256: rsa,
    PS256: rsa,
    ES256: createPair('ec', { namedCurve: 'P-256' }),
    EdDSA: createPair('ed25519'),
  };
  return Object.fromEntries(Object.entries(keys).map(([alg, pair]) => [alg, { alg, ...pair }]));
}

function createPair(type, options) {
  const { privateKey, publicKey } = crypto.generateKeyPairSync(type, {
    ...options,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { signing: privateKey, verifying: publicKey };
}

/** The same for all processes of a run. */
export function taskFor(alg) {
  return JSON.parse(process.env.JOTKIT_BENCH_TASKS)[alg];
}

/** Claims of some users, whose JSON is about as long as asked for. */
export function claimsOfUsers(length = 0, lifetime = HOUR) {
  const exp = Math.floor(Date.now() / 1000) + lifetime;
  return Array.from({ length: USERS }, (_, i) => {
    const claims = { sub: `user-${1000 + i}`, role: 'admin', exp };
    // Members of moderate length, as a list of permissions has them.
    for (let left = length - 70; left > 0; left -= 40)
      claims[`scope-${left}`] = 'read write publish';
    return claims;
  });
}

export function tokensOfUsers(task, length, lifetime) {
  const iat = Math.floor(Date.now() / 1000);
  return claimsOfUsers(length, lifetime).map((claims) => issue(task, { ...claims, iat }));
}

/** A token from bare calls of Node.js. */
export function issue({ alg, signing, kid }, claims) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${encode({ alg, typ: 'JWT', kid })}.${encode(claims)}`;
  return `${input}.${signatureOf(alg, signing, input).toString('base64url')}`;
}

function signatureOf(alg, key, input) {
  const hash = alg === 'EdDSA' ? null : `sha${alg.slice(2)}`;
  if (alg.startsWith('HS')) return crypto.createHmac(hash, key).update(input).digest();
  return crypto.sign(hash, Buffer.from(input), { key, ...schemeOf(alg) });
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

/** The token with another signature of the right length. */
export function forge(token) {
  const at = token.lastIndexOf('.') + 1;
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
}

/** Throws where a contender does not answer with the claims, or accepts what is forged or expired. */
export async function proveVerifier({ verify, toVerify = (token) => token, isBare }, task) {
  const [token] = tokensOfUsers(task);
  const payload = await verify(toVerify(token));
  if (!isBare) assert.equal(payload.sub, 'user-1000');
  await assert.rejects(async () => verify(toVerify(forge(token))), 'a forged token is accepted');
  const [expired] = tokensOfUsers(task, 0, -HOUR);
  if (!isBare) await assert.rejects(async () => verify(expired), 'an expired token is accepted');
}

/** Throws where what a contender signs is not the claims, signed. */
export async function proveSigner({ sign, isBare }, task) {
  if (isBare) return;
  const [claims] = claimsOfUsers();
  const token = await sign(claims);
  const [header, payload, signature] = token.split('.');
  const { iat, ...signed } = JSON.parse(Buffer.from(payload, 'base64url'));
  assert.deepEqual(signed, claims);
  assert.ok(Math.abs(iat - Date.now() / 1000) < 60);
  const bytes = Buffer.from(signature, 'base64url');
  assert.ok(isSignature(task, `${header}.${payload}`, bytes), 'the signature is not one');
}

function isSignature({ alg, signing, verifying }, input, signature) {
  if (alg.startsWith('HS')) return signatureOf(alg, signing, input).equals(signature);
  const hash = alg === 'EdDSA' ? null : `sha${alg.slice(2)}`;
  const key = { key: verifying, ...schemeOf(alg) };
  return crypto.verify(hash, Buffer.from(input), key, signature);
}
