/**
 * Refreshes, replays and logins per second on every store, and the memory of a long run in which sessions end
 * and are purged.
 *
 *   node test/databases/run.js bench/sessions.js [--seconds 1] [--rounds 3] [--before folder] [store …]
 *
 * Starts the databases on loopback with their usual settings (test/databases/servers.ts), prints a table and
 * writes docs/benchmarks/sessions.json. With `--before`, the stores of another checkout run in turn with these
 * at 16 clients, and the table has the ratios of each round; nothing is written.
 */

import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { measureRate } from '../test/databases/rate.js';
import {
  startMariadb,
  startPostgres,
  startRedis,
  startRedisCluster,
} from '../test/databases/servers.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
    before: { type: 'string' },
  },
});
const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
const crowds = [1, 4, 16, 64];
const RATIO_CROWD = 16;
/** The table and the charts need no more: isolation levels and shims are for the laws. */
const names = [
  'memory',
  'better-sqlite3',
  'node:sqlite',
  'pg, read committed',
  'pg, prepared',
  'mysql2, read committed',
  'mariadb, read committed',
  'ioredis',
  'redis',
  'redis, cluster',
].filter((name) => positionals.length === 0 || positionals.includes(name));
const keys = { access: { key: randomBytes(32) }, refresh: { key: randomBytes(32) } };
const claims = { issuer: 'https://id.example', audience: 'api' };

/** The stores and sessions of a checkout. */
async function editionOf(folder) {
  const load = (path) => import(join(folder, path));
  const { createSessions } = await load('src/sessions/sessions.ts');
  const { createMemoryStore } = await load('src/sessions/stores/memory.ts');
  const { openers } = await load('test/databases/stores.ts');
  const memory = async () => ({ store: createMemoryStore(), close: async () => {} });
  return { createSessions, openers: { memory, ...openers } };
}

const folder = mkdtempSync(join(tmpdir(), 'jotkit-bench-'));
const stopping = [];
try {
  const here = await editionOf(join(import.meta.dirname, '..'));
  if (values.before) await compare(await editionOf(resolve(values.before)), here);
  else {
    const addresses = await startServers('now');
    const results = {};
    for (const name of names) {
      const { store, close } = await here.openers[name](addresses);
      results[name] = await measure(here.createSessions, store);
      await close();
    }
    report(results, await soak(here));
  }
} finally {
  await Promise.all(stopping.map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
}

/** Starts one of each, for the stores of one checkout: tables of two editions cannot share a database. */
async function startServers(edition) {
  const starts = [startPostgres(), startMariadb(), startRedis(), startRedisCluster()];
  const servers = await Promise.all(starts);
  stopping.push(...servers);
  const [postgres, mariadb, redis] = servers.map(({ ports }) => ports[0]);
  const place = join(folder, edition);
  mkdirSync(place);
  return { postgres, mariadb, redis, cluster: [...servers[3].ports], folder: place };
}

async function measure(createSessions, store) {
  const sessions = createSessions({ store, ...keys, ...claims });
  const figures = {};
  for (const crowd of crowds) {
    const clients = await logIn(sessions, crowd);
    await refreshing(sessions, clients, 0.3);
    const all = [];
    for (let round = 0; round < rounds; round++) {
      all.push(await refreshing(sessions, clients, seconds));
    }
    // The best: other programs on the machine can only take away.
    figures[crowd] = all.sort((a, b) => b.perSecond - a.perSecond)[0];
  }
  return figures;
}

function logIn(sessions, count) {
  return Promise.all(Array.from({ length: count }, () => sessions.issue(randomUUID())));
}

/** Every client refreshes without a pause. */
function refreshing(sessions, clients, duration) {
  return measureRate(clients.length, duration, async (client) => {
    clients[client] = await sessions.refresh(clients[client].refresh);
  });
}

/** Refreshes of both editions in turn, so that what slows the machine slows both. */
async function compare(before, after) {
  const addresses = [await startServers('before'), await startServers('after')];
  console.log(
    `\nRefreshes per second of ${RATIO_CROWD} clients: this checkout by the one before\n`,
  );
  for (const name of names.filter((name) => before.openers[name])) {
    const editions = await Promise.all(
      [before, after].map(async ({ createSessions, openers }, index) => {
        const { store, close } = await openers[name](addresses[index]);
        const sessions = createSessions({ store, ...keys, ...claims });
        const clients = await logIn(sessions, RATIO_CROWD);
        await refreshing(sessions, clients, 0.5);
        return { close, run: async () => (await refreshing(sessions, clients, seconds)).perSecond };
      }),
    );
    const turns = [];
    for (let round = 0; round < rounds; round++) {
      const [old, now] = [await editions[0].run(), await editions[1].run()];
      turns.push({ old, now, ratio: now / old });
    }
    turns.sort((a, b) => a.ratio - b.ratio);
    const { old, now, ratio } = turns[Math.floor(rounds / 2)];
    const all = turns.map((turn) => turn.ratio.toFixed(2)).join(' ');
    console.log(`${name}: ${ratio.toFixed(2)} (${old} → ${now}; ${all})`);
    await Promise.all(editions.map(({ close }) => close()));
  }
}

/** Logins, refreshes and purges in turn: what is dead must not stay in memory. */
async function soak({ createSessions, openers }) {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc');
  let now = Date.now();
  const refresh = { ...keys.refresh, absolute: '1h' };
  const { store } = await openers.memory();
  const options = { store, ...keys, ...claims, refresh, clock: () => now };
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
