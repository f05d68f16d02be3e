/** Bytes that a verification allocates, all of which the garbage collector has to free. */

import { getHeapStatistics } from 'node:v8';
import { entriesOf } from '../contenders.js';
import { proveVerifier, tokensOfUsers } from '../task.js';
import { turnOf } from '../turn.js';

const names = [
  'jotkit',
  'jotkit, jsonwebtoken API',
  'fast-jwt',
  'jsonwebtoken, KeyObject',
  'bare crypto',
];

export const rows = ['HS256', 'ES256'].map((alg) => ({
  name: `allocation, verify ${alg}`,
  about:
    'Growth of the JavaScript heap per call, while nothing is collected; without memory outside it.',
  unit: 'B',
  // No collection during a turn: new space has room for all that it allocates.
  flags: ['--min-semi-space-size=128', '--max-semi-space-size=128'],
  entries: entriesOf(names, alg, async (contender, task) => {
    await proveVerifier(contender, task);
    const options = { prepare: contender.toVerify, meter: heapSize };
    return turnOf(contender.verify, tokensOfUsers(task), options);
  }),
}));

function heapSize() {
  return getHeapStatistics().used_heap_size;
}
