/** Refusing a token beside accepting one of the same size, HS256. */

import assert from 'node:assert/strict';
import { contenders } from '../contenders.js';
import { forge, taskFor, tokensOfUsers } from '../task.js';
import { turnOf } from '../turn.js';

const names = ['jotkit', 'jotkit, classic', 'fast-jwt', 'jsonwebtoken, KeyObject'];

/** How the tokens of each entry come about. */
const tokens = {
  accept: (task) => tokensOfUsers(task),
  malformed: (task) => tokensOfUsers(task).map((token) => `${token.slice(0, -1)}=`),
  'wrong algorithm': (task) => tokensOfUsers({ ...task, alg: 'HS384' }),
  'bad signature': (task) => tokensOfUsers(task).map(forge),
  expired: (task) => tokensOfUsers(task, 0, -3600),
};

export const rows = names.map((name) => {
  const entries = Object.entries(tokens).map(([kind, make]) => [
    kind,
    () => entry(name, kind, make),
  ]);
  return { name: `refuse, ${name}`, unit: 'ns', entries: Object.fromEntries(entries) };
});

async function entry(name, kind, make) {
  const task = taskFor('HS256');
  const { verify } = await contenders[name](task);
  const attempt = (token) => {
    try {
      return verify(token);
    } catch (error) {
      return error;
    }
  };
  for (const token of make(task)) assert.equal(attempt(token) instanceof Error, kind !== 'accept');
  return turnOf((token) => deep(10, attempt, token), make(task));
}

/** Calls from as deep as a server calls: what an error costs grows with its stack. */
function deep(depth, run, input) {
  return depth > 0 ? deep(depth - 1, run, input) : run(input);
}
