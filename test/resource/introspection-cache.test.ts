import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Fault } from '../../src/core/token/fault.ts';
import { IntrospectionCache } from '../../src/resource/introspection-cache.ts';
import { createIntrospector } from '../../src/resource/introspector.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { Clock } from '../jwk/key-server.ts';

const issuer = 'https://id.example';

/** Responds with the claims of a table, without a network. */
function scene(describe: (token: string) => object | undefined, staleFor: number) {
  const clock = new Clock();
  const fetch = async (_url: string, init: { body?: string }) => {
    const token = new URLSearchParams(init.body).get('token') ?? '';
    const claims = describe(token);
    return claims ? Response.json({ active: true, ...claims }) : new Response('', { status: 500 });
  };
  const introspect = createIntrospector({
    issuer,
    endpoint: `${issuer}/introspect`,
    auth: { bearer: 'x' },
    audience: false,
    cacheFor: '5m',
    staleFor,
    clock: clock.read,
    fetch,
  });
  return { clock, introspect };
}

it('never accepts a token past "exp", nor with the claims of another', async () => {
  const step = fc.record({
    token: fc.integer({ min: 0, max: 3 }),
    pass: fc.integer({ min: -20, max: 200 }),
    isUp: fc.boolean(),
    lifetime: fc.integer({ min: -10, max: 300 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.nat(1000), async (steps, staleFor) => {
      let current = steps[0];
      const { clock, introspect } = scene((token) => {
        if (!current?.isUp) return undefined;
        return { sub: token, exp: Math.floor(clock.now / 1000) + current.lifetime };
      }, staleFor);
      for (current of steps) {
        clock.pass(current.pass);
        const token = `token-${current.token}`;
        const claims = await introspect(token).catch(() => undefined);
        if (!claims) continue;
        expect(claims.sub).toBe(token);
        expect(clock.now / 1000).toBeLessThan(Number(claims.exp));
      }
    }),
  );
});

it('contains no token', () => {
  const cache = new IntrospectionCache();
  const name = cache.nameOf('secret-token');
  cache.accept(name, { claims: {}, at: 0, exp: 1, failures: 0, retryAt: 0 });
  expect(name).not.toContain('secret');
  expect(inspect(cache, { depth: 9, showHidden: true })).not.toContain('secret-token');
});

it('names a token by a random key, so that no other process can compute the name', () => {
  const [one, two] = [new IntrospectionCache(), new IntrospectionCache()];
  expect(one.nameOf('token')).toBe(one.nameOf('token'));
  expect(one.nameOf('token')).not.toBe(two.nameOf('token'));
  expect(one.nameOf('token')).not.toBe(one.nameOf('token2'));
});

it('has at most 10,000 active tokens, and evicts none for a flood of rejected ones', () => {
  const cache = new IntrospectionCache();
  const entry = { claims: {}, at: 0, exp: 1, failures: 0, retryAt: 0 };
  const fault = new Fault('ERR_TOKEN_INACTIVE', 'inactive');
  for (let i = 0; i < 20_000; i++) cache.accept(`active-${i}`, entry);
  const names = Array.from({ length: 20_000 }, (_, i) => `active-${i}`);
  const kept = () => names.filter((name) => cache.active(name)).length;
  cache.accept('known', entry);
  for (let i = 0; i < 5000; i++) cache.reject(`random-${i}`, { fault, at: 0 });
  expect(cache.active('known')).toBe(entry);
  expect(cache.rejected('random-0', 1)).toBeUndefined();
  expect(cache.rejected('random-4999', 1)).toBe(fault);
  expect(kept()).toBeLessThanOrEqual(10_000);
});

it('is not used by two introspectors', async () => {
  const one = scene(() => ({ sub: 'one' }), 0);
  const two = scene(() => undefined, 0);
  await one.introspect('token');
  expect((await rejectionOf(two.introspect('token'))).code).toBe('ERR_INTROSPECTION');
});
