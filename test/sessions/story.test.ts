import { test } from 'vitest';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { tell } from './story.ts';

test('two servers, two tokens, in memory', () => tell(createMemoryStore(), 'ada'));
