/**
 * Requests of a protected route per second of CPU time, with jotkit and with the usual middleware.
 *
 *   npm run build && npm install --no-save --prefix bench && node bench/http.js
 *
 * Each server is a separate process, which this one calls over loopback with autocannon. Both servers of a pair
 * run at the same time and are called in turns, so that a slow moment of the machine affects both. Time is the CPU
 * time of the server's process, of all threads. The ratio is the median of the rounds. ROUNDS=9, SECONDS=4 and
 * ONLY=express change the run; without ONLY it writes docs/benchmarks/http.json and the table of the guide.
 */

import { spawn } from 'node:child_process';
import { createSecretKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { writePages } from './pages.js';

const key = 'a secret of the benchmark that is long enough for every HMAC there is ...';
const claims = { issuer: 'https://id.example', audience: 'api' };

/** jsonwebtoken takes several times as long with a string: its users get the faster form. */
const secret = createSecretKey(Buffer.from(key));

/** The same route, the same response, the same rules. */
const servers = {
  async 'express jotkit'() {
    const { default: express } = await import('express');
    const { jwt } = await import('../dist/express.mjs');
    const app = express();
    app.use(jwt({ key, algorithms: ['HS256'], ...claims }));
    app.get('/me', (request, response) => response.json({ sub: request.auth.payload.sub }));
    return createServer(app);
  },
  async 'express express-jwt'() {
    const { default: express } = await import('express');
    const { expressjwt } = await import('express-jwt');
    const app = express();
    app.use(expressjwt({ secret, algorithms: ['HS256'], ...claims }));
    app.get('/me', (request, response) => response.json({ sub: request.auth.sub }));
    return createServer(app);
  },
  async 'fastify jotkit'() {
    const { default: Fastify } = await import('fastify');
    const { default: jwt } = await import('../dist/fastify.mjs');
    const fastify = Fastify();
    await fastify.register(jwt, { key, algorithms: ['HS256'], ...claims });
    fastify.get('/me', async (request) => ({ sub: request.auth.payload.sub }));
    await fastify.ready();
    return fastify.server;
  },
  async 'fastify @fastify/jwt'() {
    const { default: Fastify } = await import('fastify');
    const { default: jwt } = await import('@fastify/jwt');
    const fastify = Fastify();
    const verify = {
      algorithms: ['HS256'],
      allowedIss: claims.issuer,
      allowedAud: claims.audience,
    };
    await fastify.register(jwt, { secret: key, verify });
    fastify.addHook('onRequest', (request) => request.jwtVerify());
    fastify.get('/me', async (request) => ({ sub: request.user.sub }));
    await fastify.ready();
    return fastify.server;
  },
  async 'koa jotkit'() {
    const { default: Koa } = await import('koa');
    const { jwt } = await import('../dist/koa.mjs');
    const app = new Koa();
    app.use(jwt({ key, algorithms: ['HS256'], ...claims }));
    app.use((ctx) => {
      ctx.body = { sub: ctx.state.user.sub };
    });
    return createServer(app.callback());
  },
  async 'koa koa-jwt'() {
    const { default: Koa } = await import('koa');
    const { default: jwt } = await import('koa-jwt');
    const app = new Koa();
    app.use(jwt({ secret, algorithms: ['HS256'], ...claims }));
    app.use((ctx) => {
      ctx.body = { sub: ctx.state.user.sub };
    });
    return createServer(app.callback());
  },
  async 'hono jotkit'() {
    const { jwt } = await import('../dist/hono.mjs');
    return honoServer(jwt({ key, algorithms: ['HS256'], ...claims }));
  },
  async 'hono hono/jwt'() {
    const { jwt } = await import('hono/jwt');
    const verification = { iss: claims.issuer, aud: claims.audience };
    return honoServer(jwt({ secret: key, alg: 'HS256', verification }));
  },
};

async function honoServer(middleware) {
  const { Hono } = await import('hono');
  const { getRequestListener } = await import('@hono/node-server');
  const app = new Hono();
  app.use(middleware);
  app.get('/me', (c) => c.json({ sub: c.get('jwtPayload').sub }));
  return createServer(getRequestListener(app.fetch));
}

const [, , role, name] = process.argv;
if (role === 'serve') await serve(name);
else await compare();

async function serve(name) {
  const server = await servers[name]();
  process.on('message', () => process.send(process.cpuUsage()));
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
}

async function compare() {
  const { default: autocannon } = await import('autocannon');
  const { createSigner } = await import('../dist/index.mjs');
  const token = createSigner(key, { algorithm: 'HS256', ...claims, expiresIn: '1h' })({
    sub: 'ada',
    scope: 'orders:read orders:write',
  });
  const headers = { authorization: `Bearer ${token}` };
  const rounds = Number(process.env.ROUNDS ?? 5);
  const duration = Number(process.env.SECONDS ?? 3);

  const load = async (server, seconds) => {
    const { url } = server;
    const before = await workTime(server);
    const { requests, non2xx, errors } = await autocannon({
      url,
      headers,
      connections: 32,
      duration: seconds,
    });
    if (non2xx > 0 || errors > 0) throw new Error(`${url}: ${non2xx} rejected, ${errors} failed`);
    return requests.total / ((await workTime(server)) - before);
  };

  const rows = [];
  for (const framework of ['express', 'fastify', 'koa', 'hono']) {
    if (process.env.ONLY && process.env.ONLY !== framework) continue;
    const [ours, theirs] = Object.keys(servers).filter((name) => name.startsWith(framework));
    const pair = [await start(ours), await start(theirs)];
    try {
      for (const server of pair) await expectRejection(server.url);
      for (const server of pair) await load(server, 1);
      const rates = [[], []];
      for (let round = 0; round < rounds; round++) {
        for (const i of round % 2 ? [1, 0] : [0, 1]) rates[i].push(await load(pair[i], duration));
      }
      const ratios = rates[0].map((rate, i) => rate / rates[1][i]);
      const peer = theirs.slice(framework.length + 1);
      const [mine, peers, ratio] = [...rates, ratios].map(median);
      rows.push({ framework, peer, jotkit: Math.round(mine), rival: Math.round(peers), ratio });
      const line = `${framework.padEnd(8)} jotkit ${mine.toFixed(0).padStart(6)}/s  ${peer.padEnd(13)}`;
      console.log(`${line} ${peers.toFixed(0).padStart(6)}/s  × ${ratio.toFixed(2)}`);
    } finally {
      for (const { child } of pair) child.kill();
    }
  }

  if (process.env.ONLY) return;
  const require = createRequire(import.meta.url);
  const versions = Object.fromEntries(
    ['express', 'express-jwt', 'fastify', '@fastify/jwt', 'koa', 'koa-jwt', 'hono'].map((name) => {
      return [name, versionOf(require, name)];
    }),
  );
  const folder = join(import.meta.dirname, '../docs/benchmarks');
  mkdirSync(folder, { recursive: true });
  const machine = `${cpus()[0]?.model}, ${cpus().length} cores, Node.js ${process.version}`;
  const result = { machine, versions, rounds, seconds: duration, rows };
  writeFileSync(join(folder, 'http.json'), `${JSON.stringify(result, null, 2)}\n`);
  writePages();
}

async function start(name) {
  const child = spawn(process.execPath, [import.meta.filename, 'serve', name], {
    env: { ...process.env, NODE_ENV: 'production' },
    // Express prints every rejection, of which there is one here.
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
  });
  const [port] = await once(createInterface(child.stdout), 'line');
  return { child, url: `http://127.0.0.1:${port}/me` };
}

/** Seconds of CPU time of the server's process. */
async function workTime({ child }) {
  child.send('time');
  const [{ user, system }] = await once(child, 'message');
  return (user + system) / 1e6;
}

/** A server that accepts every request would be fast. */
async function expectRejection(url) {
  const { status } = await fetch(url, { headers: { authorization: 'Bearer a.b.c' } });
  if (status !== 401) throw new Error(`${url} responds with ${status} to an invalid token`);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Not every package lets its package.json be required. */
function versionOf(require, name) {
  const paths = require.resolve.paths(name) ?? [];
  for (const path of paths) {
    try {
      return require(join(path, name, 'package.json')).version;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}
