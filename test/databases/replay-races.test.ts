/** Checks that of several processes exactly one accepts an identifier. */

import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Round, Start } from './replay-racer.ts';
import { replayOpeners } from './stores.ts';

const IDS = 60;
const ROUNDS = 3;

async function racer(start: Start): Promise<ChildProcess> {
  const path = join(import.meta.dirname, 'replay-racer.ts');
  const child = fork(path, { execArgv: ['--no-warnings'] });
  child.send(start);
  await once(child, 'message');
  return child;
}

describe.each(Object.keys(replayOpeners))('%s, used by three processes', (client) => {
  let racers: ChildProcess[] = [];
  beforeAll(async () => {
    const start: Start = { client, servers: inject('servers') };
    racers = await Promise.all([racer(start), racer(start), racer(start)]);
  });
  afterAll(async () => {
    for (const child of racers) child.send('end');
    await Promise.all(racers.map((child) => once(child, 'exit')));
  });

  test.each([
    ['equal clocks', [0, 0, 0], 120_000],
    ['clocks 50 s apart', [-25_000, 0, 25_000], 120_000],
    ['clocks 50 s apart, for one of which all has expired', [0, 25_000, 50_000], 40_000],
  ])('accepts each identifier once with %s', async (_, clocks, lifetime) => {
    for (let count = 0; count < ROUNDS; count++) {
      const ids = Array.from({ length: IDS }, () => randomUUID());
      const until = Date.now() + lifetime;
      const accepted = racers.map(async (child, index) => {
        const round: Round = { ids, until, ahead: clocks[index] ?? 0 };
        child.send(round);
        const [own] = await once(child, 'message');
        return own as string[];
      });
      expect((await Promise.all(accepted)).flat().sort()).toEqual([...ids].sort());
    }
  });
});
