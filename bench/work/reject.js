/** Rejecting a token, next to accepting one of the same size, HS256. */

import assert from 'node:assert/strict';
import { contenderOf, withBefore } from '../contenders.js';
import { forge, taskFor, tokensOfUsers } from '../task.js';
import { turnOf } from '../turn.js';

/** The tokens of each entry. */
const tokens = {
  accept: (task) => tokensOfUsers(task),
  malformed: (task) => tokensOfUsers(task).map((token) => `${token.slice(0, -1)}=`),
  'wrong algorithm': (task) => tokensOfUsers({ ...task, alg: 'HS384' }),
  'invalid signature': (task) => tokensOfUsers(task).map(forge),
  expired: (task) => tokensOfUsers(task, 0, -3600),
};

const byThrowing = [
  'jotkit',
  'jotkit, jsonwebtoken API',
  'fast-jwt',
  'jsonwebtoken, KeyObject',
].map((name) => ({
  name: `reject, ${name}`,
  about: 'An error is thrown and caught, ten calls deep in the stack. "accept" is a valid token.',
  unit: 'ns',
  entries: entries(name, (verify) => (token) => {
    try {
      verify(token);
      return true;
    } catch {
      return false;
    }
  }),
}));

const byResult = {
  name: 'reject, jotkit, verify.result',
  about:
    '`verify.result(token)` returns `ok: false`: no error is created. "accept" is a valid token.',
  unit: 'ns',
  entries: entries(
    'jotkit',
    (verify) => (token) => verify.result(token).ok,
    () => false,
  ),
};

const { verify } = await contenderOf('jotkit', taskFor('HS256'));
export const rows = typeof verify.result === 'function' ? [...byThrowing, byResult] : byThrowing;

function entries(contender, attemptWith, hasBefore = () => contender.startsWith('jotkit')) {
  const labels = withBefore(Object.keys(tokens), hasBefore);
  return Object.fromEntries(
    labels.map((label) => {
      const [kind, before] = label.split(', ');
      const name = before ? `${contender}, before` : contender;
      return [label, () => enter(name, kind, attemptWith)];
    }),
  );
}

async function enter(name, kind, attemptWith) {
  const task = taskFor('HS256');
  const attempt = attemptWith((await contenderOf(name, task)).verify);
  for (const token of tokens[kind](task)) assert.equal(attempt(token), kind === 'accept');
  return turnOf((token) => deep(10, attempt, token), tokens[kind](task));
}

/** The cost of an error grows with its stack: a server calls from about this depth. */
function deep(depth, run, input) {
  return depth > 0 ? deep(depth - 1, run, input) : run(input);
}
