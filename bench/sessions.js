/**
 * Refreshes per second on every store, from 1 to 64 clients at once, each with a session of its own; and
 * the memory of a long run in which sessions end and are purged.
 *
 *   node test/databases/run.js bench/sessions.js
 *
 * Starts PostgreSQL and Redis on loopback with their usual settings (test/databases/servers.ts), prints a
 * table and writes docs/benchmarks/sessions.json. SECONDS=5 measures longer.
 */

import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createSessions } from '../src/sessions/sessions.ts';
import { createMemoryStore } from '../src/sessions/stores/memory.ts';
import { startPostgres, startRedis, startRedisCluster } from '../test/databases/servers.ts';
import { openers } from '../test/databases/stores.ts';

const seconds = Number(process.env.SECONDS ?? 1);
const rounds = 3;
const crowds = [1, 4, 16, 64];
const names = [
  'better-sqlite3',
  'node:sqlite',
  'pg, read committed',
  'pg, prepared',
  'ioredis',
  'redis',
  'redis, cluster',
];
const keys = { access: { key: randomBytes(32) }, refresh: { key: randomBytes(32) } };
const claims = { issuer: 'https://id.example', audience: 'api' };

const folder = mkdtempSync(join(tmpdir(), 'jotkit-bench-'));
const servers = await Promise.all([startPostgres(), startRedis(), startRedisCluster()]);
try {
  const [postgres, redis, cluster] = servers.map(({ ports }) => ports);
  const places = { postgres: postgres[0], redis: redis[0], cluster, folder };
  const results = { memory: await measure(createMemoryStore()) };
  for (const name of names) {
    const { store, close } = await openers[name](places);
    results[name] = await measure(store);
    await close();
  }
  report(results, await soak());
} finally {
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
}

async function measure(store) {
  const sessions = createSessions({ store, ...keys, ...claims });
  const figures = {};
  for (const crowd of crowds) {
    const logins = Array.from({ length: crowd }, () => sessions.issue(randomUUID()));
    const pairs = await Promise.all(logins);
    await refreshing(sessions, pairs, 0.3);
    const all = [];
    for (let round = 0; round < rounds; round++) {
      all.push(await refreshing(sessions, pairs, seconds));
    }
    // The best: other programs on the machine can only take away.
    figures[crowd] = all.sort((a, b) => b.perSecond - a.perSecond)[0];
  }
  return figures;
}

/** Every client refreshes without a pause. */
async function refreshing(sessions, pairs, duration) {
  const times = [];
  const start = performance.now();
  const end = start + duration * 1000;
  const work = pairs.map(async (_, client) => {
    for (let now = performance.now(); now < end; ) {
      pairs[client] = await sessions.refresh(pairs[client].refresh);
      const then = performance.now();
      times.push(then - now);
      now = then;
    }
  });
  await Promise.all(work);
  const perSecond = Math.round(times.length / ((performance.now() - start) / 1000));
  times.sort((a, b) => a - b);
  const at = (share) => Number((times[Math.floor(times.length * share)] ?? 0).toFixed(2));
  return { perSecond, medianMs: at(0.5), p99Ms: at(0.99) };
}

/** Logins, refreshes and purges in turn: what is dead must not stay in memory. */
async function soak() {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc');
  let now = Date.now();
  const refresh = { ...keys.refresh, absolute: '1h' };
  const options = { store: createMemoryStore(), ...keys, ...claims, refresh, clock: () => now };
  const sessions = createSessions(options);
  const heap = [];
  for (let hour = 0; hour < 20; hour++) {
    for (let login = 0; login < 1000; login++) {
      const { refresh } = await sessions.issue(randomUUID());
      await sessions.refresh(refresh);
    }
    now += 3_600_000;
    while ((await sessions.purge({ limit: 500 })) > 0);
    gc();
    heap.push(Number((process.memoryUsage().heapUsed / 2 ** 20).toFixed(1)));
  }
  const [first, last] = [heap[0], heap.at(-1)];
  return { sessions: 20_000, heapMiB: { first, last, highest: Math.max(...heap) } };
}

function report(results, memory) {
  console.log(
    `\nRefreshes per second (median ms, 99th percentile ms), best of ${rounds} times ${seconds} s\n`,
  );
  console.log(['store', ...crowds.map((crowd) => `${crowd} clients`)].join(' | '));
  for (const [name, figures] of Object.entries(results)) {
    const cells = crowds.map((crowd) => {
      const { perSecond, medianMs, p99Ms } = figures[crowd];
      return `${perSecond} (${medianMs}, ${p99Ms})`;
    });
    console.log([name, ...cells].join(' | '));
  }
  const { first, last, highest } = memory.heapMiB;
  console.log(
    `\nHeap in MiB, of 20,000 sessions that came and went: after the first thousand ${first},`,
  );
  console.log(`after the last ${last}, at most ${highest}`);
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length };
  const path = join(import.meta.dirname, '../docs/benchmarks');
  mkdirSync(path, { recursive: true });
  const text = JSON.stringify({ machine, seconds, rounds, results, memory }, null, 2);
  writeFileSync(join(path, 'sessions.json'), `${text}\n`);
}
