import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // These install the packed library, or need a browser or databases: they have configurations of their own.
    exclude: ['test/package/**', 'test/browser/**', 'test/databases/**'],
    // A short secret warns once in a process; tests of the classic calls use them on purpose.
    env: { NODE_NO_WARNINGS: '1' },
    testTimeout: 60_000,
    reporters: process.env.VITEST_JSON ? ['default', 'json'] : ['default'],
    ...(process.env.VITEST_JSON && { outputFile: { json: process.env.VITEST_JSON } }),
    coverage: {
      include: ['src/**/*.ts'],
      // These run where their databases are, with thresholds of their own: vitest.databases.config.ts.
      exclude: ['postgres', 'redis', 'redis-scripts', 'sql', 'sqlite'].map(
        (name) => `src/sessions/stores/${name}.ts`,
      ),
      reporter: ['text', 'json-summary'],
      thresholds: { lines: 98, branches: 95 },
    },
  },
});
