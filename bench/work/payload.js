/** Verifying and signing HS256 as the payload grows. */

import { entriesOf } from '../contenders.js';
import { claimsOfUsers, proveVerifier, tokensOfUsers } from '../task.js';
import { turnOf } from '../turn.js';

const lengths = { '100 B': 100, '1 KB': 1000, '10 KB': 10_000, '100 KB': 100_000 };
const names = [
  'jotkit',
  'fast-jwt',
  '@node-rs/jsonwebtoken',
  'jose',
  'jsonwebtoken, KeyObject',
  'floor',
];

export const rows = Object.entries(lengths).flatMap(([label, length]) => [
  {
    name: `verify ${label}`,
    unit: 'ns',
    entries: entriesOf(names, 'HS256', async (contender, task) => {
      await proveVerifier(contender, task);
      return turnOf(contender.verify, tokensOfUsers(task, length));
    }),
  },
  {
    name: `sign ${label}`,
    unit: 'ns',
    entries: entriesOf(names, 'HS256', ({ sign }) => turnOf(sign, claimsOfUsers(length))),
  },
]);
