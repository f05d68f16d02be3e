import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { createVerifier } from '../../src/index.ts';
import { freshnessLifetime } from '../../src/jwk/remote/freshness.ts';
import {
  HOUR,
  json,
  MINUTE,
  scene,
  setOf,
  status,
  strangeToken,
  tagged,
  tokenBy,
} from './key-server.ts';

const until = (check: () => void | Promise<void>) => vi.waitFor(check, { interval: 1 });

const BOUNDS = { min: 60, max: 3600 };

describe('the freshness lifetime', () => {
  test.each([
    [{ 'cache-control': 'max-age=600' }, 600],
    [{ 'cache-control': 'public, Max-Age=1200, must-revalidate, no-transform' }, 1200],
    [{ 'cache-control': 'max-age="120"' }, 120],
    [{ 'cache-control': 's-maxage=60, max-age=1200' }, 1200],
    [{ 'cache-control': 'max-age=1200, max-age=120' }, 120],
    [{ 'cache-control': 'no-cache="set-cookie", max-age=120' }, 120],
    [{ 'cache-control': 'max-age=1200', age: '600' }, 600],
    [{ 'cache-control': 'max-age=1200', age: 'old' }, 1200],
    [{}, 600],
    [{ 'cache-control': 'public' }, 600],
    [{ age: '100' }, 600],
  ])('is that of the headers %j', (headers, lifetime) => {
    expect(freshnessLifetime(new Headers(headers), BOUNDS)).toBe(lifetime);
  });

  test.each([
    [{ 'cache-control': 'max-age=1' }],
    [{ 'cache-control': 'max-age=soon' }],
    [{ 'cache-control': 'max-age' }],
    [{ 'cache-control': 'max-age=-5' }],
    [{ 'cache-control': 'no-cache' }],
    [{ 'cache-control': 'No-Store, max-age=600' }],
    [{ 'cache-control': 'max-age=600', age: '10000' }],
  ])('is at least the lower limit: %j', (headers) => {
    expect(freshnessLifetime(new Headers(headers), BOUNDS)).toBe(60);
  });

  test('is at least the lower limit for numbers of 310 digits', () => {
    const digits = '9'.repeat(310);
    // Infinity minus Infinity is NaN, which would be a fetch per token.
    for (const directive of [`max-age=${digits}`, 'max-age=600']) {
      const headers = new Headers({ 'cache-control': directive, age: digits });
      expect(freshnessLifetime(headers, BOUNDS)).toBe(60);
    }
  });

  test.each([
    [{ 'cache-control': 'max-age=86400' }],
    [{ 'cache-control': `max-age=${'9'.repeat(400)}` }],
    [{ 'cache-control': `max-age=${'9'.repeat(400)}`, age: '10' }],
  ])('is at most the upper limit', (headers) => {
    expect(freshnessLifetime(new Headers(headers), BOUNDS)).toBe(3600);
  });

  test('is within the limits for all headers', () => {
    const directive = fc.oneof(
      fc.string(),
      fc.constantFrom('no-cache', 'no-store', 'public', 'max-age', '=', ',', '"'),
      fc.integer().map((seconds) => `max-age=${seconds}`),
    );
    const records = fc.record({
      cacheControl: fc.option(fc.array(directive).map((all) => all.join(', '))),
      age: fc.option(fc.oneof(fc.string(), fc.nat().map(String))),
      min: fc.nat(1000),
      more: fc.nat(1000),
    });
    fc.assert(
      fc.property(records, ({ cacheControl, age, min, more }) => {
        const headers = { get: (name: string) => (name === 'age' ? age : cacheControl) };
        const lifetime = freshnessLifetime(headers, { min, max: min + more });
        expect(lifetime).toBeGreaterThanOrEqual(min);
        expect(lifetime).toBeLessThanOrEqual(min + more);
      }),
    );
  });

  test.each([
    [{}, 600],
    [{ min: '20m' }, 1200],
    [{ max: '2m' }, 120],
    [{ max: 30 }, 30],
    [{ min: '2h' }, 7200],
    [{ min: 0, max: 0 }, 0],
  ] as const)('has the limits of "freshFor": %j', async (bounds, lifetime) => {
    const { server, clock, by, rejection } = await scene(json(setOf('a')), { freshFor: bounds });
    await by('a');
    server.answer = json(setOf('b'));
    if (lifetime > 0) {
      clock.pass(lifetime * 0.79);
      expect(await by('a')).toBe('a');
      clock.pass(lifetime * 0.21);
    }
    expect(await rejection(tokenBy('a'))).toBe('ERR_KEY_NOT_FOUND');
    expect(server.count).toBe(2);
  });

  test('is 0 if "freshFor.max" is 0: every token fetches', async () => {
    const { server, by } = await scene(json(setOf('a')), {
      freshFor: { max: 0 },
      maxStale: 0,
      clock: Date.now,
    });
    for (let i = 0; i < 5; i++) expect(await by('a')).toBe('a');
    expect(server.count).toBe(5);
    expect(await Promise.all([by('a'), by('a'), by('a')])).toEqual(['a', 'a', 'a']);
    expect(server.count).toBe(6);
  });
});

describe('a fresh set', () => {
  test('is renewed before it expires, without delaying a token', async () => {
    const { server, clock, by, jwks } = await scene(
      json(setOf('a'), { 'cache-control': 'max-age=600' }),
    );
    await by('a');
    clock.pass(479);
    await by('a');
    expect(server.count).toBe(1);

    let release = () => {};
    server.answer = (request, response) => {
      release = () => json(setOf('a', 'b'))(request, response);
    };
    clock.pass(1);
    for (let i = 0; i < 100; i++) expect(await by('a')).toBe('a');
    await until(() => expect(server.count).toBe(2));
    release();
    // Once the new response is there, its key verifies without another fetch.
    server.answer = status(500);
    expect(await by('b')).toBe('b');
    expect(server.count).toBe(2);
    jwks.close();
  });

  test('rejects a removed key after the next fetch', async () => {
    const { server, clock, by, rejection, jwks } = await scene(json(setOf('a', 'gone')));
    expect(await by('gone')).toBe('gone');
    server.answer = json(setOf('a'));
    expect(await by('gone')).toBe('gone');
    await jwks.reload();
    expect(await rejection(tokenBy('gone'))).toBe('ERR_KEY_NOT_FOUND');
    expect(await by('a')).toBe('a');
    clock.pass(HOUR);
    expect(await rejection(tokenBy('gone'))).toBe('ERR_KEY_NOT_FOUND');
  });

  test('rejects cached tokens of a removed key', async () => {
    const { server, clock, jwks } = await scene(json(setOf('a', 'gone')));
    const verify = createVerifier(jwks, { cache: true, clock: clock.read });
    const first = await verify(tokenBy('gone'));
    expect(await verify(tokenBy('gone'))).toBe(first);
    server.answer = json(setOf('a'));
    await jwks.reload();
    await expect(verify(tokenBy('gone'))).rejects.toThrow('no key was found');
  });

  test('keeps cached tokens if the document did not change', async () => {
    const { jwks } = await scene(json(setOf('a')));
    const verify = createVerifier(jwks, { cache: true });
    const first = await verify(tokenBy('a'));
    await jwks.reload();
    expect(await verify(tokenBy('a'))).toBe(first);
  });
});

describe('an ETag', () => {
  test('is sent back, and 304 renews the set', async () => {
    const { server, clock, by, jwks } = await scene(
      tagged(setOf('a'), '"v1"', { 'cache-control': 'max-age=600' }),
    );
    await by('a');
    expect(server.requests[0]?.headers['if-none-match']).toBeUndefined();
    await jwks.reload();
    expect(server.requests[1]?.headers['if-none-match']).toBe('"v1"');
    clock.pass(479);
    expect(await by('a')).toBe('a');
    expect(server.count).toBe(2);
    clock.pass(121);
    expect(await by('a')).toBe('a');
    expect(server.count).toBe(3);
  });

  test('keeps its lifetime after a 304 without cache headers (RFC 9111 §4.3.4)', async () => {
    const { server, clock, by, jwks } = await scene(
      json(setOf('a'), { etag: '"v1"', 'cache-control': 'max-age=120' }),
    );
    await by('a');
    server.answer = status(304);
    await jwks.reload();
    clock.pass(121);
    await by('a');
    expect(server.count).toBe(3);
  });

  test('is dropped with the response that had it', async () => {
    const { server, jwks, by } = await scene(tagged(setOf('a'), '"v1"'));
    await by('a');
    server.answer = json(setOf('b'));
    await jwks.reload();
    await jwks.reload();
    expect(server.requests.map(({ headers }) => headers['if-none-match'])).toEqual([
      undefined,
      '"v1"',
      undefined,
    ]);
    expect(await by('b')).toBe('b');
  });

  test('is replaced by that of a 304', async () => {
    const { server, jwks } = await scene(tagged(setOf('a'), '"v1"'));
    await jwks.reload();
    server.answer = status(304, { etag: '"v2"' });
    await jwks.reload();
    await jwks.reload();
    expect(server.requests[2]?.headers['if-none-match']).toBe('"v2"');
  });

  test('that was not sent makes 304 a failure, also with a cached set', async () => {
    const { server, jwks, by } = await scene(json(setOf('a')));
    await by('a');
    server.answer = status(304);
    await expect(jwks.reload()).rejects.toThrow('status 304');
    expect(await by('a')).toBe('a');
  });

  test('is required for a 304: without one, 304 is a failure', async () => {
    const { server, rejection } = await scene(status(304));
    expect(await rejection(tokenBy('a'))).toBe('ERR_KEY_SOURCE');
    expect(server.count).toBe(1);
  });
});

describe('a clock that is set back', () => {
  test('does not stop renewals', async () => {
    const { server, clock, by, rejection } = await scene(
      json(setOf('a', 'gone'), { 'cache-control': 'max-age=600' }),
    );
    await by('gone');
    clock.pass(-10 * HOUR);
    server.answer = json(setOf('a'));
    expect(await by('gone')).toBe('gone');
    clock.pass(10 * MINUTE);
    expect(await rejection(tokenBy('gone'))).toBe('ERR_KEY_NOT_FOUND');
    expect(server.count).toBeLessThanOrEqual(3);
  });

  test('does not extend the delay after a failure', async () => {
    const { server, clock, by, rejection } = await scene(status(500));
    await rejection(tokenBy('a'));
    clock.pass(-10 * HOUR);
    server.answer = json(setOf('a'));
    expect(await rejection(tokenBy('a'))).toBe('ERR_KEY_SOURCE');
    clock.pass(1);
    expect(await by('a')).toBe('a');
  });

  test('does not stop fetches for new keys', async () => {
    const { server, clock, by, rejection } = await scene(json(setOf('a')));
    await by('a');
    for (let i = 0; i < 10; i++) await rejection(strangeToken(`x${i}`));
    clock.pass(-10 * HOUR);
    await rejection(strangeToken('y'));
    server.answer = json(setOf('a', 'b'));
    clock.pass(15);
    expect(await by('b')).toBe('b');
  });

  test('that returns NaN is a failure, not a set that is fresh for ever', async () => {
    const { rejection } = await scene(json(setOf('a')), { clock: () => Number.NaN });
    expect(await rejection(tokenBy('a'))).toBe('ERR_KEY_SOURCE');
  });
});
