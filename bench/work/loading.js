/** What it costs to load a library: whole processes, less one that loads nothing. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const names = ['jotkit', 'fast-jwt', '@node-rs/jsonwebtoken', 'jose', 'jsonwebtoken'];

const measures = {
  'import time': { unit: 'ms', of: (name) => milliseconds(name) - milliseconds() },
  'import memory': { unit: 'MB', of: (name) => megabytes(name) - megabytes() },
};

export const rows = Object.entries(measures).map(([name, { unit, of }]) => {
  const entries = names.map((library) => [library, async () => () => of(library)]);
  return { name, unit, entries: Object.fromEntries(entries) };
});

function milliseconds(name) {
  const start = performance.now();
  run(name, '');
  return performance.now() - start;
}

/** Resident memory at the end. */
function megabytes(name) {
  return Number(run(name, 'console.log(process.memoryUsage().rss)')) / 1e6;
}

function run(name, then) {
  const code = `${name ? `import '${name}';` : ''}${then}`;
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: join(import.meta.dirname, '..'),
  });
  if (status !== 0) throw new Error(`cannot run ${code}`);
  return stdout.toString();
}
