/** Runs login, refresh, theft and logout over HTTP: two servers, two tokens, on any store. */

import { expect } from 'vitest';
import { createAuthenticator, tokenCookies } from '../../src/http/index.ts';
import { createSessionHandlers } from '../../src/sessions/handlers.ts';
import type { SessionEvent, SessionStore } from '../../src/sessions/index.ts';
import { createSessions } from '../../src/sessions/sessions.ts';
import { accessKey, ISSUER, MINUTE_MS, optionsWith } from './setup.ts';

const SHOP = 'https://shop.example';

/** Returns the cookies of a response as the browser sends them back. */
export function cookiesOf(response: Response): string {
  const pairs = response.headers.getSetCookie().map((line) => line.split(';')[0]);
  return pairs.join('; ');
}

export async function runEndToEnd(store: SessionStore, uid: string): Promise<void> {
  const time = { now: Date.now() };
  const clock = () => time.now;
  const events: SessionEvent[] = [];
  const on = (event: SessionEvent) => events.push(event);
  const sessions = createSessions(optionsWith({ store, clock, on, policy: 'per-device' }));
  const cookies = tokenCookies({ clock });
  const handlers = createSessionHandlers({ sessions, cookies });

  // The other server has the access key and no store.
  const accepts = { key: accessKey, issuer: ISSUER, audience: 'api' };
  const authenticate = createAuthenticator({ ...accepts, from: cookies.access, clock });
  const visit = async (cookie: string) => {
    const outcome = await authenticate(new Request(`${SHOP}/orders`, { headers: { cookie } }));
    return outcome.status === 'rejected' ? outcome.error.reason : outcome.auth?.payload.sub;
  };
  const post = (path: string, cookie = '') => {
    const headers = { 'sec-fetch-site': 'same-origin', cookie };
    return new Request(`${SHOP}/auth/${path}`, { method: 'POST', headers });
  };
  const login = async (device: string) =>
    cookiesOf(await handlers.login(post('login'), uid, { device }));
  const refresh = (cookie: string) => handlers.refresh(post('refresh', cookie));

  // The access token is valid until it expires.
  const first = await login('phone');
  expect(await visit(first)).toBe(uid);
  time.now += 10 * MINUTE_MS;
  expect(await visit(first)).toBe('token_expired');

  // Concurrent refreshes, or one with a lost response, yield one refresh token.
  const responses = await Promise.all([refresh(first), refresh(first), refresh(first)]);
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 200]);
  const [second = '', other = ''] = responses.map(cookiesOf);
  expect(second.split('; ')[1]).toBe(other.split('; ')[1]);
  expect(await visit(second)).toBe(uid);

  // A token that a burst of refreshes replaced changes nothing.
  const newest = cookiesOf(await refresh(second));
  expect((await refresh(first)).status).toBe(409);
  const [, current = ''] = /rt=(.*)$/.exec(newest) ?? [];
  expect(await sessions.list(uid, { current })).toMatchObject([{ device: 'phone', current: true }]);

  // A login of the same device replaces its session. Another device has its own.
  const third = await login('phone');
  const desk = await login('desk');
  expect((await refresh(second)).status).toBe(401);
  const listed = await sessions.list(uid);
  expect(listed.map(({ device }) => device).sort()).toEqual(['desk', 'phone']);

  // A replaced refresh token ends its session for both holders, and no other session.
  const fourth = cookiesOf(await refresh(third));
  time.now += MINUTE_MS;
  expect((await refresh(third)).status).toBe(401);
  expect((await refresh(fourth)).status).toBe(401);
  expect(events.filter(({ type }) => type === 'reuse')).toHaveLength(1);
  const fifth = cookiesOf(await refresh(desk));

  // After a logout the access token stays valid until it expires, unless you call isRevoked.
  const payload = sessions.verifyAccess(fifth.split('; ')[0]?.split('=')[1] ?? '');
  expect(await sessions.isRevoked({ payload })).toBe(false);
  expect((await handlers.logout(post('logout', fifth))).status).toBe(204);
  expect((await refresh(fifth)).status).toBe(401);
  expect(await visit(fifth)).toBe(uid);
  expect(await sessions.isRevoked({ payload })).toBe(true);
  expect(await sessions.list(uid)).toEqual([]);
}
