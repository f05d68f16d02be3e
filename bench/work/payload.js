/** Verifying and signing HS256 with larger payloads. */

import { entriesOf } from '../contenders.js';
import { claimsOfUsers, proveSigner, proveVerifier, tokensOfUsers } from '../task.js';
import { turnOf } from '../turn.js';

const lengths = { '1 KB': 1000, '10 KB': 10_000, '100 KB': 100_000 };
const names = [
  'jotkit',
  'fast-jwt',
  '@node-rs/jsonwebtoken',
  'jose',
  'jsonwebtoken, KeyObject',
  'bare crypto',
];

export const rows = Object.entries(lengths).flatMap(([label, length]) => [
  {
    name: `verify ${label}`,
    about: `HS256, ${label} of claims in JSON, each a short string.`,
    unit: 'ns',
    entries: entriesOf(names, 'HS256', async (contender, task) => {
      await proveVerifier(contender, task);
      return turnOf(contender.verify, tokensOfUsers(task, length));
    }),
  },
  {
    name: `sign ${label}`,
    about: `HS256, ${label} of claims in JSON, each a short string.`,
    unit: 'ns',
    entries: entriesOf(names, 'HS256', async (contender, task) => {
      await proveSigner(contender, task);
      return turnOf(contender.sign, claimsOfUsers(length));
    }),
  },
]);
