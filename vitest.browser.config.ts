import { defineConfig } from 'vitest/config';
import main from './vitest.config.ts';

/** In a real Chromium (apt-get install chromium openssl): apart, because not every machine has one. */
export default defineConfig({
  test: {
    ...main.test,
    include: ['test/browser/**/*.test.ts'],
    exclude: [],
    coverage: {},
    hookTimeout: 60_000,
  },
});
