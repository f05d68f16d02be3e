/** A program that rejects five requests under each framework, and prints the responses to stdout. */

import { createServer, type RequestListener, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { WebSocket, WebSocketServer } from 'ws';
import { jwt as expressJwt } from '../../src/adapters/express.ts';
import fastifyJwt from '../../src/adapters/fastify.ts';
import { jwt as honoJwt } from '../../src/adapters/hono.ts';
import { jwt as koaJwt } from '../../src/adapters/koa.ts';
import { handleUpgrade } from '../../src/adapters/ws.ts';
import { createSigner } from '../../src/index.ts';
import { clock, mint, secret } from '../http/requests.ts';
import { listening } from './listening.ts';

const audience = 'api';
const options = { key: secret, clock, audience };
const other = 'another secret of the rejections, of 32 bytes or more';

const tokens: Record<string, string | undefined> = {
  'no header': undefined,
  'another secret': mint({}, { audience }, other),
  'no aud': mint(),
  expired: mint({ exp: clock() / 1000 - 300 }, { audience }),
  'refresh token': createSigner(secret, { clock, audience, header: { typ: 'rt+jwt' } })({}),
};

const servers: Record<string, () => Server | Promise<Server>> = {
  'Express 5': () => createServer(express().use(expressJwt(options)) as RequestListener),
  'Fastify 5': async () => {
    const fastify = Fastify();
    await fastify.register(fastifyJwt, options);
    fastify.get('/', async () => 'hello');
    await fastify.ready();
    return fastify.server;
  },
  'Koa 3': () => createServer(new Koa().use(koaJwt(options)).callback()),
  'Hono 4': () => createServer(getRequestListener(new Hono().use(honoJwt(options)).fetch)),
  'ws 8': () => {
    const wss = new WebSocketServer({ noServer: true });
    return createServer().on('upgrade', handleUpgrade(wss, options));
  },
};

async function call(origin: string, headers: Record<string, string>): Promise<unknown[]> {
  const response = await fetch(origin, { headers });
  const fields = [...response.headers].filter(([name]) => name !== 'date');
  return [response.status, fields, await response.text()];
}

function dial(origin: string, headers: Record<string, string>): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(origin.replace('http', 'ws'), { headers });
    socket.on('error', reject);
    socket.on('unexpected-response', async (_, response) => {
      const chunks = await response.toArray();
      resolve([response.statusCode, response.rawHeaders, Buffer.concat(chunks).toString()]);
    });
  });
}

for (const [framework, start] of Object.entries(servers)) {
  const { origin, close } = await listening(await start());
  for (const [name, token] of Object.entries(tokens)) {
    const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
    const response = await (framework.startsWith('ws') ? dial : call)(origin, headers);
    console.log(JSON.stringify([framework, name, ...response]));
  }
  close();
}
