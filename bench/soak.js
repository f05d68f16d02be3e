/** Ten million verifications with random keys and tokens, after which memory has to be what it was. */

import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createVerifier, sign, verify } from 'jotkit';

const TOTAL = Number(process.argv[2] ?? 10_000_000);
const REPORTS = 20;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

const own = randomBytes(32);
const verifyCached = createVerifier(own, { algorithms: ['HS256'], cache: true });

const heap = [];
let done = 0;
let accepted = 0;
while (done < TOTAL) {
  round();
  if (done >= (TOTAL / REPORTS) * (heap.length + 1)) report();
}
judge();

/** A key that was never seen, some tokens of it, and each of them good, forged and cached. */
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
  done++;
  try {
    run();
    accepted++;
  } catch (error) {
    if (error.name !== 'JsonWebTokenError') throw error;
  }
}

function report() {
  collectGarbage();
  const { heapUsed, rss } = process.memoryUsage();
  heap.push(heapUsed);
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`.padStart(10);
  console.log(`${String(done).padStart(11)}  heap ${megabytes(heapUsed)}  rss ${megabytes(rss)}`);
}

/** The caches are full after the first quarter: from then on nothing may grow. */
function judge() {
  const quarter = heap.length / 4;
  const mean = (part) => part.reduce((sum, bytes) => sum + bytes, 0) / part.length;
  const growth = mean(heap.slice(-quarter)) / mean(heap.slice(quarter, 2 * quarter));
  console.log(`accepted ${accepted} of ${done}; the heap is ${growth.toFixed(3)} of what it was`);
  if (growth > 1.1 || accepted / done !== 0.8) process.exitCode = 1;
}
