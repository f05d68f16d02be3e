/**
 * Ten million verifications with random keys and tokens, after which the heap must not have grown.
 *
 *   node bench/soak.js [calls]
 */

import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createVerifier, sign, verify } from 'jotkit';

const REPORTS = 20;

/** `run(calls)` verifies, `heap()` collects garbage and returns the bytes in use. */
export function createSoak() {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc');
  const own = randomBytes(32);
  const verifyCached = createVerifier(own, { algorithms: ['HS256'], cache: true });
  const count = { done: 0, accepted: 0 };

  /** A key that was never seen, and tokens signed by it: valid, forged and cached. */
  function round() {
    const secret = randomBytes(32).toString('base64url');
    for (let i = 0; i < 10; i++) {
      const claims = { sub: randomBytes(9).toString('base64url'), exp: 4102444800 };
      const token = sign(claims, secret, { header: { kid: randomBytes(3).toString('hex') } });
      const known = sign(claims, own);
      for (let again = 0; again < 4; again++) {
        attempt(() => verify(token, secret, { algorithms: ['HS256'] }));
        attempt(() => verifyCached(known));
      }
      attempt(() => verify(`${token.slice(0, -4)}AAAA`, secret));
      attempt(() => verifyCached(token));
    }
  }

  function attempt(run) {
    count.done++;
    try {
      run();
      count.accepted++;
    } catch (error) {
      if (error.name !== 'JsonWebTokenError') throw error;
    }
  }

  return {
    count,
    run(calls) {
      for (const end = count.done + calls; count.done < end; ) round();
      if (count.accepted / count.done !== 0.8) throw new Error('forged tokens are accepted');
    },
    heap() {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    },
  };
}

if (process.argv[1] === import.meta.filename) {
  const total = Number(process.argv[2] ?? 10_000_000);
  const soak = createSoak();
  const heap = [];
  for (let i = 0; i < REPORTS; i++) {
    soak.run(total / REPORTS);
    heap.push(soak.heap());
    const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`.padStart(10);
    const { rss } = process.memoryUsage();
    const done = String(soak.count.done).padStart(11);
    console.log(`${done}  heap ${megabytes(heap.at(-1))}  rss ${megabytes(rss)}`);
  }
  // The caches are full after the first quarter.
  const mean = (part) => part.reduce((sum, bytes) => sum + bytes, 0) / part.length;
  const quarter = REPORTS / 4;
  const growth = mean(heap.slice(-quarter)) / mean(heap.slice(quarter, 2 * quarter));
  console.log(`the last quarter uses ${growth.toFixed(3)} times the heap of the second`);
  if (growth > 1.1) process.exitCode = 1;
}
