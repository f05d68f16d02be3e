/**
 * Stores of used identifiers, so that a proof or an assertion is accepted once.
 *
 * @module jotkit/replay
 */

export { createMemoryReplayStore, type MemoryReplayOptions } from './memory.ts';
export { type ReplayStore, ReplayStoreError } from './store.ts';
