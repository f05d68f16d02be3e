/** The mission, told once and held against every store: two servers, two tokens. */

import { expect } from 'vitest';
import { createAuthenticator, tokenCookies } from '../../src/http/index.ts';
import { createSessionHandlers } from '../../src/sessions/handlers.ts';
import type { SessionEvent, SessionStore } from '../../src/sessions/index.ts';
import { createSessions } from '../../src/sessions/sessions.ts';
import { accessKey, MINUTE, optionsWith } from './scene.ts';

const SITE = 'https://shop.example';

export async function tell(store: SessionStore, uid: string): Promise<void> {
  const time = { now: Date.now() };
  const clock = () => time.now;
  const events: SessionEvent[] = [];
  const on = (event: SessionEvent) => events.push(event);
  const sessions = createSessions(optionsWith({ store, clock, on, policy: 'per-device' }));
  const cookies = tokenCookies({ clock });
  const auth = createSessionHandlers({ sessions, cookies });

  /** It shares the access key, and asks no store. */
  const authenticate = createAuthenticator({
    key: accessKey,
    issuer: 'https://id.example',
    audience: 'api',
    from: cookies.access,
    clock,
  });
  const visit = async (cookie: string) => {
    const outcome = await authenticate(new Request(`${SITE}/orders`, { headers: { cookie } }));
    return outcome.status === 'rejected' ? outcome.error.reason : outcome.auth?.payload.sub;
  };
  const post = (path: string, cookie = '') => {
    const headers = { 'sec-fetch-site': 'same-origin', cookie };
    return new Request(`${SITE}/auth/${path}`, { method: 'POST', headers });
  };
  const jar = (response: Response) =>
    response.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');
  const login = async (device: string) => jar(await auth.login(post('login'), uid, { device }));

  // A login opens the main server, until the access token expires.
  const first = await login('phone');
  expect(await visit(first)).toBe(uid);
  time.now += 10 * MINUTE;
  expect(await visit(first)).toBe('token_expired');

  // A refresh opens it again; two at once, or an answer that was lost, are the same refresh.
  const answers = await Promise.all([1, 2, 3].map(() => auth.refresh(post('refresh', first))));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  const [second = '', other = ''] = answers.map(jar);
  expect(second.split('; ')[1]).toBe(other.split('; ')[1]);
  expect(await visit(second)).toBe(uid);

  // A new login of the same device takes the place of the old one; another device is another session.
  const third = await login('phone');
  const desk = await login('desk');
  expect((await auth.refresh(post('refresh', second))).status).toBe(401);
  const listed = await sessions.list(uid);
  expect(listed.map(({ device }) => device).sort()).toEqual(['desk', 'phone']);

  // An old refresh token ends its session for both who hold it, and for nobody else.
  const fourth = jar(await auth.refresh(post('refresh', third)));
  time.now += MINUTE;
  expect((await auth.refresh(post('refresh', third))).status).toBe(401);
  expect((await auth.refresh(post('refresh', fourth))).status).toBe(401);
  expect(events.filter(({ type }) => type === 'reuse')).toHaveLength(1);
  const fifth = jar(await auth.refresh(post('refresh', desk)));

  // A logout is the end; the access token lives on for its minutes, unless the store is asked.
  const payload = sessions.verifyAccess(fifth.split('; ')[0]?.split('=')[1] ?? '');
  expect(await sessions.isRevoked({ payload })).toBe(false);
  expect((await auth.logout(post('logout', fifth))).status).toBe(204);
  expect((await auth.refresh(post('refresh', fifth))).status).toBe(401);
  expect(await visit(fifth)).toBe(uid);
  expect(await sessions.isRevoked({ payload })).toBe(true);
  expect(await sessions.list(uid)).toEqual([]);
}
