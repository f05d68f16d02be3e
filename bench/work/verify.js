/** Verifying a token, by algorithm. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { algorithms, entriesOf, libraries } from '../contenders.js';
import { proveVerifier, tokensOfUsers } from '../task.js';
import { turnOf } from '../turn.js';

const bareHmac = 'the two one-shot hashes, decoding and JSON.parse';
const bareCall = 'one crypto.verify';

export const rows = [
  ...algorithms.map((alg) => ({
    name: `verify ${alg}`,
    about: `Signature, header and claims of a token with six claims. Bare crypto: ${alg.startsWith('HS') ? bareHmac : bareCall}.`,
    unit: 'ns',
    entries: entriesOf(libraries, alg, enter),
  })),
  {
    name: 'verify HS256, cached',
    about: 'Tokens that the verifier has seen before, with the cache of the library.',
    unit: 'ns',
    entries: entriesOf(['jotkit, cached', 'fast-jwt, cached'], 'HS256', enter),
  },
  {
    name: 'verify HS256, diagnostics',
    about: 'jotkit without and with a subscriber of the channel jotkit:verified.',
    unit: 'ns',
    entries: {
      'no subscriber': () => entriesOf(['jotkit'], 'HS256', enter).jotkit(),
      'a subscriber': withSubscriber,
    },
  },
];

async function enter(contender, task) {
  await proveVerifier(contender, task);
  return turnOf(contender.verify, tokensOfUsers(task), { prepare: contender.toVerify });
}

async function withSubscriber() {
  const turn = await entriesOf(['jotkit'], 'HS256', enter).jotkit();
  const subscriber = () => {};
  return async () => {
    subscribe('jotkit:verified', subscriber);
    const sample = await turn();
    unsubscribe('jotkit:verified', subscriber);
    return sample;
  };
}
