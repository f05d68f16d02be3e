import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** For a quick look: `MUTATION_TESTS=test/keys,test/attacks npm run mutation -- --mutate src/core/keys/pem.ts`. */
const paths = process.env.MUTATION_TESTS?.split(',');

/** Most mutants die in a short file: the longest ones run last. */
class ShortestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).reverse();
  }
}

/** The tests of core and of the rotation rule, without those that generate thousands of cases or measure time. */
export default defineConfig({
  test: {
    include: paths?.map((path) => (path.endsWith('.ts') ? path : `${path}/**/*.test.ts`)) ?? [
      'test/{algorithms,attacks,claims,decode,duration,errors,keys,options,rfc,sign,token,verify}/**/*.test.ts',
      'test/sessions/rotate-row.test.ts',
    ],
    env: { NODE_NO_WARNINGS: '1' },
    testTimeout: 10_000,
    // One process for all files: a mutant runs in seconds.
    isolate: false,
    sequence: { sequencer: ShortestFirst },
  },
});
