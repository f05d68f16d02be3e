/** How fast the library has to be beside others: as many times faster, or at most as many times as slow. */

import { median } from './quantile.js';

/** `least` is what the peer takes over what jotkit takes, `most` the other way round. */
export const targets = [
  ahead('verify HS256', 'jotkit', 'fast-jwt', { 20: 2.2, 24: 2.5 }),
  ahead('verify HS256', 'jotkit', '@node-rs/jsonwebtoken', 1.5),
  ahead('verify HS256', 'jotkit', 'jose', 12),
  ahead('verify HS256', 'jotkit, classic', 'jsonwebtoken', { 20: 80, 24: 10 }),
  ahead('sign HS256', 'jotkit', 'fast-jwt', { 20: 1.8, 24: 2.2 }),
  ahead('sign HS256', 'jotkit, classic', 'jsonwebtoken', { 20: 60, 24: 8 }),
  ahead('verify HS256, cached', 'jotkit, cached', 'fast-jwt, cached', 6),
  ahead('verify RS256', 'jotkit, classic', 'jsonwebtoken', 2.5),
  ...['verify RS256', 'verify ES256'].flatMap((row) => {
    const others = ['fast-jwt', '@node-rs/jsonwebtoken', 'jose', 'jsonwebtoken'];
    return others.map((peer) => ahead(row, 'jotkit, classic', peer, 1));
  }),
  ...['RS256', 'PS256', 'ES256', 'EdDSA'].flatMap((alg) => [
    within(`sign ${alg}`, 'jotkit', 'floor', 1.1),
    within(`verify ${alg}`, 'jotkit', 'floor', 1.1),
  ]),
  within('verify HS256', 'jotkit', 'floor', 1.35),
  ...['malformed', 'wrong algorithm', 'bad signature', 'expired'].map((kind) => {
    return within('refuse, jotkit', kind, 'accept', 2);
  }),
  within('verify ES256 by a key set, jotkit', '1000 keys', '1 key', 1.1),
  within('import time', 'jotkit', 'jsonwebtoken', 1 / 3),
];

function ahead(row, mine, peer, least) {
  return { row, mine, peer, least };
}

function within(row, mine, peer, most) {
  return { row, mine, peer, most };
}

/** Each target that was measured, with its ratio: the median of what the rounds say. */
export function judge(results, major) {
  return targets.flatMap(({ row, mine, peer, least, most }) => {
    const samples = results.find(({ name }) => name === row)?.samples;
    if (!samples) return [];
    const [over, under] = least ? [peer, mine] : [mine, peer];
    const ratio = median(samples[over].map((sample, round) => sample / samples[under][round]));
    const bound = least?.[major] ?? least?.[24] ?? least ?? most;
    const isMet = least ? ratio >= bound : ratio <= bound;
    const work = `${row}: ${mine} ${least ? 'ahead of' : 'within'} ${peer}`;
    const rounded = (number) => Number(number.toPrecision(3));
    return [{ work, bound: rounded(bound), ratio: rounded(ratio), isMet }];
  });
}
