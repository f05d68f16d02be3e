/**
 * Measures a cached introspection beside the verification of an ES256 token with a known key, in one run.
 *
 *   npm run build && node --expose-gc bench/introspection.js [rounds]
 *
 * Fails if a cache hit costs more than a verification: it is one HMAC and one look-up.
 */

import assert from 'node:assert/strict';
import { printRatios } from './ratios.js';
import { turnOf } from './turn.js';

const library = (name) => import(new URL(`../dist/${name}.mjs`, import.meta.url));
const { createSigner, createVerifier } = await library('index');
const { exportJwk, generateKey } = await library('jwk');
const { createIntrospector, createResource } = await library('resource');

const MOST = 1;
const rounds = Number(process.argv[2] ?? 21);

const issuer = 'https://id.example';
const audience = 'https://api.example';
const key = await generateKey('ES256');
const claims = { issuer, audience, expiresIn: '1h', subject: 'ada', jwtid: '1' };
const sign = createSigner(key, { ...claims, header: { typ: 'at+jwt' } });
const jwts = Array.from({ length: 16 }, (_, i) => sign({ client_id: `client-${i}` }));
const verify = createVerifier(exportJwk(key), { issuer, audience, typ: 'at+jwt' });

/** Tokens of 43 characters, as servers issue them. */
const opaque = Array.from({ length: 16 }, (_, i) => `${i}`.padEnd(43, 'x'));
let exchanges = 0;
const introspection = {
  issuer,
  endpoint: `${issuer}/introspect`,
  auth: { bearer: 'x' },
  cacheFor: '5m',
  fetch: async () => {
    exchanges++;
    return Response.json({ active: true, aud: audience, sub: 'ada', scope: 'orders:read' });
  },
};
const introspect = createIntrospector({ ...introspection, audience });
const issuers = { [issuer]: { key: exportJwk(key) } };
const api = createResource({ resource: audience, issuers, introspection });

const entries = {
  'verify ES256': () => turnOf(verify, jwts),
  'introspect, cached': () => turnOf((token) => introspect(token), opaque),
  'resource, opaque and cached': () => turnOf((token) => api.verify(token), opaque),
  'resource, JWT': () => turnOf((token) => api.verify(token), jwts),
};

const ratios = await printRatios(entries, rounds);
assert.equal(exchanges, 2 * opaque.length);
const isTooSlow = ([name, ratio]) => name.endsWith('cached') && ratio > MOST;
if (Object.entries(ratios).some(isTooSlow)) process.exitCode = 1;
