// A page with cookies that no script can read (npm run build && node examples/servers/single-page.js).
// Open the address that it prints. Access tokens live ten seconds here, so that you see them refreshed.
import { randomBytes, randomUUID } from 'node:crypto';
import express from 'express';
import { createSigner, createVerifier } from 'jotkit';
import { jwt } from 'jotkit/express';
import { checkCsrf, getAuth, tokenCookies } from 'jotkit/http';

const [accessKey, refreshKey] = [randomBytes(32), randomBytes(32)];
const typ = 'rt+jwt';
const signAccess = createSigner(accessKey, { expiresIn: '10s', header: { typ: 'at+jwt' } });
const signRefresh = createSigner(refreshKey, {
  expiresIn: '7d',
  header: { typ },
  jwtid: randomUUID,
});
const verifyRefresh = createVerifier(refreshKey, { typ, requiredClaims: ['sub', 'jti'] });

const cookies = tokenCookies({ secure: 'auto' });
/** The refresh tokens that were not used yet. A real service has sessions: examples/auth-server.js. */
const unused = new Map();

function logIn(request, response, sub) {
  const refresh = signRefresh({ sub });
  unused.set(verifyRefresh(refresh).jti, sub);
  cookies.set(response, { access: signAccess({ sub }), refresh }, request);
  response.json({ user: sub });
}

/** Uses a refresh token up; answers with its user. */
function take(request) {
  try {
    const { sub, jti } = verifyRefresh(cookies.read(request).refresh ?? '');
    return unused.delete(jti) ? sub : undefined;
  } catch {
    // Whatever is wrong with it, the answer is the same.
  }
}

const app = express();
app.get('/', (_request, response) => void response.type('html').send(page));

app.post('/login', express.json(), (request, response) => {
  checkCsrf(request);
  logIn(request, response, String(request.body?.user || 'ada'));
});

app.post('/auth/refresh', (request, response) => {
  checkCsrf(request);
  const sub = take(request);
  if (sub) return logIn(request, response, sub);
  cookies.clear(response, request);
  response.sendStatus(401);
});

app.post('/auth/logout', (request, response) => {
  checkCsrf(request);
  take(request);
  cookies.clear(response, request);
  response.sendStatus(204);
});

app.use('/api', jwt({ key: accessKey, from: cookies.access }));
const notes = [];
app.get('/api/notes', (_request, response) => void response.json(notes));
app.post('/api/notes', express.json(), (request, response) => {
  notes.push({ text: String(request.body?.text), by: getAuth(request).payload.sub });
  response.status(201).json(notes.at(-1));
});

app.use((error, _request, response, next) => {
  if (!error.headers || response.headersSent) return next(error);
  response.status(error.status).set(error.headers).json(error);
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
  document.querySelector('#in').onclick = () => send('/login', { user: 'ada' }).then(show);
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
