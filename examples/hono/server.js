// A Hono server that guests can read and users can write to.
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { createSigner } from 'jotkit';
import { jwt } from 'jotkit/hono';
import { requireScopes } from 'jotkit/http';

const { JWT_SECRET = '' } = process.env;
const sign = createSigner(JWT_SECRET, { audience: 'api', expiresIn: '10m' });

const app = new Hono();

app.post('/login/:user', (c) => {
  // Check the password here.
  return c.text(sign({ sub: c.req.param('user'), scope: 'posts:write' }));
});

// Without a token the request continues as a guest. An invalid token is rejected.
app.use(
  '/posts/*',
  jwt({ key: JWT_SECRET, algorithms: ['HS256'], audience: 'api', credentialsRequired: false }),
);

const posts = ['Hello'];

app.get('/posts', (c) => c.json({ reader: c.get('jwtPayload')?.sub ?? 'guest', posts }));

app.post('/posts', requireScopes('posts:write'), async (c) => {
  posts.push(await c.req.text());
  return c.json({ posts }, 201);
});

serve({ fetch: app.fetch, port: 3000 }, () => console.log('http://localhost:3000'));
