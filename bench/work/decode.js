/** Decoding a token without verifying it. */

import { entriesOf } from '../contenders.js';
import { proveDecoder, tokensOfUsers } from '../task.js';
import { turnOf } from '../turn.js';

const names = ['jotkit', 'fast-jwt', 'jose', 'jsonwebtoken', 'bare crypto'];

export const rows = [
  {
    name: 'decode',
    about: 'The claims of a token without a key. Bare crypto: base64url and JSON.parse.',
    unit: 'ns',
    entries: entriesOf(names, 'HS256', (contender, task) => {
      proveDecoder(contender, task);
      return turnOf(contender.decode, tokensOfUsers(task));
    }),
  },
];
