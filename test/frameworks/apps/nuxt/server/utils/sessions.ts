import { tokenCookies } from 'jotkit/http';
import { createSessionHandlers, createSessions } from 'jotkit/sessions';
import { createMemoryStore } from 'jotkit/sessions/memory';

export const sessions = createSessions({
  store: createMemoryStore(), // in production: a database
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
  path: '/auth',
  async login(request) {
    const form = await request.formData();
    // Check the password here.
    return form.get('password') === 'correct horse' ? { uid: 'ada', redirect: '/account' } : null;
  },
});
