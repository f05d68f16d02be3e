import { defineConfig } from 'vitest/config';

/** The tests of core and of the rotation rule, without those that generate thousands of cases. */
export default defineConfig({
  test: {
    include: [
      'test/{algorithms,attacks,claims,decode,errors,keys,options,rfc,sign,timespan,token,verify}/**/*.test.ts',
      'test/sessions/conformance.test.ts',
    ],
    env: { NODE_NO_WARNINGS: '1' },
    testTimeout: 60_000,
  },
});
