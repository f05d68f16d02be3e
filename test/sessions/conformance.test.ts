import { describe, expect, test } from 'vitest';
import { storeLaws } from '../../src/sessions/stores/conformance.ts';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';

describe('the memory store', () => {
  const store = createMemoryStore();
  test.each(storeLaws)('$name', ({ check }) => check(store));
});

test('gives every law its own name', () => {
  expect(new Set(storeLaws.map(({ name }) => name)).size).toBe(storeLaws.length);
  expect(storeLaws.length).toBeGreaterThan(15);
});
