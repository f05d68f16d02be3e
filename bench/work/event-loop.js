/** How long everything else waits while RS256 tokens are signed: eight requests every 25 ms. */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { entriesOf } from '../contenders.js';
import { claimsOfUsers, proveSigner } from '../task.js';

const BURST = 8;
const PAUSE_MS = 25;
const BURSTS = 20;

const names = ['jotkit, async', 'jotkit', 'fast-jwt', 'jose', 'jsonwebtoken, callback'];

export const rows = [
  {
    name: 'event loop delay',
    about: `99th percentile while ${BURST} RS256 tokens are signed every ${PAUSE_MS} ms.`,
    unit: 'ms',
    rounds: 5,
    entries: entriesOf(names, 'RS256', async (contender, task) => {
      await proveSigner(contender, task);
      return () => delayWhile(contender.sign);
    }),
  },
];

/** Milliseconds, after half a second of load. */
async function delayWhile(sign) {
  const claims = claimsOfUsers();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const pending = [];
  for (let burst = 0; burst < BURSTS; burst++) {
    for (let i = 0; i < BURST; i++) pending.push(sign(claims[i]));
    await sleep(PAUSE_MS);
  }
  await Promise.all(pending);
  delay.disable();
  return delay.percentile(99) / 1e6;
}
