/** Checks that concurrent refreshes from several processes yield one successor. */

import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { createSessions } from '../../src/sessions/sessions.ts';
import type { Start, Use } from './racer.ts';
import { openers } from './stores.ts';

const PROCESSES = 4;
const USES_PER_PROCESS = 4;
const TOKENS = 40;
const GENERATIONS = 3;

async function race(client: string, grace: number) {
  const servers = inject('servers');
  const [accessKey, refreshKey] = [randomBytes(32), randomBytes(32)];
  const keys = {
    accessKey: accessKey.toString('base64url'),
    refreshKey: refreshKey.toString('base64url'),
  };
  const start: Start = { client, servers, ...keys, grace };
  const opened = await openers[client]?.(servers);
  if (!opened) throw new Error(`no store is named ${client}`);
  const sessions = createSessions({
    store: opened.store,
    access: { key: accessKey },
    refresh: { key: refreshKey, grace },
    issuer: 'https://id.example',
    audience: 'api',
  });
  const racers = await Promise.all(Array.from({ length: PROCESSES }, () => racer(start)));
  const logins = Array.from({ length: TOKENS }, () => sessions.issue(randomUUID()));
  const tokens = (await Promise.all(logins)).map(({ refresh }) => refresh);

  /** Resolves to the uses of every token by all processes. */
  const round = async (tokens: string[]): Promise<Use[][]> => {
    const results = racers.map(async (child) => {
      child.send({ tokens, times: USES_PER_PROCESS });
      const [uses] = await once(child, 'message');
      return uses as Use[];
    });
    const all = await Promise.all(results);
    return tokens.map((_, i) =>
      all.flatMap((uses) => uses.slice(i * USES_PER_PROCESS, (i + 1) * USES_PER_PROCESS)),
    );
  };
  const end = async () => {
    for (const child of racers) child.send('end');
    await Promise.all(racers.map((child) => once(child, 'exit')));
    await opened.close();
  };
  return { tokens, round, end };
}

async function racer(start: Start): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'racer.ts'), { execArgv: ['--no-warnings'] });
  child.send(start);
  await once(child, 'message');
  return child;
}

describe.each(Object.keys(openers))('%s, used by four processes', (client) => {
  test('rotates every token once and returns the same successor to the others', async () => {
    let { tokens, round, end } = await race(client, 30);
    for (let generation = 0; generation < GENERATIONS; generation++) {
      const all = await round(tokens);
      tokens = all.map((uses) => {
        const texts = uses.map((use) => ('refresh' in use ? use.refresh : use.code));
        const rotations = uses.filter((use) => 'again' in use && !use.again);
        expect([uses.length, rotations.length, new Set(texts).size]).toEqual([16, 1, 1]);
        return String(texts[0]);
      });
    }
    await end();
  });

  test('returns one successor without grace, reports one reuse and ends the session', async () => {
    const { tokens, round, end } = await race(client, 0);
    for (const uses of await round(tokens)) {
      const codes = uses.map((use) => ('code' in use ? use.code : 'rotated')).sort();
      const revoked = Array(14).fill('ERR_SESSION_REVOKED');
      expect(codes).toEqual(['ERR_SESSION_REUSED', ...revoked, 'rotated']);
    }
    await end();
  });
});
