/** "bare crypto": the calls of node:crypto that a token needs, without a check of header or claims. */

import * as crypto from 'node:crypto';
import { promisify } from 'node:util';
import { hashOf, schemeOf } from './task.js';

/** Like a contender. `isBare`, because it does not check the claims. */
export function bare({ alg, signing, verifying }) {
  const isHmac = alg.startsWith('HS');
  return {
    isBare: true,
    ...(isHmac ? twoHashes(alg, signing) : bareCalls(alg, signing, verifying)),
  };
}

/** The same calls through the thread pool. */
export function bareAsync({ alg, signing, verifying }) {
  const calls = bareCalls(
    alg,
    signing,
    verifying,
    promisify(crypto.sign),
    promisify(crypto.verify),
  );
  return { isBare: true, ...calls };
}

/** Longest token that is measured, in bytes. */
const ROOM = 200_000;

/** RFC 2104 with one-shot hashes over buffers that start with the padded key. */
function twoHashes(alg, secret) {
  const hash = hashOf(alg);
  const block = alg === 'HS256' ? 64 : 128;
  const inner = Buffer.alloc(block + ROOM, 0);
  const outer = Buffer.alloc(block + Number(alg.slice(2)) / 8);
  for (let i = 0; i < block; i++) {
    inner[i] = 0x36 ^ secret.charCodeAt(i);
    outer[i] = 0x5c ^ secret.charCodeAt(i);
  }
  const mac = (input) => {
    const end = block + inner.latin1Write(input, block);
    outer.latin1Write(crypto.hash(hash, inner.subarray(0, end), 'latin1'), block);
    return crypto.hash(hash, outer, 'base64url');
  };
  const header = Buffer.from(JSON.stringify({ alg, typ: 'JWT' })).toString('base64url');
  const decode = (token) => {
    const payload = token.slice(token.indexOf('.') + 1, token.lastIndexOf('.'));
    return JSON.parse(Buffer.from(payload, 'base64url').toString());
  };
  return {
    decode,
    sign(claims) {
      const text = JSON.stringify({ ...claims, iat: Math.floor(Date.now() / 1000) });
      const input = `${header}.${Buffer.from(text).toString('base64url')}`;
      return `${input}.${mac(input)}`;
    },
    verify(token) {
      const end = token.lastIndexOf('.');
      if (mac(token.slice(0, end)) !== token.slice(end + 1)) throw new Error('invalid signature');
      return decode(token);
    },
  };
}

/** `crypto.sign` and `crypto.verify` alone: bytes in, bytes out. */
function bareCalls(alg, signing, verifying, sign = crypto.sign, verify = crypto.verify) {
  const hash = hashOf(alg);
  // On a copy of the key: `{ key, … }` costs Node.js 24 another 30 to 40 µs per call.
  const withScheme = (key) => Object.assign(structuredClone(key), schemeOf(alg));
  const privateKey = withScheme(crypto.createPrivateKey(signing));
  const publicKey = withScheme(crypto.createPublicKey(verifying));
  const check = (isValid) => {
    if (!isValid) throw new Error('invalid signature');
  };
  return {
    toSign: (claims) => Buffer.from(JSON.stringify(claims).padEnd(180)),
    sign: (input) => sign(hash, input, privateKey),
    toVerify(token) {
      const end = token.lastIndexOf('.');
      const signature = Buffer.from(token.slice(end + 1), 'base64url');
      return { input: Buffer.from(token.slice(0, end)), signature };
    },
    verify({ input, signature }) {
      const isValid = verify(hash, input, publicKey, signature);
      return isValid instanceof Promise ? isValid.then(check) : check(isValid);
    },
  };
}
