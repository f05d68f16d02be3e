// The authentication server: it alone knows passwords, sessions and the refresh key.
// Started by demo.js, or by hand: ACCESS_KEY=… REFRESH_KEY=… PORT=4000 node examples/auth-server.js
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { bearer, createAuthenticator, tokenCookies } from 'jotkit/http';
import { toListener } from 'jotkit/node';
import { createSessionHandlers, createSessions } from 'jotkit/sessions';
import { createMemoryStore } from 'jotkit/sessions/memory';
import { createSqliteStore } from 'jotkit/sessions/sqlite';

const { ACCESS_KEY, REFRESH_KEY, PORT = '0', DATABASE = ':memory:' } = process.env;
const { ACCESS_TIME = '10m', GRACE = '30s' } = process.env;
const accessKey = Buffer.from(ACCESS_KEY ?? '', 'base64url');

const sessions = createSessions({
  store: await openStore(),
  access: { key: accessKey, expiresIn: ACCESS_TIME },
  refresh: { key: Buffer.from(REFRESH_KEY ?? '', 'base64url'), idle: '7d', grace: GRACE },
  issuer: 'https://id.example',
  audience: 'shop',
  policy: 'per-device',
  on: (event) => event.type === 'reuse' && process.send?.({ alarm: event }),
});

// Over TLS the cookies are __Host-at and __Secure-rt; on localhost without it, at and rt.
const cookies = tokenCookies({ secure: 'auto' });
const forBrowsers = createSessionHandlers({ sessions, cookies });
const forApps = createSessionHandlers({ sessions, cookies: false });

// For the list of devices: a token of this server, whose session has not ended.
const authenticate = createAuthenticator({
  key: accessKey,
  issuer: 'https://id.example',
  audience: 'shop',
  from: [bearer(), cookies.access],
  isRevoked: sessions.isRevoked,
});

const users = new Map([['ada', await hash('correct horse')]]);
const nobody = await hash(randomBytes(16).toString('hex'));

const page = readFileSync(new URL('./page/index.html', import.meta.url), 'utf8');

const routes = {
  'GET /': () => new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8' } }),
  'POST /auth/login': login,
  'POST /auth/refresh': (request) => handlersFor(request).refresh(request),
  'POST /auth/logout': (request) => handlersFor(request).logout(request),
  'GET /auth/devices': devices,
  'GET /auth/token': shownToken,
};

/** A browser says where it comes from; an app does not, and sends tokens in bodies. */
function handlersFor(request) {
  const isBrowser = request.headers.has('origin') || request.headers.has('cookie');
  return isBrowser ? forBrowsers : forApps;
}

async function login(request) {
  const { user, password, device } = Object(await request.json().catch(() => undefined));
  if (!(await isPassword(user, password))) {
    return Response.json({ error: 'wrong user or password' }, { status: 401 });
  }
  return handlersFor(request).login(request, user, { device: String(device) });
}

async function devices(request) {
  const outcome = await authenticate(request);
  if (outcome.status !== 'authenticated') return outcome.error.getResponse();
  return Response.json(await sessions.list(outcome.auth.payload.sub));
}

/** What is in the cookie, for the page, whose scripts cannot see it; without the signature. */
async function shownToken(request) {
  const outcome = await authenticate(request);
  if (outcome.status !== 'authenticated') return outcome.error.getResponse();
  const [header] = outcome.auth.token.split('.');
  const read = JSON.parse(Buffer.from(header, 'base64url').toString());
  return Response.json({ header: read, payload: outcome.auth.payload });
}

async function hash(password, salt = randomBytes(16)) {
  return { salt, key: await promisify(scrypt)(password, salt, 32) };
}

/** Takes as long for a user that does not exist. */
async function isPassword(user, password) {
  const { salt, key } = users.get(user) ?? nobody;
  const given = await hash(String(password), salt);
  return timingSafeEqual(given.key, key) && users.has(user);
}

/** SQLite where this Node.js has it, else memory: no server is needed. */
async function openStore() {
  const sqlite = await import('node:sqlite').catch(() => undefined);
  if (!sqlite) return createMemoryStore();
  const database = new sqlite.DatabaseSync(DATABASE);
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL');
  const store = createSqliteStore(database);
  await store.createTable();
  return store;
}

const listener = toListener(async (request) => {
  const serve = routes[`${request.method} ${new URL(request.url).pathname}`];
  return serve ? serve(request) : new Response(null, { status: 404 });
});

const server = createServer(listener).listen(Number(PORT), '127.0.0.1', () => {
  const { port } = server.address();
  if (process.send) process.send({ port });
  else console.log(`http://127.0.0.1:${port}`);
});
