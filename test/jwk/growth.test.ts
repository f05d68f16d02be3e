import { describe, expect, test } from 'vitest';
import { parseJson } from '../../src/core/encoding/strict-json.ts';
import { createVerifier } from '../../src/index.ts';
import { exportJwk } from '../../src/jwk/convert.ts';
import { readJwks } from '../../src/jwk/jwks/jwk-set.ts';
import { createLocalJwks } from '../../src/jwk/jwks/local.ts';
import { createRemoteJwks } from '../../src/jwk/remote/create-remote-jwks.ts';
import { discover } from '../../src/jwk/remote/discovery.ts';
import { freshnessLifetime } from '../../src/jwk/remote/freshness.ts';
import { ed25519 } from '../fixtures/keys.ts';
import { forge } from '../fixtures/tokens.ts';

const jwk = exportJwk(ed25519().publicKey);
const local = createVerifier(createLocalJwks({ keys: [{ ...jwk, kid: 'a' }] }));
const header = (name: string, value: string) => () => {
  freshnessLifetime(new Headers({ [name]: value }), { min: 0, max: 60 });
};
const set = (text: string) => () => void readJwks(parseJson(text));
const fetchText = (text: string) => async () => new Response(text);
const ignore = () => {};

/** What a server or a sender writes, by its length. */
const inputs: Array<[title: string, n: number, use: (n: number) => () => unknown]> = [
  ['a Cache-Control header of directives', 4000, (n) => header('cache-control', 'a=1,'.repeat(n))],
  [
    'a Cache-Control header of spaces',
    20_000,
    (n) => header('cache-control', `a${' '.repeat(n)}b`),
  ],
  ['a Cache-Control header of quotes', 20_000, (n) => header('cache-control', '"'.repeat(n))],
  ['a long max-age', 20_000, (n) => header('cache-control', `max-age=${'9'.repeat(n)}x`)],
  ['a long Age', 20_000, (n) => header('age', '9'.repeat(n))],
  ['a set of many keys', 4000, (n) => set(JSON.stringify({ keys: Array(n).fill(null) }))],
  ['a set of keys with one kid', 100, (n) => set(JSON.stringify({ keys: Array(n).fill(jwk) }))],
  ['a key with many members', 4000, (n) => set(`{"keys":[{${members(n)}}]}`)],
  ['a key with a long array', 8000, (n) => set(`{"keys":[{"kty":[${'[],'.repeat(n)}0]}]}`)],
  [
    'a key with a long kid',
    50_000,
    (n) => set(`{"keys":[{"kty":"OKP","kid":"${'k'.repeat(n)}"}]}`),
  ],
  [
    'a key with a long x',
    50_000,
    (n) => set(JSON.stringify({ keys: [{ ...jwk, x: 'A'.repeat(n) }] })),
  ],
  ['a token with a long kid', 10_000, (n) => () => rejected(tokenWith({ kid: 'k'.repeat(n) }))],
  [
    'a remote set of many members',
    4000,
    (n) => () =>
      createRemoteJwks('https://id.example', { fetch: fetchText(`{${members(n)}}`) })
        .reload()
        .catch(ignore),
  ],
  [
    'metadata of many members',
    4000,
    (n) => () =>
      discover('https://id.example', { fetch: fetchText(`{${members(n)}}`) }).catch(ignore),
  ],
  [
    'metadata with a long issuer',
    50_000,
    (n) => () =>
      discover('https://id.example', {
        fetch: fetchText(`{"issuer":"${'x'.repeat(n)}"}`),
      }).catch(ignore),
  ],
];

const members = (n: number) => Array.from({ length: n }, (_, i) => `"m${i}":${i}`).join();
const tokenWith = (more: object) => forge({ alg: 'EdDSA', ...more }, { sub: 'ada' });
const rejected = (token: string) => expect(() => local(token)).toThrow();

/** The least CPU time of several runs, in milliseconds. */
async function cpuTime(use: () => unknown): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5; run++) {
    const start = process.cpuUsage();
    await use();
    const { user, system } = process.cpuUsage(start);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

describe('the cost', () => {
  // Quadratic work takes 16 times as long for four times the input.
  test.each(inputs)('of %s grows at most in proportion to its length', async (_, n, use) => {
    const small = await cpuTime(use(n));
    const middle = await cpuTime(use(2 * n));
    const large = await cpuTime(use(4 * n));
    expect(middle).toBeLessThan(4 * small + 10);
    expect(large).toBeLessThan(10 * small + 10);
  });
});
