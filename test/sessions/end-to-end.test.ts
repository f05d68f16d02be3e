import { test } from 'vitest';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { runEndToEnd } from './end-to-end.ts';

test('serves login, refresh, theft and logout from memory', () =>
  runEndToEnd(createMemoryStore(), 'ada'));
