/** Verifying a token, by algorithm. */

import { algorithms, entriesOf, peers } from '../contenders.js';
import { proveVerifier, tokensOfUsers } from '../task.js';
import { turnOf } from '../turn.js';

export const rows = [
  ...algorithms.map((alg) => rowOf(`verify ${alg}`, alg, ['jotkit', ...peers, 'floor'])),
  rowOf('verify HS256, cached', 'HS256', ['jotkit, cached', 'fast-jwt, cached']),
];

function rowOf(name, alg, names) {
  const entries = entriesOf(names, alg, async (contender, task) => {
    await proveVerifier(contender, task);
    return turnOf(contender.verify, tokensOfUsers(task), contender.toVerify);
  });
  return { name, unit: 'ns', entries };
}
