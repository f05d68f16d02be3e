import type { AddressInfo } from 'node:net';
import express from 'express';
import express4 from 'express4';
import { describe, expect, test } from 'vitest';
import { jwt } from '../../src/adapters/express.ts';
import { getAuth, query, requireScopes } from '../../src/http/index.ts';
import { adapterContract, cookies, freshPair, type Harness, secret } from './contract.ts';

const majors = { 'Express 4': express4 as unknown as typeof express, 'Express 5': express };

const harness = (create: typeof express): Harness => ({
  body: 'ours',
  async start(options) {
    const app = create();
    app.post('/login', (_request, response) => {
      response.append('Set-Cookie', 'theme=dark; Path=/');
      cookies.set(response, freshPair());
      response.end();
    });
    app.post('/logout', (_request, response) => {
      cookies.clear(response);
      response.end();
    });
    app.use(jwt(options));
    app.options('/me', (_request, response) => void response.status(204).end());
    app.use(express.json());
    app.all('/me', (request, response) => {
      const auth = getAuth(request, { optional: true });
      const { user } = request as { user?: unknown };
      response.json({ sub: auth?.payload.sub, source: auth?.source, user });
    });
    app.get('/scoped', requireScopes('admin'), (_request, response) => void response.json({}));
    return listen(app);
  },
});

function listen(app: ReturnType<typeof express>) {
  return new Promise<{ origin: string; close(): unknown }>((resolve) => {
    const server = app.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      resolve({ origin: `http://127.0.0.1:${port}`, close: () => server.close() });
    });
  });
}

for (const [name, create] of Object.entries(majors)) adapterContract(name, harness(create));
