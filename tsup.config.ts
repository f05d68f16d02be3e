import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { defineConfig } from 'tsup';
import { engines } from './package.json';

/** What code requires from inside jsonwebtoken: there the module is the function or class itself. */
const singles = {
  sign: ['index', 'sign'],
  verify: ['index', 'verify'],
  decode: ['index', 'decode'],
  'lib/JsonWebTokenError': ['index', 'JsonWebTokenError'],
  'lib/TokenExpiredError': ['index', 'TokenExpiredError'],
  'lib/NotBeforeError': ['index', 'NotBeforeError'],
  'lib/timespan': ['timespan', 'timespan'],
} as const;

const [major = '', minor = ''] = engines.node.match(/\d+/g) ?? [];

/** By itself and in old syntax, so that a runtime that cannot read the rest can read this. */
const runtimeCheck = `
'use strict';
var node = typeof process === 'object' && process.versions && process.versions.node;
var version = /^(\\d+)\\.(\\d+)/.exec(node || '');
if (version && (version[1] < ${major} || (version[1] == ${major} && version[2] < ${minor}))) {
  throw new Error('jotkit needs Node.js ${major}.${minor} or later; this is Node.js ' + node + '.');
}
var crypto, cause;
try {
  crypto = require('node:crypto');
} catch (error) {
  cause = error;
}
if (!crypto || !crypto.createHmac) {
  throw new Error('jotkit needs node:crypto, which cannot be loaded here.', { cause: cause });
}
`;

export default defineConfig(async () => {
  // Not `clean`, which also removes the type files that writeEntries adds.
  await rm('dist', { recursive: true, force: true });
  return {
    entry: { jotkit: 'src/index.ts', timespan: 'src/core/timespan.ts' },
    format: 'cjs',
    target: 'node20',
    removeNodeProtocol: false,
    dts: true,
    outExtension: () => ({ js: '.cjs', dts: '.d.cts' }),
    // esbuild exports through getters; users spy on and stub plain writable properties.
    footer: { js: 'module.exports = { ...module.exports };' },
    onSuccess: writeEntries,
  };
});

/** One implementation at run time: the ES modules hand on what the CommonJS build holds. */
async function writeEntries(): Promise<void> {
  const jotkit = createRequire(import.meta.url)('./dist/jotkit.cjs');
  await write('index.cjs', [
    runtimeCheck.trim(),
    // In one statement, Node.js would search the whole build for names to export; that takes longer
    // than to load it.
    `var jotkit = require('./jotkit.cjs');`,
    `module.exports = jotkit;`,
  ]);
  await write('index.d.cts', [`export * from './jotkit.cjs';`]);
  await write('index.mjs', [
    `import jotkit from './index.cjs';`,
    `export const { ${Object.keys(jotkit).join(', ')} } = jotkit;`,
    `export default jotkit;`,
  ]);
  await write('index.d.mts', [
    `import * as jotkit from './index.cjs';`,
    `export * from './index.cjs';`,
    `export default jotkit;`,
  ]);

  await mkdir('dist/lib', { recursive: true });
  for (const [path, [bundle, name]] of Object.entries(singles)) {
    const from = `${path.startsWith('lib/') ? '..' : '.'}/${bundle}.cjs`;
    await write(`${path}.cjs`, [`module.exports = require('${from}').${name};`]);
    await write(`${path}.mjs`, [
      `import bundle from '${from}';`,
      `export const { ${name} } = bundle;`,
      `export default ${name};`,
    ]);
    await write(`${path}.d.cts`, [`import { ${name} } from '${from}';`, `export = ${name};`]);
    await write(`${path}.d.mts`, [`export { ${name}, ${name} as default } from '${from}';`]);
  }
}

function write(path: string, lines: string[]): Promise<void> {
  return writeFile(`dist/${path}`, `${lines.join('\n')}\n`);
}
