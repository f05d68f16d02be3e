/** Signing claims, by algorithm. */

import { algorithms, entriesOf, peers } from '../contenders.js';
import { claimsOfUsers, proveSigner } from '../task.js';
import { turnOf } from '../turn.js';

export const rows = algorithms.map((alg) => {
  const entries = entriesOf(['jotkit', ...peers, 'floor'], alg, async (contender, task) => {
    await proveSigner(contender, task);
    return turnOf(contender.sign, claimsOfUsers(), contender.toSign);
  });
  return { name: `sign ${alg}`, unit: 'ns', entries };
});
