/** Reading a token without verifying it. */

import { entriesOf } from '../contenders.js';
import { tokensOfUsers } from '../task.js';
import { turnOf } from '../turn.js';

const names = ['jotkit', 'fast-jwt', 'jose', 'jsonwebtoken', 'floor'];

const entries = entriesOf(names, 'HS256', ({ decode }, task) =>
  turnOf(decode, tokensOfUsers(task)),
);

export const rows = [{ name: 'decode', unit: 'ns', entries }];
