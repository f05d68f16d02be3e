import { createServer } from 'node:http';
import express from 'express';
import express4 from 'express4';
import { jwt } from '../../src/adapters/express.ts';
import { getAuth, getAuthError, requireScopes } from '../../src/http/index.ts';
import { adapterContract, cookies, freshPair, type Harness } from './contract.ts';
import { listening } from './listening.ts';

const majors = { 'Express 4': express4 as unknown as typeof express, 'Express 5': express };

const harness = (create: typeof express): Harness => ({
  body: 'ours',
  start(...options) {
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
    for (const each of options) app.use(jwt(each));
    app.options('/me', (_request, response) => void response.status(204).end());
    app.use(express.json());
    app.all('/me', (request, response) => {
      const auth = getAuth(request, { optional: true });
      const { user } = request as { user?: unknown };
      const reason = getAuthError(request)?.reason;
      response.json({ sub: auth?.payload.sub, source: auth?.source, user, reason });
    });
    app.get('/scoped', requireScopes('admin'), (_request, response) => void response.json({}));
    return listening(createServer(app));
  },
});

for (const [name, create] of Object.entries(majors)) adapterContract(name, harness(create));
