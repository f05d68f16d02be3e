// A server whose pages log in with cookies. No script of a page can read the tokens.
import { fileURLToPath } from 'node:url';
import express from 'express';
import { jwt } from 'jotkit/express';
import { getAuth, tokenCookies } from 'jotkit/http';
import { toListener } from 'jotkit/node';
import { createSessionHandlers, createSessions } from 'jotkit/sessions';
import { createMemoryStore } from 'jotkit/sessions/memory';
import { isPassword } from './users.js';

const { JWT_SECRET = '', JWT_REFRESH_SECRET = '', PORT = '3000' } = process.env;

const sessions = createSessions({
  // In production: a database, see examples/sessions-postgres.
  store: createMemoryStore(),
  // Short, so that you see a refresh. Usual: 10 minutes.
  access: { key: JWT_SECRET, expiresIn: '1m' },
  // Short, so that you see a stolen token rejected soon. Usual: 30 seconds.
  refresh: { key: JWT_REFRESH_SECRET, grace: '2s' },
  issuer: 'https://id.example',
  audience: 'notes',
});

// Over TLS the cookies are __Host-at and __Secure-rt. On http://localhost they are at and rt.
const cookies = tokenCookies({ secure: 'auto' });
const auth = createSessionHandlers({ sessions, cookies });

const app = express();
app.use(express.static(`${import.meta.dirname}/public`));
const client = fileURLToPath(import.meta.resolve('jotkit/client'));
app.get('/client.js', (_request, response) => response.sendFile(client));

async function logIn(request) {
  const { user, password } = Object(await request.json().catch(() => null));
  if (await isPassword(String(user), String(password))) return auth.login(request, user);
  return Response.json({ error: 'wrong user or password' }, { status: 401 });
}

// Browsers send the refresh cookie to /auth only. The handlers reject requests of other sites.
app.post('/auth/login', toListener(logIn));
app.post('/auth/refresh', toListener(auth.refresh));
app.post('/auth/logout', toListener(auth.logout));

// Routes below require the access cookie, and reject requests of other sites that change something.
app.use('/api', jwt({ verifier: sessions.verifyAccess, from: cookies.access }));

// What the page shows of the token: everything but the signature.
app.get('/api/token', (request, response) => {
  const { header, payload } = getAuth(request);
  response.json({ header, payload });
});

const notes = [];
app.get('/api/notes', (_request, response) => void response.json(notes));
app.post('/api/notes', express.json(), (request, response) => {
  notes.push({ text: String(request.body?.text), by: getAuth(request).payload.sub });
  response.status(201).json(notes.at(-1));
});

const server = app.listen(PORT, 'localhost', () => {
  console.log(`http://localhost:${server.address().port}`);
});
