/** The tests as projects; `npm test` runs `unit`, `npm run test:all` all of them. */

import { defineConfig } from 'vitest/config';

/** Coverage counts once, on the merged reports of all projects: no project alone reaches it. */
const isMerged = process.argv.some((argument) => argument.startsWith('--merge-reports'));

/** A short secret warns once in a process; tests of the classic API use such secrets on purpose. */
const quiet = { NODE_NO_WARNINGS: '1' };

const setupFiles = ['test/fixtures/titles.ts', 'test/fixtures/generated-keys.ts'];

/** Follow the pages and the demo with the packed library. */
const pageTests = ['test/docs/{transcripts,blocks,follow,snippets,demo}.test.ts'];

export default defineConfig({
  test: {
    coverage: {
      include: ['src/**/*.ts'],
      reporter: isMerged ? ['text', 'json-summary'] : [],
      ...(isMerged && { thresholds: { lines: 98, branches: 95 } }),
    },
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles,
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/{package,browser,databases,frameworks,mutation,peers,site}/**',
            ...pageTests,
          ],
          env: quiet,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Files share a process, as modules of an application do. Starting one per file costs more
          // than most files do, and each exit is one more chance for nodejs/node#54918.
          isolate: false,
        },
      },
      {
        test: {
          name: 'docs',
          setupFiles,
          include: pageTests,
          globalSetup: 'test/package/setup.ts',
          testTimeout: 300_000,
          hookTimeout: 600_000,
          maxConcurrency: 3,
        },
      },
      {
        test: {
          name: 'package',
          setupFiles,
          include: ['test/package/**/*.test.ts'],
          globalSetup: 'test/package/setup.ts',
          testTimeout: 300_000,
          hookTimeout: 600_000,
          maxWorkers: 2,
          maxConcurrency: 2,
        },
      },
      {
        test: {
          name: 'browser',
          setupFiles,
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/browser/setup.ts', 'test/package/setup.ts'],
          env: quiet,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'frameworks',
          setupFiles,
          include: ['test/frameworks/**/*.test.ts'],
          globalSetup: ['test/frameworks/setup.ts', 'test/package/setup.ts'],
          env: quiet,
          testTimeout: 60_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'peers',
          setupFiles,
          include: ['test/peers/**/*.test.ts'],
          globalSetup: ['test/package/setup.ts', 'test/peers/setup.ts'],
          env: quiet,
          testTimeout: 120_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'site',
          setupFiles,
          include: ['test/site/**/*.test.ts'],
          globalSetup: 'test/site/setup.ts',
          testTimeout: 400_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'databases',
          setupFiles,
          include: ['test/databases/**/*.test.ts'],
          globalSetup: ['test/databases/global-setup.ts', 'test/package/setup.ts'],
          env: quiet,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          maxConcurrency: 2,
        },
      },
    ],
  },
});
