import { writeFile } from 'node:fs/promises';
import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['cjs'],
  target: 'node20',
  dts: true,
  clean: true,
  outExtension: () => ({ js: '.cjs', dts: '.d.cts' }),
  // esbuild exports through getters; users spy on and stub plain writable properties.
  footer: { js: 'module.exports = { ...module.exports };' },
  // One implementation at run time: the ES module hands on what the CommonJS build holds.
  async onSuccess() {
    const { createRequire } = await import('node:module');
    const names = Object.keys(createRequire(import.meta.url)('./dist/index.cjs'));
    await writeFile(
      'dist/index.mjs',
      `import jotkit from './index.cjs';\nexport const { ${names.join(', ')} } = jotkit;\nexport default jotkit;\n`,
    );
    await writeFile(
      'dist/index.d.mts',
      `import * as jotkit from './index.cjs';\nexport * from './index.cjs';\nexport default jotkit;\n`,
    );
  },
});
