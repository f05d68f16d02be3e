import { defineConfig } from 'vitest/config';
import main from './vitest.config.ts';

const question = `'hash' in crypto`;

/** The same tests as in a runtime without one-shot hashes: every HMAC comes from a stream. */
export default defineConfig({
  plugins: [
    {
      name: 'no-one-shot-hash',
      enforce: 'pre',
      transform(code, id) {
        if (!id.endsWith('/src/core/keys/hmac.ts')) return undefined;
        if (!code.includes(question)) throw new Error(`hmac.ts does not ask ${question}`);
        return code.replace(question, 'false');
      },
    },
  ],
  test: {
    ...main.test,
    exclude: ['test/{package,browser,databases,docs,types,architecture}/**'],
    env: { ...main.test?.env, JOTKIT_TEST_HASH: 'stream' },
    // Files share a process, as parts of an application do: what one leaves behind, the next one meets.
    isolate: false,
    coverage: {},
  },
});
