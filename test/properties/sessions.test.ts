import { test } from 'vitest';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { checkAgainstModel } from '../sessions/model.ts';

test('sessions agree with a plain model after every random step', async () => {
  await checkAgainstModel(createMemoryStore(), 150);
});
