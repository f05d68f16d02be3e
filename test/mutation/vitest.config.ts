import { defineConfig } from 'vitest/config';

/** For a quick look: `MUTATION_TESTS=test/duration npm run mutation -- --mutate src/core/encoding/duration.ts`. */
const directory = process.env.MUTATION_TESTS;

/** The tests of core and of the rotation rule, without those that generate thousands of cases. */
export default defineConfig({
  test: {
    include: directory
      ? [`${directory}/**/*.test.ts`]
      : [
          'test/{algorithms,attacks,claims,decode,duration,errors,keys,options,rfc,sign,token,verify}/**/*.test.ts',
          'test/sessions/rotate-row.test.ts',
        ],
    env: { NODE_NO_WARNINGS: '1' },
    testTimeout: 60_000,
    // One process for all files: a mutant runs in seconds.
    isolate: false,
  },
});
