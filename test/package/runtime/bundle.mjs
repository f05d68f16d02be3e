/** Bundles worker.mjs as the tools of Cloudflare do: require of a built-in module becomes an import. */

import { builtinModules } from 'node:module';
import { build } from 'esbuild';

const builtins = {
  name: 'builtins',
  setup(bundler) {
    bundler.onResolve({ filter: /.*/ }, ({ kind, path }) => {
      const name = path.replace(/^node:/, '');
      if (!builtinModules.includes(name)) return undefined;
      return kind === 'require-call'
        ? { path: `node:${name}`, namespace: 'builtin' }
        : { path: `node:${name}`, external: true };
    });
    bundler.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `import builtin from '${path}'; module.exports = builtin;`,
    }));
  },
};

await build({
  entryPoints: ['worker.mjs'],
  outfile: 'worker.bundle.mjs',
  bundle: true,
  format: 'esm',
  conditions: ['workerd', 'worker', 'import'],
  plugins: [builtins],
});
