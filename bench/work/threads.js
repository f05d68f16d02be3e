/** Verifying HS256 in one and in two worker threads, which share nothing. */

import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { contenderOf } from '../contenders.js';
import { proveVerifier, taskFor, tokensOfUsers } from '../task.js';
import { turnOf } from '../turn.js';

const names = ['jotkit', 'fast-jwt'];

const entries = names.flatMap((name) => [
  [`${name}, 1 thread`, () => threads(name, 1)],
  [`${name}, 2 threads`, () => threads(name, 2)],
]);

export const rows = [
  {
    name: 'worker threads',
    about: 'HS256, wall-clock time per token of all threads together.',
    unit: 'ns',
    rounds: 9,
    entries: Object.fromEntries(entries),
  },
];

async function threads(name, count) {
  const workers = Array.from({ length: count }, () => {
    return new Worker(new URL(import.meta.url), { argv: [name] });
  });
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  return async () => {
    const replies = workers.map((worker) => once(worker, 'message'));
    for (const worker of workers) worker.postMessage('turn');
    const each = (await Promise.all(replies)).map(([sample]) => sample);
    return 1 / each.reduce((rate, sample) => rate + 1 / sample, 0);
  };
}

if (!isMainThread) {
  const task = taskFor('HS256');
  const contender = await contenderOf(process.argv[2], task);
  await proveVerifier(contender, task);
  const meter = () => performance.now() * 1e6;
  const turn = await turnOf(contender.verify, tokensOfUsers(task), { meter });
  parentPort.on('message', async () => parentPort.postMessage(await turn()));
  parentPort.postMessage('ready');
}
