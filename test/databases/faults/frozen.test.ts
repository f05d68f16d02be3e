/** Checks sessions while SIGSTOP keeps a database from responding. */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createSessionHandlers } from '../../../src/sessions/handlers.ts';
import type { SessionStore } from '../../../src/sessions/store.ts';
import { rejectionOf } from '../../fixtures/outcome.ts';
import {
  type Client,
  expectUnharmed,
  login,
  lostIn,
  newTally,
  open,
  report,
  serverOn,
  startLoad,
  untilEnd,
} from '../load.ts';
import { type Server, startMariadb, startPostgres, startRedis } from '../servers.ts';

const STORE_TIMEOUT_MS = 1000;

const kinds: Array<[client: string, start: () => Promise<Server>]> = [
  ['pg, read committed', startPostgres],
  ['mysql2, read committed', startMariadb],
  ['mariadb, read committed', startMariadb],
  ['ioredis', startRedis],
  ['redis', startRedis],
];

test.each(kinds)(
  'a frozen server of %s rejects with 503, then all clients continue',
  async (name, start) => {
    const server = untilEnd(await start());
    const opened = await open(name, server.ports[0]);
    const { sessions, events } = serverOn(opened.store, { storeTimeout: '1s' });
    const handlers = createSessionHandlers({ sessions });
    const clients = await login(sessions, 16);
    const [waiting, leaver] = (await login(sessions, 2)) as [Client, Client];
    const { access, refresh } = await sessions.issue(randomUUID());
    const payload = sessions.verifyAccess(access);
    const tally = newTally();
    const endLoad = startLoad(sessions, clients, tally);
    await sleep(300);

    const operations: Partial<Record<keyof SessionStore, () => Promise<unknown>>> = {
      issue: () => sessions.issue(randomUUID()),
      rotate: () => sessions.refresh(waiting.token),
      revoke: () => sessions.revoke(leaver.token),
      revokeAll: () => sessions.revokeAll(leaver.uid),
      get: () => sessions.isRevoked({ payload }),
      list: () => sessions.list(waiting.uid),
      ...(opened.store.purge && { purge: () => sessions.purge() }),
    };
    const post = (cookie: string) => {
      const headers = { 'sec-fetch-site': 'same-origin', cookie };
      return new Request('https://id.example/auth/refresh', { method: 'POST', headers });
    };
    server.freeze();
    // After a failure, too: what is closed first waits for the server.
    onTestFinished(() => server.thaw());
    const frozenAt = performance.now();
    const rejected = Object.entries(operations).map(async ([operation, run]) => {
      const error = await rejectionOf(run());
      return { operation, error, seconds: (performance.now() - frozenAt) / 1000 };
    });
    const response = await handlers.refresh(post(`__Host-at=${access}; __Secure-rt=${refresh}`));
    for (const { operation, error, seconds } of await Promise.all(rejected)) {
      expect([operation, error]).toMatchObject([
        operation,
        { status: 503, code: 'ERR_SESSION_UNAVAILABLE', cause: { name: 'TimeoutError' } },
      ]);
      expect(seconds).toBeLessThan(STORE_TIMEOUT_MS / 1000 + 1);
      const cause = expect.objectContaining({ name: 'TimeoutError' });
      expect(events).toContainEqual({ type: 'unavailable', operation, cause });
    }
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect(response.headers.getSetCookie()).toEqual([]);
    await sleep(STORE_TIMEOUT_MS);
    server.thaw();

    // The refresh that got 503 happens now: a retry within the grace gets its successor.
    const generation = async () =>
      (await opened.store.list(waiting.uid, Date.now()))[0]?.generation;
    await expect.poll(generation, { timeout: 10_000 }).toBe(2);
    waiting.token = (await sessions.refresh(waiting.token)).refresh;
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'refresh', uid: waiting.uid, again: true }),
    );
    await sleep(300);
    await endLoad();
    report(`${name}, server frozen:`, tally, events, { lost: lostIn(tally, events) });
    expect(tally.failures).toBeGreaterThanOrEqual(16);
    await expectUnharmed(sessions, [...clients, waiting], tally, events);
  },
);
