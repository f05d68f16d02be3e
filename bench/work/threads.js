/** Verifying HS256 in one and in two worker threads: nothing is shared, so nothing may wait. */

import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { contenders } from '../contenders.js';
import { taskFor, tokensOfUsers } from '../task.js';
import { turnOf, wallTime } from '../turn.js';

const names = ['jotkit', 'fast-jwt'];

const entries = names.flatMap((name) =>
  [1, 2].map((count) => [`${name}, ${count}`, () => threads(name, count)]),
);

export const rows = [
  { name: 'worker threads', unit: 'ns', rounds: 9, entries: Object.fromEntries(entries) },
];

/** Nanoseconds per token of all threads together. */
async function threads(name, count) {
  const workers = Array.from({ length: count }, () => {
    return new Worker(new URL(import.meta.url), { argv: [name] });
  });
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  return async () => {
    const answers = workers.map((worker) => once(worker, 'message'));
    for (const worker of workers) worker.postMessage('turn');
    const each = (await Promise.all(answers)).map(([sample]) => sample);
    return 1 / each.reduce((rate, sample) => rate + 1 / sample, 0);
  };
}

if (!isMainThread) {
  const { verify } = await contenders[process.argv[2]](taskFor('HS256'));
  const turn = await turnOf(verify, tokensOfUsers(taskFor('HS256')), undefined, wallTime);
  parentPort.on('message', async () => parentPort.postMessage(await turn()));
  parentPort.postMessage('ready');
}
