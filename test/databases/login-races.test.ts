/** Checks logins that race refreshes of the same user in several processes. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { newUid } from '../../src/sessions/stores/law-clients.ts';
import type { Job, Login, Refreshed, Start } from './login-racer.ts';
import { openers } from './stores.ts';

const PROCESSES = 4;
const USERS = 4;
/** Enough for a test. For figures: RACE_LOGINS=200. */
const LOGINS = Number(process.env.RACE_LOGINS ?? 12);
const MAX = 3;

/** Starts the processes. `run` resolves to the result of a job in the process with this index. */
async function startRacers(start: Start) {
  const waiting = new Map<number, (result: unknown) => void>();
  const startOne = async () => {
    const path = join(import.meta.dirname, 'login-racer.ts');
    const child = fork(path, { execArgv: ['--no-warnings'] });
    child.send(start);
    await once(child, 'message');
    child.on('message', ({ id, result }: { id: number; result: unknown }) => {
      waiting.get(id)?.(result);
      waiting.delete(id);
    });
    return child;
  };
  const children = await Promise.all(Array.from({ length: PROCESSES }, startOne));
  let jobs = 0;
  return {
    run<Result>(index: number, job: Job): Promise<Result> {
      const id = jobs++;
      (children[index % PROCESSES] as ChildProcess).send({ id, job });
      return new Promise((resolve) => waiting.set(id, (result) => resolve(result as Result)));
    },
    async end() {
      const exits = children.map((child) => once(child, 'exit'));
      for (const child of children) child.send('end');
      await Promise.all(exits);
    },
  };
}

describe.each(Object.keys(openers))('%s, used by four processes', (client) => {
  let racers: Awaited<ReturnType<typeof startRacers>>;
  beforeAll(async () => {
    racers = await startRacers({ client, servers: inject('servers') });
  });
  afterAll(() => racers?.end());

  test.each([0, 50, 5000])('keeps every login, with clocks %i ms apart', async (skew) => {
    const tally = { logins: 0, evicted: 0, refreshes: 0 };
    const refreshed: Array<Promise<Refreshed>> = [];
    const aheadOf = (index: number) => (index % PROCESSES) * skew;

    const logInInTurn = async (_: unknown, user: number) => {
      const uid = newUid();
      for (let turn = 0; turn < LOGINS; turn++) {
        const index = user + turn;
        const ahead = aheadOf(index);
        const login = await racers.run<Login>(index, { do: 'log in', uid, max: MAX, ahead });
        const { session, token, ...seen } = login;
        expect(seen).toMatchObject({ isLive: true, evicted: expect.any(Array) });
        expect(seen.evicted).not.toContain(session.sid);
        expect(seen.evicted).toHaveLength(turn < MAX ? 0 : 1);
        expect(seen.listed).toContain(session.sid);
        expect(seen.listed).toHaveLength(Math.min(MAX, turn + 1));
        tally.logins++;
        tally.evicted += seen.evicted.length;
        // Neither the process that logged in nor the one that will next.
        const other = index + 2;
        const job: Job = { do: 'refresh', session, token, ahead: aheadOf(other) };
        refreshed.push(racers.run(other, job));
      }
      expect(await racers.run(user, { do: 'log out', uid })).toBe(MAX);
    };
    await Promise.all(Array.from({ length: USERS }, logInInTurn));
    for (const { refreshes, end } of await Promise.all(refreshed)) {
      expect(end).toBe('unknown');
      tally.refreshes += refreshes;
    }
    console.log(`${client}, clocks ${skew} ms apart:`, JSON.stringify(tally));
  });
});
