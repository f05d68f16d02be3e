import { tokenCookies } from 'jotkit/http';
import { createSessionHandlers, createSessions, type SessionStore } from 'jotkit/sessions';
import { createMemoryStore } from 'jotkit/sessions/memory';

// Next.js loads this file twice, for the proxy and for pages. A database needs no `globalThis`.
const shared = globalThis as { store?: SessionStore };
shared.store ??= createMemoryStore();

export const sessions = createSessions({
  store: shared.store,
  access: { key: process.env.JWT_SECRET ?? '', expiresIn: '5m' },
  refresh: { key: process.env.JWT_REFRESH_SECRET ?? '', grace: '10m' },
  issuer: 'https://id.example',
  audience: 'shop',
  on: console.log,
});

export const cookies = tokenCookies({
  secure: 'auto',
  refresh: { name: '__Host-rt', path: '/', sameSite: 'Lax' },
});

export const handlers = createSessionHandlers({
  sessions,
  cookies,
  path: '/api/auth',
  async login(request) {
    const form = await request.formData();
    // Check the password here.
    return form.get('password') === 'correct horse' ? { uid: 'ada', redirect: '/account' } : null;
  },
});
