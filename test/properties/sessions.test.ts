import fc from 'fast-check';
import { test } from 'vitest';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { checkAgainstModel } from '../sessions/model.ts';
import { runs } from '../sessions/steps.ts';

test('sessions agree with a plain model after every random step', async () => {
  const store = createMemoryStore();
  await fc.assert(
    fc.asyncProperty(runs, (run) => checkAgainstModel(store, run)),
    { numRuns: 150 },
  );
});
