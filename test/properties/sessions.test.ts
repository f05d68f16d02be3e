import fc from 'fast-check';
import { test } from 'vitest';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { live, lives } from '../sessions/model.ts';

test('whatever happens, sessions are what a plain model says', async () => {
  const store = createMemoryStore();
  await fc.assert(
    fc.asyncProperty(lives, (steps) => live(store, steps)),
    { numRuns: 300 },
  );
});
