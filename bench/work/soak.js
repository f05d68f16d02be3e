/** Memory while every key and most tokens are new: a short run of `bench/soak.js`. */

import { createSoak } from '../soak.js';

const soak = createSoak();

const entry = (calls) => async () => () => {
  soak.run(calls);
  return soak.heap() / 1e6;
};

export const rows = [
  {
    name: 'heap after a soak',
    about:
      'jotkit, HS256, the heap after a collection, when its caches are full and 200,000 calls later.',
    unit: 'MB',
    rounds: 1,
    entries: { '100,000 calls': entry(100_000), '300,000 calls': entry(200_000) },
  },
];
