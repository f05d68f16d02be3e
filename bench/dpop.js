/**
 * Measures the check of a DPoP proof beside the verification of an ES256 token with a known key, in one run.
 *
 *   npm run build && node --expose-gc bench/dpop.js [rounds]
 *
 * Fails if a check costs more than 2.5 verifications: it adds one signature, and may add little else.
 */

import { printRatios } from './ratios.js';
import { turnOf } from './turn.js';

const library = (name) => import(new URL(`../dist/${name}.mjs`, import.meta.url));
const { createSigner, createVerifier } = await library('index');
const { createDpop, createDpopProof } = await library('dpop');
const { exportJwk, generateKey, thumbprint } = await library('jwk');
const { createMemoryReplayStore } = await library('replay');

const MOST = 2.5;
const rounds = Number(process.argv[2] ?? 21);

const key = await generateKey('ES256');
const jkt = thumbprint(key);
const claims = { issuer: 'https://id.example', audience: 'api', expiresIn: '1h' };
const sign = createSigner(key, { ...claims, header: { typ: 'at+jwt' } });
const tokens = Array.from({ length: 16 }, (_, i) => sign({ sub: `user-${i}`, cnf: { jkt } }));
const { issuer, audience } = claims;
const verify = createVerifier(exportJwk(key), { issuer, audience, typ: 'at+jwt' });

const origin = 'https://api.example';
const target = { method: 'GET', url: `${origin}/orders/17` };
/** A proof counts once: a store that forgets it lets the same ones be checked again. */
const forgetful = { use: async () => true };
const withIat = createDpop({ replay: forgetful, origin, maxAge: '1h' });
const withNonce = createDpop({ replay: forgetful, origin, nonce: { key: 'k'.repeat(32) } });

/** Requests with one proof for each token. */
function requestsFor(dpop) {
  return tokens.map((accessToken) => {
    const nonce = dpop.nonce();
    const proof = createDpopProof(key, { ...target, accessToken, ...(nonce && { nonce }) });
    const headers = { host: 'api.example', authorization: `DPoP ${accessToken}`, dpop: proof };
    return { request: { method: 'GET', url: '/orders/17?page=2', headers }, token: accessToken };
  });
}

const check = (dpop) => () => {
  return turnOf(({ request, token }) => dpop.verify(request, { token, jkt }), requestsFor(dpop));
};

let used = 0;
const replay = createMemoryReplayStore({ max: 1e7, maxPerOwner: 1e7 });

const entries = {
  'verify ES256': () => turnOf(verify, tokens),
  'check a proof': check(withIat),
  'check a proof with a nonce': check(withNonce),
  'create a proof': () => {
    return turnOf((accessToken) => createDpopProof(key, { ...target, accessToken }), tokens);
  },
  'use a replay store in memory': () => {
    return turnOf(() => replay.use(`id-${used++}`, Date.now() + 1000, Date.now()), tokens);
  },
};

const ratios = await printRatios(entries, rounds);
const isTooSlow = ([name, ratio]) => name.startsWith('check') && ratio > MOST;
if (Object.entries(ratios).some(isTooSlow)) process.exitCode = 1;
