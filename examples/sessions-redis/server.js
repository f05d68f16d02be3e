// An authentication server with its sessions in Redis: login, refresh, logout, and the devices of a user.
import express from 'express';
import { jwt } from 'jotkit/express';
import { getAuth } from 'jotkit/http';
import { toListener } from 'jotkit/node';
import { createSessionHandlers, createSessions } from 'jotkit/sessions';
import { createRedisStore } from 'jotkit/sessions/redis';
import { createClient } from 'redis';

const { JWT_SECRET = '', JWT_REFRESH_SECRET = '', GRACE = '30s', PORT = '3000' } = process.env;

const client = createClient({ url: process.env.REDIS_URL });
// Without a listener, a broken connection ends the process.
client.on('error', console.error);
await client.connect();
// Redis removes sessions that have ended.
const store = createRedisStore(client);

const sessions = createSessions({
  store,
  access: { key: JWT_SECRET, expiresIn: '10m' },
  refresh: { key: JWT_REFRESH_SECRET, idle: '7d', absolute: '30d', grace: GRACE },
  issuer: 'https://id.example',
  audience: 'api',
  policy: 'per-device',
  on: ({ type, uid }) => type === 'reuse' && console.log(`alarm: a token of ${uid} was stolen`),
});
// Tokens in bodies, for apps. For browsers see examples/browser-cookies.
const handlers = createSessionHandlers({ sessions, cookies: false });

const app = express();

const logIn = async (request) => {
  const { user, device } = await request.json();
  // Check the password here.
  return handlers.login(request, String(user), { device: String(device) });
};
app.post('/auth/login', toListener(logIn));
app.post('/auth/refresh', toListener(handlers.refresh));
app.post('/auth/logout', toListener(handlers.logout));

// Routes below require an access token. With isRevoked each request reads the session: a logout counts at once.
app.use(jwt({ verifier: sessions.verifyAccess, isRevoked: sessions.isRevoked }));

app.get('/devices', async (request, response) => {
  const devices = await sessions.list(getAuth(request).payload.sub);
  response.json(devices.map(({ device }) => device));
});

// Ends all sessions of the user except this one.
app.post('/log-out-others', async (request, response) => {
  const { sub, sid } = getAuth(request).payload;
  response.json({ ended: await sessions.revokeAll(sub, { except: sid }) });
});

app.listen(PORT, () => console.log(`http://localhost:${PORT}`));
