/**
 * Refreshes, logins beyond the maximum and purges on tables of a thousand to a million sessions, and the bytes
 * of a session in each database.
 *
 *   npm run soak -- [--sizes 1000,30000,1000000] [--seconds 2] [store …]
 *
 * Starts the databases on loopback (servers.ts), prints a table and writes
 * docs/benchmarks/sessions-at-scale.json. Takes some ten minutes, and needs 4 GB of disk.
 */

import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Sqlite from 'better-sqlite3';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { createSessions } from '../../src/sessions/sessions.ts';
import { listOf, members } from '../../src/sessions/stores/sql.ts';
import { measureRate } from './rate.js';
import { startMariadb, startPostgres, startRedis } from './servers.ts';
import { mysqlPool, openers } from './stores.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sizes: { type: 'string', default: '1000,30000,1000000' },
    seconds: { type: 'string', default: '2' },
  },
});
const sizes = values.sizes.split(',').map(Number);
const seconds = Number(values.seconds);
const CLIENTS = 16;
/** Logins measured beyond it trim. */
const MAX_PER_USER = 5;
const DAY_MS = 86_400_000;
const keys = { access: { key: randomBytes(32) }, refresh: { key: randomBytes(32) } };

const list = listOf(members);

/** The values of row `n` in SQL: users of three sessions, one row in fifty past its absolute end. */
const valuesIn = (text, n, now) => ({
  uid: text(`'user ' || ${n} / 3`),
  sid: text(`'session of 22 bytes ' || ${n}`),
  slot: text(`'session of 22 bytes ' || ${n}`),
  upstream: 'NULL',
  generation: '9',
  current: text(`'digest of forty-three characters ' || ${n}`),
  previous: text(`'digest of forty-three characters, too ' || ${n}`),
  sealed: `'${'s'.repeat(66)}'`,
  burstStart: '8',
  createdAt: `${now - DAY_MS}`,
  refreshedAt: `${now - 60_000} - ${n} % 1000`,
  idle: `${7 * DAY_MS}`,
  idleEndsAt: `CASE WHEN ${n} % 50 = 0 THEN ${now - 1000} ELSE ${now + 6 * DAY_MS} END`,
  endsAt: `CASE WHEN ${n} % 50 = 0 THEN ${now - 1000} ELSE ${now + 29 * DAY_MS} END`,
  endedAt: 'NULL',
  meta: `'{"agent":"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15)","ip":"192.0.2.1"}'`,
});
const selection = (text, n, now) => {
  const row = valuesIn(text, n, now);
  return members.map((member) => row[member]).join();
};

/** Opens a database: its store, how to add rows from one number to another, and its size in bytes. */
const databases = {
  'better-sqlite3': async (folder) => {
    const { store, close } = await openers['better-sqlite3']({ folder });
    const file = join(folder, 'better.db');
    const database = new Sqlite(file);
    return {
      store,
      async fill(from, to, now) {
        database.exec(
          `INSERT INTO jotkit_sessions (${list}) WITH RECURSIVE numbers(n) AS (
             SELECT ${from} UNION ALL SELECT n + 1 FROM numbers WHERE n < ${to - 1})
           SELECT ${selection((sql) => sql, 'n', now)} FROM numbers`,
        );
      },
      async bytes() {
        database.pragma('wal_checkpoint(TRUNCATE)');
        return statSync(file).size;
      },
      async close() {
        database.close();
        await close();
      },
    };
  },
  PostgreSQL: async () => {
    const server = await startPostgres();
    const [port] = server.ports;
    const { store, close } = await openers['pg, prepared']({ postgres: port });
    const pool = new Pool({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
    return {
      store,
      async fill(from, to, now) {
        await pool.query(
          `INSERT INTO jotkit_sessions (${list})
           SELECT ${selection((sql) => sql, 'n', now)} FROM generate_series(${from}, ${to - 1}) AS n`,
        );
        await pool.query('VACUUM ANALYZE jotkit_sessions');
      },
      async bytes() {
        const { rows } = await pool.query(
          `SELECT pg_total_relation_size('jotkit_sessions') AS bytes`,
        );
        return Number(rows[0].bytes);
      },
      /** Updates that found space in their page touch no index, and need no vacuum. */
      async hotShare() {
        const { rows } = await pool.query(
          `SELECT n_tup_hot_upd::float / NULLIF(n_tup_upd, 0) AS share FROM pg_stat_user_tables
           WHERE relname = 'jotkit_sessions'`,
        );
        return Number(Number(rows[0].share).toFixed(3));
      },
      async close() {
        await pool.end();
        await close();
        await server.stop();
      },
    };
  },
  MariaDB: async () => {
    const server = await startMariadb();
    const [port] = server.ports;
    const { store, close } = await openers['mysql2, read committed']({ mariadb: port });
    const connection = await mysqlPool({ mariadb: port }, 'read committed');
    const concat = (sql) =>
      `CONCAT(${sql.replaceAll(' || ', ', ').replace(/(\d+|n) \/ 3/, 'n DIV 3')})`;
    return {
      store,
      async fill(from, to, now) {
        await connection.query(
          `INSERT INTO jotkit_sessions (${list})
           SELECT ${selection(concat, 'n', now)} FROM (SELECT seq AS n FROM seq_${from}_to_${to - 1}) AS numbers`,
        );
        await connection.query('ANALYZE TABLE jotkit_sessions');
      },
      async bytes() {
        const [[{ bytes }]] = await connection.query(
          `SELECT SUM(data_length + index_length) AS bytes FROM information_schema.tables
           WHERE table_name = 'jotkit_sessions'`,
        );
        return Number(bytes);
      },
      async close() {
        await connection.end();
        await close();
        await server.stop();
      },
    };
  },
  Redis: async () => {
    const server = await startRedis();
    const [port] = server.ports;
    const { store, close } = await openers.ioredis({ redis: port });
    const client = new Redis(port);
    const usedBytes = async () =>
      Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
    const empty = await usedBytes();
    return {
      store,
      async fill(from, to, now) {
        const database = new Sqlite(':memory:');
        const select = database.prepare(
          `WITH RECURSIVE numbers(n) AS (SELECT ? UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
           SELECT ${members.map((member) => `${valuesIn((sql) => sql, 'n', now)[member]} AS ${member}`).join()} FROM numbers`,
        );
        for (let first = from; first < to; first += 10_000) {
          const pipeline = client.pipeline();
          for (const { uid, sid, ...row } of select.all(first, Math.min(to, first + 10_000) - 1)) {
            pipeline.hset(`jotkit:sessions:${uid}`, sid, JSON.stringify(row));
          }
          await pipeline.exec();
        }
        database.close();
      },
      bytes: async () => (await usedBytes()) - empty,
      async close() {
        client.disconnect();
        await close();
        await server.stop();
      },
    };
  },
};

const measure = (work) => measureRate(CLIENTS, seconds, work);

async function measureAt(store) {
  const options = { issuer: 'https://id.example', audience: 'api', maxPerUser: MAX_PER_USER };
  const sessions = createSessions({ store, ...keys, ...options, autoPurge: false });
  const tokens = await Promise.all(
    Array.from({ length: CLIENTS }, async () => (await sessions.issue(randomUUID())).refresh),
  );
  const refresh = await measure(async (client) => {
    tokens[client] = (await sessions.refresh(tokens[client])).refresh;
  });
  const users = Array.from({ length: CLIENTS }, () => randomUUID());
  for (const uid of users) for (let n = 0; n < MAX_PER_USER; n++) await sessions.issue(uid);
  const trim = await measure((client) => sessions.issue(users[client]));
  // Redis expires its keys.
  const start = performance.now();
  const purged = await sessions.purge({ limit: 200 });
  const purge = { rows: purged, ms: Number((performance.now() - start).toFixed(1)) };
  return { refresh, trim, purge };
}

const results = {};
for (const [name, open] of Object.entries(databases)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const folder = mkdtempSync(join(tmpdir(), 'jotkit-million-'));
  const { store, fill, bytes, hotShare, close } = await open(folder);
  results[name] = {};
  let filled = 1;
  for (const size of sizes) {
    await fill(filled, size + 1, Date.now());
    filled = size + 1;
    const bytesPerSession = Math.round((await bytes()) / size);
    const figures = { ...(await measureAt(store)), bytesPerSession };
    if (hotShare) figures.hotShare = await hotShare();
    results[name][size] = figures;
    const { refresh, trim, purge } = figures;
    const cells = [refresh, trim].map(({ perSecond, p99Ms }) => `${perSecond}/s (${p99Ms} ms)`);
    console.log(
      [name, size, ...cells, `${purge.rows} in ${purge.ms} ms`, bytesPerSession].join(' | '),
    );
  }
  await close();
  rmSync(folder, { recursive: true, force: true });
}

if (positionals.length === 0) {
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length };
  const text = JSON.stringify({ machine, clients: CLIENTS, seconds, results }, null, 2);
  writeFileSync(
    join(import.meta.dirname, '../../docs/benchmarks/sessions-at-scale.json'),
    `${text}\n`,
  );
}
