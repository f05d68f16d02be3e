/** A row of the table: its entries take turns, each in a process of its own. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const runner = join(import.meta.dirname, 'runner.js');

/** The samples of each entry, in the order of the rounds. */
export async function race(file, row, { node, rounds }) {
  const runners = {};
  try {
    for (const name of Object.keys(row.entries)) {
      const child = fork(runner, [file, row.name, name], { execPath: node });
      const end = once(child, 'exit').then(() => {
        throw new Error(`${row.name}: the process of ${name} ended`);
      });
      end.catch(() => {});
      runners[name] = { child, end };
      await answer(runners[name]);
    }
    const samples = Object.fromEntries(Object.keys(runners).map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [name, contender] of inTurn(Object.entries(runners), round)) {
        contender.child.send('turn');
        samples[name].push(await answer(contender));
      }
    }
    return samples;
  } finally {
    for (const { child } of Object.values(runners)) child.kill();
  }
}

/** Every round begins with another entry. */
function inTurn(entries, round) {
  const first = round % entries.length;
  return [...entries.slice(first), ...entries.slice(0, first)];
}

async function answer({ child, end }) {
  const [message] = await Promise.race([once(child, 'message'), end]);
  return message;
}
