/** Checks the rules of a remote set over random sequences of events. */

import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { createVerifier } from '../../src/index.ts';
import { createRemoteJwks } from '../../src/jwk/remote/create-remote-jwks.ts';
import { settled } from '../fixtures/outcome.ts';
import { Clock, setOf, tokenBy } from './key-server.ts';

const KIDS = ['k0', 'k1', 'k2', 'k3'];
const MIN = 60;
const MAX = 3600;
const MAX_STALE = 7200;

/** How the server responds from now on. */
type Mode = 'good' | 'tagged' | 'status' | 'down' | 'html' | 'empty';

type Step =
  | { do: 'serve'; mode: Mode }
  | { do: 'publish'; kids: string[]; maxAge: number }
  | { do: 'pass'; seconds: number }
  | { do: 'verify'; kid: string; times: number }
  | { do: 'flood'; times: number }
  | { do: 'reload' };

const doing = <Name extends Step['do'], Rest extends object>(
  weight: number,
  name: Name,
  rest: { [Member in keyof Rest]: fc.Arbitrary<Rest[Member]> },
) => ({ weight, arbitrary: fc.record({ do: fc.constant(name), ...rest }) as fc.Arbitrary<Step> });

const modes: Mode[] = ['good', 'good', 'tagged', 'tagged', 'status', 'down', 'html', 'empty'];
const pauses = [0.5, 1, 15, 60, 500, 599, 600, 3600, 3600, 7200, 9000, 20_000, -5, -7200];

const step: fc.Arbitrary<Step> = fc.oneof(
  doing(2, 'serve', { mode: fc.constantFrom(...modes) }),
  doing(3, 'publish', {
    kids: fc.subarray(KIDS, { minLength: 1 }),
    maxAge: fc.constantFrom(0, 30, 600, 86_400, 86_400),
  }),
  doing(6, 'pass', { seconds: fc.constantFrom(...pauses) }),
  doing(8, 'verify', { kid: fc.constantFrom(...KIDS), times: fc.integer({ min: 1, max: 8 }) }),
  doing(1, 'flood', { times: fc.integer({ min: 1, max: 8 }) }),
  doing(1, 'reload', {}),
);

/** The server, and its last valid response. */
class World {
  readonly clock = new Clock();
  mode: Mode = 'good';
  kids = ['k0'];
  maxAge = 600;
  version = 0;
  fetches = 0;
  fetchedAt = Number.NEGATIVE_INFINITY;
  /** Seconds that passed, without those by which the clock was set back. */
  passed = 0;
  #seen = this.clock.now;
  /** The last valid response. */
  known: { kids: string[]; at: number; life: number } | undefined;
  /** Whether the last fetch failed. */
  failing = false;
  /** Since when the server has worked, with these keys. */
  steadySince = 0;

  readonly fetch = async (_: string, init: { headers: Record<string, string> }) => {
    this.fetches++;
    this.fetchedAt = this.passed;
    this.failing = !(this.mode === 'good' || this.mode === 'tagged');
    if (this.mode === 'down') throw new TypeError('fetch failed');
    if (this.mode === 'status') return new Response('', { status: 500 });
    if (this.mode === 'html') return new Response('<html>');
    if (this.mode === 'empty') return Response.json({ keys: [] });
    const life = Math.min(Math.max(this.maxAge, MIN), MAX);
    this.known = { kids: this.kids, at: this.passed, life };
    const etag = `"${this.version}"`;
    const headers = { etag, 'cache-control': `max-age=${this.maxAge}` };
    if (this.mode === 'tagged' && init.headers['if-none-match'] === etag) {
      return new Response(null, { status: 304, headers });
    }
    return Response.json(setOf(...this.kids), { headers });
  };

  readClock(): void {
    this.passed += Math.max(0, this.clock.now - this.#seen) / 1000;
    this.#seen = this.clock.now;
  }

  get healthy(): boolean {
    return this.mode === 'good' || this.mode === 'tagged';
  }
}

async function run(steps: Step[]): Promise<void> {
  const world = new World();
  const jwks = createRemoteJwks('https://id.example/jwks', {
    clock: world.clock.read,
    fetch: world.fetch,
    freshFor: { min: MIN, max: MAX },
    maxStale: MAX_STALE,
  });
  const verify = createVerifier(jwks, { clock: world.clock.read });
  const resultOf = (kid: string) =>
    verify(tokenBy(kid)).then(
      () => 'accepted',
      (error: { code: string }) => error.code,
    );

  let lastStranger = Number.NEGATIVE_INFINITY;
  async function check(kid: string): Promise<void> {
    const { fetches, failing, known: before } = world;
    // After a flood or a fetch, a kid that was not looked up, or was rejected, waits.
    const isCalm =
      !failing && world.passed - lastStranger >= 5 * 15 && world.passed - world.fetchedAt >= 15;
    const wasKnown = before?.kids.includes(kid) ?? false;
    const age = before ? world.passed - before.at : Number.POSITIVE_INFINITY;
    const result = await resultOf(kid);
    await settled();
    const fetched = world.fetches - fetches;

    // One token causes at most a renewal in the background and one more fetch.
    expect(fetched).toBeLessThanOrEqual(2);
    // Only keys of the last valid response verify: replacement is revocation.
    if (result === 'accepted') {
      const mayVerify = wasKnown || (fetched > 0 && world.known?.kids.includes(kid));
      expect(mayVerify).toBe(true);
      // Removed keys verify nothing after the upper limit, while the server works.
      const left = world.healthy && !world.kids.includes(kid);
      if (left) expect(world.passed - world.steadySince).toBeLessThan(MAX);
    }
    // KeySourceError only while the server fails or after a flood; no token is rejected for its key then.
    if (result === 'ERR_KEY_SOURCE') expect(world.failing || !isCalm).toBe(true);
    if (result === 'ERR_KEY_NOT_FOUND') expect(world.failing).toBe(false);
    // An outage rejects nothing before maxStale has passed.
    if (before && wasKnown && age < before.life + MAX_STALE && !world.healthy) {
      expect(result).toBe('accepted');
    }
    // A new key verifies its first token, unless after a flood or an outage.
    if (world.healthy && world.kids.includes(kid) && (fetched > 0 || isCalm)) {
      expect(result).toBe('accepted');
    }
    if (!wasKnown) lastStranger = world.passed;
    expect(['accepted', 'ERR_KEY_SOURCE', 'ERR_KEY_NOT_FOUND']).toContain(result);
  }

  let strangers = 0;
  let reloads = 0;
  let outages = 0;
  for (const action of steps) {
    // Only when the set reads the clock, too.
    if (['verify', 'flood', 'reload'].includes(action.do)) world.readClock();
    if (action.do === 'serve') {
      const { healthy } = world;
      world.mode = action.mode;
      outages++;
      if (!healthy) world.steadySince = world.passed;
    } else if (action.do === 'publish') {
      world.kids = action.kids;
      world.maxAge = action.maxAge;
      world.version++;
      world.steadySince = world.passed;
    } else if (action.do === 'pass') {
      world.clock.pass(action.seconds);
    } else if (action.do === 'verify') {
      for (let i = 0; i < action.times; i++) await check(action.kid);
    } else if (action.do === 'flood') {
      const kids = Array.from({ length: action.times }, () => `stranger-${strangers++ % 40}`);
      const results = await Promise.all(kids.map(resultOf));
      await settled();
      expect(results).not.toContain('accepted');
      lastStranger = world.passed;
    } else {
      reloads++;
      const { known } = world;
      await jwks.reload().catch(() => {});
      if (!world.healthy) expect(world.known).toBe(known);
      else expect(world.known?.kids).toEqual(world.kids);
    }
    // Fetches for unknown kids; renewals; and for each outage a few retries, then two a minute at most.
    const renewals = 1 + world.passed / (MIN * 0.8);
    const unknownKids = 5 + world.passed / 15;
    const retries = outages * 7 + world.passed / 30;
    expect(world.fetches).toBeLessThanOrEqual(reloads + renewals + unknownKids + retries);
  }
}

test('verifies current keys, rejects removed ones, and bounds the fetches', async () => {
  // So that a failed run can be repeated.
  const random = vi.spyOn(Math, 'random').mockReturnValue(0.5);
  const steps = fc.array(step, { minLength: 5, maxLength: 50, size: 'max' });
  await fc.assert(fc.asyncProperty(steps, run), { numRuns: 100 });
  random.mockRestore();
});
