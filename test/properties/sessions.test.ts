import fc from 'fast-check';
import { test } from 'vitest';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { checkAgainstModel, steps } from '../sessions/model.ts';

test('sessions agree with a plain model after every random step', async () => {
  const store = createMemoryStore();
  await fc.assert(
    fc.asyncProperty(steps, (list) => checkAgainstModel(store, list)),
    { numRuns: 300 },
  );
});
