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

describe('a set is fresh', () => {
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
  ])('for as long as %j says', (headers, life) => {
    expect(freshnessLifetime(new Headers(headers), BOUNDS)).toBe(life);
  });

  test.each([
    [{ 'cache-control': 'max-age=1' }],
    [{ 'cache-control': 'max-age=soon' }],
    [{ 'cache-control': 'max-age' }],
    [{ 'cache-control': 'max-age=-5' }],
    [{ 'cache-control': 'no-cache' }],
    [{ 'cache-control': 'No-Store, max-age=600' }],
    [{ 'cache-control': 'max-age=600', age: '10000' }],
  ])('for the lower bound at least: %j', (headers) => {
    expect(freshnessLifetime(new Headers(headers), BOUNDS)).toBe(60);
  });

  test.each([
    [{ 'cache-control': 'max-age=86400' }],
    [{ 'cache-control': `max-age=${'9'.repeat(400)}` }],
  ])('for the upper bound at most: %j', (headers) => {
    expect(freshnessLifetime(new Headers(headers), BOUNDS)).toBe(3600);
  });

  test('for a time within its bounds, whatever the server says', () => {
    const directive = fc.oneof(
      fc.string(),
      fc.constantFrom('no-cache', 'no-store', 'public', 'max-age', '=', ',', '"'),
      fc.integer().map((seconds) => `max-age=${seconds}`),
    );
    const given = fc.record({
      said: fc.option(fc.array(directive).map((all) => all.join(', '))),
      age: fc.option(fc.oneof(fc.string(), fc.nat().map(String))),
      min: fc.nat(1000),
      more: fc.nat(1000),
    });
    fc.assert(
      fc.property(given, ({ said, age, min, more }) => {
        const headers = { get: (name: string) => (name === 'age' ? age : said) };
        const life = freshnessLifetime(headers, { min, max: min + more });
        expect(life).toBeGreaterThanOrEqual(min);
        expect(life).toBeLessThanOrEqual(min + more);
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
  ] as const)('with the bounds of freshFor: %j', async (bounds, life) => {
    const { server, clock, by, refusal } = await scene(json(setOf('a')), { freshFor: bounds });
    await by('a');
    server.answer = json(setOf('b'));
    if (life > 0) {
      clock.pass(life * 0.79);
      expect(await by('a')).toBe('a');
      clock.pass(life * 0.21);
    }
    expect(await refusal(tokenBy('a'))).toBe('ERR_KEY_NOT_FOUND');
    expect(server.count).toBe(2);
  });

  test('not at all, where the caller wants every verification to ask', async () => {
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

describe('a set that is fresh', () => {
  test('is renewed before it lapses, and no verification waits for that', async () => {
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
    // Until the new answer is there: then its key is known without a fetch of its own.
    server.answer = status(500);
    expect(await by('b')).toBe('b');
    expect(server.count).toBe(2);
    jwks.close();
  });

  test('lets a removed key go with the next fetch', async () => {
    const { server, clock, by, refusal, jwks } = await scene(json(setOf('a', 'gone')));
    expect(await by('gone')).toBe('gone');
    server.answer = json(setOf('a'));
    expect(await by('gone')).toBe('gone');
    await jwks.reload();
    expect(await refusal(tokenBy('gone'))).toBe('ERR_KEY_NOT_FOUND');
    expect(await by('a')).toBe('a');
    clock.pass(HOUR);
    expect(await refusal(tokenBy('gone'))).toBe('ERR_KEY_NOT_FOUND');
  });

  test('lets a removed key go after freshFor.max at the latest, however quiet it was', async () => {
    const { server, clock, by, refusal } = await scene(
      json(setOf('a', 'gone'), { 'cache-control': 'max-age=86400' }),
    );
    await by('gone');
    server.answer = json(setOf('a'));
    clock.pass(HOUR);
    expect(await refusal(tokenBy('gone'))).toBe('ERR_KEY_NOT_FOUND');
  });

  test('takes a removed key from cached tokens, too', async () => {
    const { server, clock, jwks } = await scene(json(setOf('a', 'gone')));
    const verify = createVerifier(jwks, { cache: true, clock: clock.read });
    const first = await verify(tokenBy('gone'));
    expect(await verify(tokenBy('gone'))).toBe(first);
    server.answer = json(setOf('a'));
    await jwks.reload();
    await expect(verify(tokenBy('gone'))).rejects.toThrow('no key was found');
  });

  test('keeps cached tokens when the same document comes again', async () => {
    const { jwks } = await scene(json(setOf('a')));
    const verify = createVerifier(jwks, { cache: true });
    const first = await verify(tokenBy('a'));
    await jwks.reload();
    expect(await verify(tokenBy('a'))).toBe(first);
  });
});

describe('an ETag', () => {
  test('is sent back, and 304 keeps the set for another life', async () => {
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

  test('lets a 304 that says nothing of freshness keep what was said before (RFC 9111 §4.3.4)', async () => {
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

  test('of an answer that is replaced goes with it', async () => {
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

  test('that a 304 brings is the next one to be sent', async () => {
    const { server, jwks } = await scene(tagged(setOf('a'), '"v1"'));
    await jwks.reload();
    server.answer = status(304, { etag: '"v2"' });
    await jwks.reload();
    await jwks.reload();
    expect(server.requests[2]?.headers['if-none-match']).toBe('"v2"');
  });

  test('was not sent: then 304 is no answer', async () => {
    const { server, refusal } = await scene(status(304));
    expect(await refusal(tokenBy('a'))).toBe('ERR_KEY_SOURCE');
    expect(server.count).toBe(1);
  });
});

describe('a clock that is set back', () => {
  test('stops no renewal', async () => {
    const { server, clock, by, refusal } = await scene(
      json(setOf('a', 'gone'), { 'cache-control': 'max-age=600' }),
    );
    await by('gone');
    clock.pass(-10 * HOUR);
    server.answer = json(setOf('a'));
    expect(await by('gone')).toBe('gone');
    clock.pass(10 * MINUTE);
    expect(await refusal(tokenBy('gone'))).toBe('ERR_KEY_NOT_FOUND');
    expect(server.count).toBeLessThanOrEqual(3);
  });

  test('does not prolong a pause after a failure', async () => {
    const { server, clock, by, refusal } = await scene(status(500));
    await refusal(tokenBy('a'));
    clock.pass(-10 * HOUR);
    server.answer = json(setOf('a'));
    expect(await refusal(tokenBy('a'))).toBe('ERR_KEY_SOURCE');
    clock.pass(1);
    expect(await by('a')).toBe('a');
  });

  test('does not close the way to a rotated key', async () => {
    const { server, clock, by, refusal } = await scene(json(setOf('a')));
    await by('a');
    for (let i = 0; i < 10; i++) await refusal(strangeToken(`x${i}`));
    clock.pass(-10 * HOUR);
    await refusal(strangeToken('y'));
    server.answer = json(setOf('a', 'b'));
    clock.pass(15);
    expect(await by('b')).toBe('b');
  });

  test('that answers with no number is told, instead of being fresh for ever', async () => {
    const { refusal } = await scene(json(setOf('a')), { clock: () => Number.NaN });
    expect(await refusal(tokenBy('a'))).toBe('ERR_KEY_SOURCE');
  });
});
