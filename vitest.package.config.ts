import { defineConfig } from 'vitest/config';
import main from './vitest.config.ts';

/** The packed library in projects of its own: slow, so apart from the rest. */
export default defineConfig({
  test: {
    ...main.test,
    include: ['test/package/**/*.test.ts'],
    exclude: [],
    globalSetup: 'test/package/setup.ts',
    env: {},
    coverage: {},
    testTimeout: 300_000,
    hookTimeout: 600_000,
    maxWorkers: 2,
  },
});
