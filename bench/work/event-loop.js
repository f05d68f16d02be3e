/** How long everything else waits while RS256 tokens are signed: eight requests every 25 ms. */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimsOfUsers, taskFor } from '../task.js';

const BURST = 8;
const PAUSE_MS = 25;
const BURSTS = 40;

/** Signers that answer at once or with a promise. */
const signers = {
  async 'jotkit, async'({ alg, signing }) {
    const { createSigner } = await import('jotkit');
    return createSigner(signing, { algorithm: alg, async: true });
  },
  async 'jotkit, sync'({ alg, signing }) {
    const { createSigner } = await import('jotkit');
    return createSigner(signing, { algorithm: alg });
  },
  async 'fast-jwt, sync'({ alg, signing }) {
    const { createSigner } = await import('fast-jwt');
    return createSigner({ key: signing, algorithm: alg });
  },
  async 'jose, async'({ alg, signing }) {
    const { SignJWT, importPKCS8 } = await import('jose');
    const key = await importPKCS8(signing, alg);
    return (claims) => new SignJWT(claims).setProtectedHeader({ alg }).setIssuedAt().sign(key);
  },
  async 'jsonwebtoken, callback'({ alg, signing }) {
    const { default: jwt } = await import('jsonwebtoken');
    return (claims) => {
      return new Promise((resolve, reject) => {
        const done = (error, token) => (error ? reject(error) : resolve(token));
        jwt.sign(claims, signing, { algorithm: alg }, done);
      });
    };
  },
};

const entries = Object.entries(signers).map(([name, prepare]) => {
  return [name, async () => turnOf(await prepare(taskFor('RS256')))];
});

export const rows = [
  { name: 'event loop delay', unit: 'ms', rounds: 5, entries: Object.fromEntries(entries) },
];

/** A second of load; answers with the 99th percentile of the delay. */
function turnOf(sign) {
  const claims = claimsOfUsers();
  return async () => {
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
  };
}
