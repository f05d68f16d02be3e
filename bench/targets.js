/** How fast the library has to be: ratios of two entries of one row, in one run. */

import { BEFORE } from './contenders.js';

const from = (first, then, earlier) => (major) => (major >= first ? then : earlier);

const others = ['fast-jwt', '@node-rs/jsonwebtoken', 'jose', 'jsonwebtoken'];
const api = 'jotkit, jsonwebtoken API';

/** Each is `over` ÷ `under`, which must be at most `most` or at least `least`: a number, or one for each Node.js. */
export const targets = [
  within('verify HS256', 'jotkit', 'bare crypto', 1.25),
  within('verify HS512', 'jotkit', 'bare crypto', 1.2),
  within('verify 1 KB', 'jotkit', 'bare crypto', 1.25),
  within('verify RS256', 'jotkit', 'bare crypto', 1.18),
  within('verify PS256', 'jotkit', 'bare crypto', 1.22),
  // Below 1 on Node.js 24.21, whose OpenSSL takes 24 µs for the P1363 form of the bare call; not on 24.22.
  within('verify ES256', 'jotkit', 'bare crypto', 1.1),
  within('verify EdDSA', 'jotkit', 'bare crypto', 1.12),
  within('sign HS256', 'jotkit', 'bare crypto', 1.1),
  within('sign RS256', 'jotkit', 'bare crypto', 1.1),
  within('sign PS256', 'jotkit', 'bare crypto', 1.1),
  within('sign ES256', 'jotkit', 'bare crypto', 1.1),
  within('sign EdDSA', 'jotkit', 'bare crypto', 1.1),

  ahead('verify HS256', 'fast-jwt', 'jotkit', from(24, 2.2, 2)),
  ahead('verify HS256', '@node-rs/jsonwebtoken', 'jotkit', 1.5),
  ahead('verify HS256', 'jose', 'jotkit', 12),
  ahead('verify HS256', 'jsonwebtoken', api, from(22, 10, 80)),
  ahead('verify HS256, cached', 'fast-jwt, cached', 'jotkit, cached', 6),
  ahead('sign HS256', 'fast-jwt', 'jotkit', from(22, 2.2, 1.8)),
  ahead('sign HS256', 'jsonwebtoken', api, from(22, 8, 60)),
  ahead('verify RS256', 'jsonwebtoken', api, 2.5),
  ...others.flatMap((peer) => [
    ahead('verify RS256', peer, api, 1),
    ahead('verify ES256', peer, api, 1),
  ]),

  ...['malformed', 'wrong algorithm', 'invalid signature', 'expired'].map((kind) => {
    return within('reject, jotkit, verify.result', kind, 'accept', 2);
  }),
  within('verify ES256 with a JWK Set', 'jotkit, 1,000 keys', 'jotkit, 1 key', 1.1),
  within('heap after a soak', '300,000 calls', '100,000 calls', 1.1),
  within('import time', 'jotkit', 'jsonwebtoken', 1 / 3),
];

/** What `--before` must find; 1.05 elsewhere. */
const gains = { 'verify HS256': { [api]: 0.85 }, decode: { jotkit: 0.8 } };

function within(row, over, under, most) {
  return { row, over, under, most };
}

function ahead(row, over, under, least) {
  return { row, over, under, least };
}

/** No entry may be slower than that of the build before. */
function againstBefore({ name, entries }) {
  return Object.keys(entries)
    .filter((entry) => entry.endsWith(BEFORE))
    .map((before) => {
      const entry = before.slice(0, -BEFORE.length);
      return within(name, entry, before, gains[name]?.[entry] ?? 1.05);
    });
}

/** The targets whose rows were measured, with the ratio and whether it meets the bound. */
export function checkTargets(rows, major) {
  return [...targets, ...rows.flatMap(againstBefore)].flatMap(
    ({ row, over, under, least, most }) => {
      const entries = rows.find(({ name }) => name === row)?.entries;
      if (!entries) return [];
      const ratio = entries[over].p25 / entries[under].p25;
      const limit = least ?? most;
      const bound = typeof limit === 'function' ? limit(major) : limit;
      const isMet = least ? ratio >= bound : ratio <= bound;
      return [{ row, over, under, ratio, bound, isLeast: least !== undefined, isMet }];
    },
  );
}
