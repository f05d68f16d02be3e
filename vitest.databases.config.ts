import { defineConfig } from 'vitest/config';

/** The stores on real servers: PostgreSQL and Redis have to be installed. See test/databases/run.js. */
export default defineConfig({
  test: {
    // Those of sessions once more: what they reach need not be reached over a network, too.
    include: ['test/databases/**/*.test.ts', 'test/sessions/**/*.test.ts'],
    globalSetup: 'test/databases/global-setup.ts',
    env: { NODE_NO_WARNINGS: '1' },
    testTimeout: 120_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    coverage: {
      include: ['src/sessions/stores/*.ts'],
      reporter: ['text'],
      thresholds: { lines: 98, branches: 95 },
    },
    reporters: process.env.VITEST_JSON ? ['default', 'json'] : ['default'],
    ...(process.env.VITEST_JSON && { outputFile: { json: process.env.VITEST_JSON } }),
  },
});
