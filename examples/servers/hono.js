// Handlers from Request to Response, with guests (npm run build && node examples/servers/hono.js).
import { randomBytes } from 'node:crypto';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { createSigner } from 'jotkit';
import { jwt } from 'jotkit/hono';
import { requireScopes } from 'jotkit/http';

const key = randomBytes(32);
const sign = createSigner(key, { expiresIn: '10m' });

const app = new Hono();
app.post('/login/:user', (c) =>
  c.json({ token: sign({ sub: c.req.param('user'), scope: 'write' }) }),
);
app.use('/posts/*', jwt({ key, credentialsRequired: false }));

const posts = ['Hello, everybody.'];
app.get('/posts', (c) => c.json({ reader: c.get('jwtPayload')?.sub ?? 'a guest', posts }));
app.post('/posts', requireScopes('write'), async (c) => {
  posts.push(await c.req.text());
  return c.json({ posts }, 201);
});

const port = Number(process.env.PORT ?? 3000);
serve({ fetch: app.fetch, port, hostname: 'localhost' }, ({ port }) => {
  console.log(`http://localhost:${port}`);
});
