/**
 * Keys and tokens for every algorithm, made by node:crypto alone: run by the runtime that has all of
 * them, so that the others read keys they have not made and verify tokens they have not signed.
 */

import { constants, createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed25519 = generateKeyPairSync('ed25519');
const ed448 = generateKeyPairSync('ed448');
const ec = (namedCurve) => generateKeyPairSync('ec', { namedCurve });
const secret = randomBytes(64);

const pss = {
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
};
const p1363 = { dsaEncoding: 'ieee-p1363' };

const rows = {
  HS256: { hash: 'sha256' },
  HS384: { hash: 'sha384' },
  HS512: { hash: 'sha512' },
  RS256: { hash: 'sha256', pair: rsa },
  RS384: { hash: 'sha384', pair: rsa },
  RS512: { hash: 'sha512', pair: rsa },
  PS256: { hash: 'sha256', pair: rsa, scheme: pss },
  PS384: { hash: 'sha384', pair: rsa, scheme: pss },
  PS512: { hash: 'sha512', pair: rsa, scheme: pss },
  ES256: { hash: 'sha256', pair: ec('P-256'), scheme: p1363 },
  ES384: { hash: 'sha384', pair: ec('P-384'), scheme: p1363 },
  ES512: { hash: 'sha512', pair: ec('P-521'), scheme: p1363 },
  ES256K: { hash: 'sha256', pair: ec('secp256k1'), scheme: p1363 },
  EdDSA: { hash: null, pair: ed25519 },
  Ed25519: { hash: null, pair: ed25519 },
  Ed448: { hash: null, pair: ed448 },
  'ML-DSA-44': { hash: null, pair: generateKeyPairSync('ml-dsa-44') },
  'ML-DSA-65': { hash: null, pair: generateKeyPairSync('ml-dsa-65') },
  'ML-DSA-87': { hash: null, pair: generateKeyPairSync('ml-dsa-87') },
};

/** Of the two good values of s the higher one, which half of all signatures have and some code rejects. */
function highS(make) {
  const signature = make();
  return signature[signature.length / 2] < 0x80 ? highS(make) : signature;
}

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

const answer = {};
for (const [alg, { hash, pair, scheme }] of Object.entries(rows)) {
  const input = `${encode({ alg, typ: 'JWT' })}.${encode({ sub: 'ada', iat: 1_700_000_000 })}`;
  const make = pair
    ? () => sign(hash, Buffer.from(input), { key: pair.privateKey, ...scheme })
    : () => createHmac(hash, secret).update(input).digest();
  const signature = alg === 'ES256K' ? highS(make) : make();
  answer[alg] = {
    hash,
    scheme: scheme ?? {},
    token: `${input}.${signature.toString('base64url')}`,
    ...(pair
      ? { private: forms(pair.privateKey, 'pkcs8'), public: forms(pair.publicKey, 'spki') }
      : { secret: secret.toString('base64url') }),
  };
}
console.log(JSON.stringify(answer));

function forms(key, type) {
  return {
    pem: key.export({ type, format: 'pem' }),
    der: key.export({ type, format: 'der' }).toString('base64url'),
    jwk: key.export({ format: 'jwk' }),
  };
}
