// The sessions, their cookies and their handlers.
import { tokenCookies } from 'jotkit/http';
import { createSessionHandlers, createSessions } from 'jotkit/sessions';
import { createMemoryStore } from 'jotkit/sessions/memory';

const { JWT_SECRET = '', JWT_REFRESH_SECRET = '' } = process.env;

// Next.js loads this file twice, for the proxy and for pages. A database needs no `globalThis`.
globalThis.store ??= createMemoryStore();

export const issued = { issuer: 'https://id.example', audience: 'shop' };

export const sessions = createSessions({
  store: globalThis.store,
  access: { key: JWT_SECRET, expiresIn: '5m' },
  refresh: { key: JWT_REFRESH_SECRET, grace: '10m' },
  ...issued,
});

// The names are __Host-at and __Host-rt over TLS, at and rt on http://localhost.
export const cookies = tokenCookies({
  secure: 'auto',
  refresh: { name: '__Host-rt', path: '/', sameSite: 'Lax' },
});

export const handlers = createSessionHandlers({
  sessions,
  cookies,
  path: '/api/auth',
  // Check the password here.
  login: () => ({ uid: 'ada', redirect: '/account' }),
});
