/** Runs back-channel logouts over HTTP on any store: who is logged out, replays, outages. */

import { expect } from 'vitest';
import { createLogoutTokenVerifier } from '../../src/profiles/index.ts';
import { createBackchannelLogout } from '../../src/sessions/backchannel-logout.ts';
import type { SessionStore } from '../../src/sessions/index.ts';
import { createSessions } from '../../src/sessions/sessions.ts';
import { secret } from '../fixtures/keys.ts';
import { tokenOf } from '../fixtures/tokens.ts';
import { LOGOUT_EVENT } from '../profiles/kinds.ts';
import { MINUTE_MS, optionsWith } from './setup.ts';

export const PROVIDER = 'https://idp.example';

/** A logout token of the provider. */
export function logoutToken(claims: object, nowMs: number): string {
  const iat = Math.floor(nowMs / 1000);
  const events = { [LOGOUT_EVENT]: {} };
  const base = { iss: PROVIDER, aud: 'shop', iat, exp: iat + 120, jti: 'j', events };
  return tokenOf({ ...base, ...claims }, { typ: 'logout+jwt' });
}

export function logoutRequest(body: string | Record<string, string>): Request {
  const form = new URLSearchParams(body);
  return new Request('https://shop.example/logout/backchannel', { method: 'POST', body: form });
}

export function setupLogout(store: SessionStore, nowMs: number) {
  const time = { now: nowMs };
  const clock = () => time.now;
  let isDown = false;
  /** Rejects like a database without a connection, before or after it has done its work. */
  const failing =
    (name: keyof SessionStore) =>
    async (...args: never[]) => {
      if (isDown) throw new Error('connection refused');
      return (store[name] as (...args: never[]) => unknown).call(store, ...args);
    };
  const methods = ['issue', 'rotate', 'revoke', 'revokeAll', 'get', 'list'] as const;
  const wrapped = Object.fromEntries(methods.map((name) => [name, failing(name)]));
  const sessions = createSessions(
    optionsWith({ store: wrapped as unknown as SessionStore, clock, on: () => {} }),
  );
  const verify = createLogoutTokenVerifier(secret, { issuer: PROVIDER, clientId: 'shop', clock });
  const handle = createBackchannelLogout({ verify, sessions });
  const logOut = async (claims: object) => {
    const response = await handle(logoutRequest({ logout_token: logoutToken(claims, time.now) }));
    expect(response.headers.get('cache-control')).toBe('no-store');
    return response.status;
  };
  const stop = () => {
    isDown = true;
  };
  const start = () => {
    isDown = false;
  };
  return { sessions, time, verify, handle, logOut, stop, start };
}

export async function runBackchannelLogout(store: SessionStore, uid: string): Promise<void> {
  const other = `${uid} other`;
  const { sessions, time, handle, logOut, stop, start } = setupLogout(store, Date.now());
  const login = async (user: string, upstream?: string) => {
    await sessions.issue(user, upstream === undefined ? {} : { upstream });
  };
  const listed = async (user: string) =>
    (await sessions.list(user)).map(({ upstream }) => upstream ?? 'none').sort();

  // The session of this "sid" ends, and one without "upstream". Those of other "sid" and users stay.
  for (const upstream of ['s1', 's2', undefined]) await login(uid, upstream);
  await login(other, 's1');
  expect(await logOut({ sub: uid, sid: 's1' })).toBe(200);
  expect(await listed(uid)).toEqual(['s2']);
  expect(await listed(other)).toEqual(['s1']);

  // A logout of a session that has ended, or of an unknown one, ends nothing more.
  expect(await logOut({ sub: uid, sid: 's1' })).toBe(200);
  expect(await logOut({ sub: uid, sid: 'unknown' })).toBe(200);
  expect(await listed(uid)).toEqual(['s2']);

  // Without "sid", all sessions of the user end.
  await login(uid, 's3');
  expect(await logOut({ sub: uid })).toBe(200);
  expect(await listed(uid)).toEqual([]);
  expect(await listed(other)).toEqual(['s1']);

  // A token that is sent again ends no login that came a minute later.
  await login(uid, 's4');
  const replayed = logoutRequest({ logout_token: logoutToken({ sub: uid, sid: 's4' }, time.now) });
  expect((await handle(replayed.clone())).status).toBe(200);
  expect(await listed(uid)).toEqual([]);
  time.now += MINUTE_MS + 1000;
  await login(uid, 's4');
  expect((await handle(replayed.clone())).status).toBe(200);
  expect(await listed(uid)).toEqual(['s4']);

  // While the store fails: 503. The same token then ends the session.
  const retried = logoutRequest({ logout_token: logoutToken({ sub: uid, sid: 's4' }, time.now) });
  stop();
  const response = await handle(retried.clone());
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('5');
  start();
  expect(await listed(uid)).toEqual(['s4']);
  expect((await handle(retried.clone())).status).toBe(200);
  expect(await listed(uid)).toEqual([]);
  await sessions.revokeAll(other);
}
