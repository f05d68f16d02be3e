/** What a program pays to load a library: whole processes, less one that loads nothing. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const names = ['jotkit', 'fast-jwt', '@node-rs/jsonwebtoken', 'jose', 'jsonwebtoken'];

/** Both ways to load a library, by the extension of the program. */
const loaders = {
  import: { extension: 'mjs', load: (name) => `import '${name}';` },
  require: { extension: 'cjs', load: (name) => `require('${name}');` },
};

const measures = {
  'import time': { unit: 'ms', of: (name) => loadTime('import', name) },
  'require time': { unit: 'ms', of: (name) => loadTime('require', name) },
  'import memory': { unit: 'MB', of: (name) => usage('import', name).mb - usage('import').mb },
};

export const rows = Object.entries(measures).map(([name, { unit, of }]) => {
  const entries = names.map((library) => [library, async () => () => of(library)]);
  return { name, unit, entries: Object.fromEntries(entries) };
});

/** Milliseconds that a process works longer than one that loads nothing and runs just before it. */
export function loadTime(way, name) {
  return -usage(way).ms + usage(way, name).ms;
}

/** CPU time of a process from its start, in all of its threads, and resident memory, both when it exits. */
function usage(way, name) {
  const { extension, load } = loaders[way];
  // A file, as programs are: Node.js loads other modules of its own for --eval.
  const folder = join(import.meta.dirname, '..', 'node_modules', '.loading');
  const file = join(folder, `${name ? name.replace('/', '-') : 'nothing'}.${extension}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${name ? load(name) : ''}\nprocess.on('exit', ${report});\n`);
  const { status, stdout } = spawnSync(process.execPath, [file]);
  if (status !== 0) throw new Error(`cannot ${way} ${name}`);
  return JSON.parse(stdout);
}

/** Runs in the measured process. */
function report() {
  const { user, system } = process.cpuUsage();
  const ms = (user + system) / 1000;
  console.log(JSON.stringify({ ms, mb: process.memoryUsage().rss / 1e6 }));
}
