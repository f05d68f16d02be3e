/** Signing claims, by algorithm. */

import { algorithms, entriesOf, libraries } from '../contenders.js';
import { claimsOfUsers, proveSigner } from '../task.js';
import { turnOf } from '../turn.js';

const bareHmac = 'JSON, encoding and the two one-shot hashes';
const bareCall = 'one crypto.sign';

export const rows = algorithms.map((alg) => ({
  name: `sign ${alg}`,
  about: `A token from five claims and the current time. Bare crypto: ${alg.startsWith('HS') ? bareHmac : bareCall}.`,
  unit: 'ns',
  entries: entriesOf(libraries, alg, async (contender, task) => {
    await proveSigner(contender, task);
    return turnOf(contender.sign, claimsOfUsers(), { prepare: contender.toSign });
  }),
}));
