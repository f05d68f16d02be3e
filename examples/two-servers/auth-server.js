// The auth server checks passwords and stores sessions. It alone has the private key and the refresh secret.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { bearer, createAuthenticator, tokenCookies } from 'jotkit/http';
import { toListener } from 'jotkit/node';
import { createSessionHandlers, createSessions } from 'jotkit/sessions';
import { createMemoryStore } from 'jotkit/sessions/memory';

const { JWT_PRIVATE_KEY = '', JWT_PUBLIC_KEY = '', JWT_REFRESH_SECRET = '' } = process.env;
const { PORT = '4000', ACCESS_LIFETIME = '10m', GRACE = '30s' } = process.env;

const sessions = createSessions({
  // In production: a database, see examples/sessions-postgres.
  store: createMemoryStore(),
  access: { key: JWT_PRIVATE_KEY, expiresIn: ACCESS_LIFETIME },
  refresh: { key: JWT_REFRESH_SECRET, idle: '7d', grace: GRACE },
  issuer: 'https://id.example',
  audience: 'shop',
  policy: 'per-device',
  on: (event) => event.type === 'reuse' && raiseAlarm(event),
});

/** The demo reads the alarm. In production, tell the user and your security team. */
function raiseAlarm({ uid }) {
  if (process.send) process.send({ alarm: uid });
  else console.log(`alarm: a refresh token of ${uid} was stolen`);
}

// Over TLS the cookies are __Host-at and __Secure-rt. On http://localhost they are at and rt.
const cookies = tokenCookies({ secure: 'auto' });
const forBrowsers = createSessionHandlers({ sessions, cookies });
const forApps = createSessionHandlers({ sessions, cookies: false });

// For the list of devices: accepts access tokens whose session has not ended.
const authenticate = createAuthenticator({
  key: JWT_PUBLIC_KEY,
  algorithms: ['EdDSA'],
  issuer: 'https://id.example',
  audience: 'shop',
  from: [bearer(), cookies.access],
  isRevoked: sessions.isRevoked,
});

const routes = {
  'POST /auth/login': logIn,
  'POST /auth/refresh': (request) => handlersFor(request).refresh(request),
  'POST /auth/logout': (request) => handlersFor(request).logout(request),
  'GET /auth/devices': listDevices,
};

/** A browser sends Origin or a cookie. An app sends neither, and receives tokens in bodies. */
function handlersFor(request) {
  const isBrowser = request.headers.has('origin') || request.headers.has('cookie');
  return isBrowser ? forBrowsers : forApps;
}

async function logIn(request) {
  const body = Object(await request.json().catch(() => null));
  const user = String(body.user);
  if (!(await isPassword(user, String(body.password)))) {
    return Response.json({ error: 'wrong user or password' }, { status: 401 });
  }
  return handlersFor(request).login(request, user, { device: String(body.device ?? 'unknown') });
}

async function listDevices(request) {
  const outcome = await authenticate(request);
  if (outcome.status !== 'authenticated') return outcome.error.getResponse();
  return Response.json(await sessions.list(outcome.auth.payload.sub));
}

async function hash(password, salt = randomBytes(16)) {
  return { salt, key: await promisify(scrypt)(password, salt, 32) };
}

const users = new Map([['ada', await hash('correct horse')]]);
const dummy = await hash(randomBytes(16).toString('hex'));

/** A user that does not exist takes as long as a wrong password. */
async function isPassword(user, password) {
  const { salt, key } = users.get(user) ?? dummy;
  const given = await hash(password, salt);
  return timingSafeEqual(given.key, key) && users.has(user);
}

const listener = toListener(async (request) => {
  const serve = routes[`${request.method} ${new URL(request.url).pathname}`];
  return serve ? serve(request) : new Response(null, { status: 404 });
});

const server = createServer(listener).listen(PORT, 'localhost', () => {
  const url = `http://localhost:${server.address().port}`;
  if (process.send) process.send({ url });
  else console.log(url);
});
