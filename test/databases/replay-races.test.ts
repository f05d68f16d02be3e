/** Checks that of several processes exactly one accepts an identifier. */

import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import type { Round, Start } from './replay-racer.ts';
import { replayOpeners } from './stores.ts';

const IDS = 150;
const ROUNDS = 3;

async function racer(start: Start) {
  const path = join(import.meta.dirname, 'replay-racer.ts');
  const child = fork(path, { execArgv: ['--no-warnings'] });
  child.send(start);
  await once(child, 'message');
  return child;
}

/** Resolves to the identifiers that each process accepted, in rounds whose proofs last `lifetime`. */
async function race(client: string, clocks: number[], lifetime: number) {
  const servers = inject('servers');
  const racers = await Promise.all(clocks.map((ahead) => racer({ client, servers, ahead })));
  const rounds = [];
  for (let count = 0; count < ROUNDS; count++) {
    const round: Round = {
      ids: Array.from({ length: IDS }, () => randomUUID()),
      until: Date.now() + lifetime,
    };
    const accepted = racers.map(async (child) => {
      child.send(round);
      const [ids] = await once(child, 'message');
      return ids as string[];
    });
    rounds.push({ ids: round.ids, accepted: await Promise.all(accepted) });
  }
  for (const child of racers) child.send('end');
  await Promise.all(racers.map((child) => once(child, 'exit')));
  return rounds;
}

describe.each(Object.keys(replayOpeners))('%s, used by three processes', (client) => {
  test.each([
    ['equal clocks', [0, 0, 0], 120_000],
    ['clocks 50 s apart', [-25_000, 0, 25_000], 120_000],
    ['clocks 50 s apart, for one of which all has expired', [0, 25_000, 50_000], 40_000],
  ])('accepts each identifier once with %s', async (_, clocks, lifetime) => {
    for (const { ids, accepted } of await race(client, clocks, lifetime)) {
      expect(accepted.flat().sort()).toEqual([...ids].sort());
    }
  });
});
