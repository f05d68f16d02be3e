/** Checks that the cost of bodies and refresh tokens grows no faster than their size. */

import { describe, expect, test } from 'vitest';
import { createSessionHandlers } from '../../src/sessions/handlers.ts';
import { setup } from './setup.ts';

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
/** The largest body is just below the limit of 256 KiB. */
const SIZES = [62_500, 125_000, 250_000] as const;
/** Four times the input costs 4 times if linear, 16 times if quadratic. */
const MAX_RATIO = 9;
/** Below it, the clock and garbage collection decide the ratio. */
const MIN_MS = 4;

const { sessions } = setup();
const { refresh } = createSessionHandlers({ sessions, cookies: false });

const fill = (unit: string, size: number) => unit.repeat(Math.floor(size / unit.length));

const bodies: Record<string, { type: string; body: (size: number) => string }> = {
  'a form with one long value': { type: FORM, body: (size) => `refresh_token=${fill('a', size)}` },
  'a form of many names': { type: FORM, body: (size) => fill('a=&', size) },
  'a form of separators': { type: FORM, body: (size) => fill('&', size) },
  'a form of percent signs': { type: FORM, body: (size) => `refresh_token=${fill('%', size)}` },
  'a form of escapes': { type: FORM, body: (size) => `refresh_token=${fill('%61', size)}` },
  'a repeated parameter': { type: FORM, body: (size) => fill('refresh_token=a&', size) },
  'JSON with one long value': {
    type: JSON_TYPE,
    body: (size) => JSON.stringify({ refresh_token: fill('a', size) }),
  },
  'JSON of escapes': {
    type: JSON_TYPE,
    body: (size) => `{"refresh_token":"${fill('\\u0061', size)}"}`,
  },
  'JSON of nested arrays': { type: JSON_TYPE, body: (size) => fill('[', size) },
  'JSON of many members': {
    type: JSON_TYPE,
    body: (size) => `{${Array.from({ length: size / 10 }, (_, i) => `"${i}":1`).join()}}`,
  },
  'JSON with a repeated member': {
    type: JSON_TYPE,
    body: (size) => `{${fill('"refresh_token":"a",', size)}"a":1}`,
  },
  'a long content type': { type: `${FORM};${fill(' ;', 30_000)}`, body: (size) => fill('a', size) },
};

const tokens: Record<string, (size: number) => string> = {
  'a token of dots': (size) => fill('.', size),
  'a token with a long header': (size) => `${fill('a', size)}.e30.AA`,
  'a token with a nested header': (size) =>
    `${Buffer.from(fill('[', size * 0.75)).toString('base64url')}.e30.AA`,
  'a token with a long payload': (size) => `eyJhbGciOiJIUzI1NiJ9.${fill('a', size)}.AA`,
  'a token with a long signature': (size) => `eyJhbGciOiJIUzI1NiJ9.e30.${fill('a', size)}`,
};

async function cpuMs(work: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5; run++) {
    const start = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(start);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

/** Measures n, 2n and 4n, each as the least of five runs. */
async function expectLinear(sizes: readonly number[], work: (size: number) => Promise<unknown>) {
  const costs: number[] = [];
  for (const size of sizes) costs.push(await cpuMs(() => work(size)));
  const [one = 0, two = 0, four = 0] = costs;
  expect(two).toBeLessThan(MAX_RATIO * Math.max(one, MIN_MS));
  expect(four).toBeLessThan(MAX_RATIO * Math.max(one, MIN_MS));
  expect(four).toBeLessThan(300);
}

describe('the cost of a request body grows no faster than its size:', () => {
  test.each(Object.entries(bodies))('%s', async (_, { type, body }) => {
    await expectLinear(SIZES, async (size) => {
      const headers = { 'content-type': type };
      const request = { method: 'POST', headers, body: body(size) };
      const response = await refresh(new Request('https://id.example/token', request));
      expect(response.status).toBeGreaterThanOrEqual(400);
    });
  });
});

describe('the cost of a refresh token grows no faster than its length:', () => {
  test.each(Object.entries(tokens))('%s', async (_, token) => {
    await expectLinear(
      SIZES.map((size) => size / 4),
      async (size) => {
        await expect(sessions.refresh(token(size))).rejects.toThrow();
        expect(await sessions.introspect(token(size))).toEqual({ active: false });
      },
    );
  });
});
