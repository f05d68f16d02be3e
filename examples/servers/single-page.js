// A page whose tokens no script can read, and the sessions behind it (npm run build && node examples/servers/single-page.js).
// Open the address that it prints. Access tokens live ten seconds here, so that you see them refreshed.
import { randomBytes } from 'node:crypto';
import express from 'express';
import { jwt } from 'jotkit/express';
import { getAuth, tokenCookies } from 'jotkit/http';
import { toListener } from 'jotkit/node';
import { createSessionHandlers, createSessions } from 'jotkit/sessions';
import { createMemoryStore } from 'jotkit/sessions/memory';

// A real service loads its keys, and keeps its sessions in a database: sqlite, postgres or redis.
const sessions = createSessions({
  store: createMemoryStore(),
  access: { key: randomBytes(32), expiresIn: '10s' },
  refresh: { key: randomBytes(32), grace: process.env.GRACE ?? '30s' },
  issuer: 'https://id.example',
  audience: 'notes',
});
const cookies = tokenCookies({ secure: 'auto' });
const auth = createSessionHandlers({ sessions, cookies });

const app = express();
app.get('/', (_request, response) => void response.type('html').send(page));

async function login(request) {
  const { user } = Object(await request.json().catch(() => null));
  // Whoever comes is let in; examples/auth-server.js asks for a password.
  return auth.login(request, String(user || 'ada'));
}

// Under /auth, the only path that gets the refresh cookie. Forged requests are refused by the handlers.
app.post('/auth/login', toListener(login));
app.post('/auth/refresh', toListener(auth.refresh));
app.post('/auth/logout', toListener(auth.logout));

app.use('/api', jwt({ verifier: sessions.verifyAccess, from: cookies.access }));
const notes = [];
app.get('/api/notes', (_request, response) => void response.json(notes));
app.post('/api/notes', express.json(), (request, response) => {
  notes.push({ text: String(request.body?.text), by: getAuth(request).payload.sub });
  response.status(201).json(notes.at(-1));
});

const page = `<!doctype html><title>notes</title>
<button id="in">log in</button> <button id="out">log out</button>
<form><input name="text" placeholder="a note"> <button>add</button></form><pre></pre>
<script type="module">
  const send = (path, body) => fetch(path, {
    method: body ? 'POST' : 'GET',
    headers: { 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  // One place: a token that expired is refreshed, and the request is sent again.
  async function api(path, body) {
    const response = await send(path, body);
    if (response.status !== 401) return response;
    const refreshed = await send('/auth/refresh', {});
    return refreshed.ok ? send(path, body) : response;
  }
  const show = async () => (document.querySelector('pre').textContent = await (await api('/api/notes')).text());
  document.querySelector('#in').onclick = () => send('/auth/login', { user: 'ada' }).then(show);
  document.querySelector('#out').onclick = () => send('/auth/logout', {}).then(show);
  document.querySelector('form').onsubmit = async (event) => {
    event.preventDefault();
    await api('/api/notes', { text: event.target.text.value });
    show();
  };
</script>`;

const server = app.listen(process.env.PORT ?? 3000, 'localhost', () => {
  console.log(`http://localhost:${server.address().port}`);
});
