/** The laws of session stores, for any test runner. */

import type { StoreLaw } from './law-clients.ts';
import { lifetimeLaws } from './lifetime-laws.ts';
import { loginLaws } from './login-laws.ts';
import { rotationLaws } from './rotation-laws.ts';
import { sessionLaws } from './session-laws.ts';

export type { StoreLaw };

/**
 * The laws that every store must obey. Each creates its own users, so you can check one store or database
 * against all laws, from several processes at once.
 *
 * @example
 * ```ts
 * import { storeLaws } from 'jotkit/sessions/conformance';
 * import { createMemoryStore } from 'jotkit/sessions/memory';
 * import { test } from 'node:test';
 *
 * const store = createMemoryStore(); // your own store
 * for (const { name, check } of storeLaws) test(name, () => check(store));
 * ```
 */
export const storeLaws: readonly StoreLaw[] = [
  ...rotationLaws,
  ...lifetimeLaws,
  ...loginLaws,
  ...sessionLaws,
];
