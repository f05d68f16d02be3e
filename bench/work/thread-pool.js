/** Verifying and signing through the thread pool, eight at a time. */

import { entriesOf } from '../contenders.js';
import { claimsOfUsers, proveSigner, proveVerifier, tokensOfUsers } from '../task.js';
import { fresh, turnOf } from '../turn.js';

const names = [
  'jotkit, async',
  'fast-jwt, async',
  '@node-rs/jsonwebtoken, async',
  'jose',
  'jsonwebtoken, callback',
  'bare crypto, async',
];

const AT_ONCE = 8;
const about = `${AT_ONCE} calls at a time, each a promise or a callback; CPU time per call, of all threads. Bare crypto: `;

export const rows = ['RS256', 'ES256'].flatMap((alg) => [
  {
    name: `verify ${alg}, async`,
    about: `${about}crypto.verify with a callback.`,
    unit: 'ns',
    entries: entriesOf(names, alg, async (contender, task) => {
      await proveVerifier(contender, task);
      return turnOfMany(contender.verify, tokensOfUsers(task), contender.toVerify);
    }),
  },
  {
    name: `sign ${alg}, async`,
    about: `${about}crypto.sign with a callback.`,
    unit: 'ns',
    entries: entriesOf(names, alg, async (contender, task) => {
      await proveSigner(contender, task);
      return turnOfMany(contender.sign, claimsOfUsers(), contender.toSign);
    }),
  },
]);

async function turnOfMany(run, inputs, prepare = fresh) {
  const groups = [inputs.slice(0, AT_ONCE), inputs.slice(AT_ONCE)];
  const runAll = (group) => Promise.all(group.map(run));
  const turn = await turnOf(runAll, groups, { prepare: (group) => group.map(prepare) });
  return async () => (await turn()) / AT_ONCE;
}
