import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, posix, relative, resolve } from 'node:path';
import { build, transform } from 'esbuild';
import { defineConfig, type Options } from 'tsup';
import { browser, commands, copied, entries, program, singles } from './entries.ts';
import { engines } from './package.json';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];
type ChunkPlugin = NonNullable<Options['plugins']>[number];

const target = 'node20';
const [major = '', minor = ''] = engines.node.match(/\d+/g) ?? [];

/** By itself and in old syntax, so that a runtime that cannot read the rest can read this. */
const runtimeCheck = `'use strict';
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

/** The same for a bundle, where only the browser's empty node:crypto is to be feared. */
const bundleCheck = `import * as crypto from 'node:crypto';
if (!crypto.createHmac) throw new Error('jotkit needs node:crypto, which cannot be loaded here.');
`;

/** The bundle that holds a source file; undefined for files that each bundle includes itself. */
function bundleOf(file: string): string | undefined {
  if (copied.includes(file)) return undefined;
  const [, directory, name] = /^src\/cli\/(?:(\w+)\/)?([\w-]+)\.ts$/.exec(file) ?? [];
  if (name !== undefined) {
    // What several commands have in common is in the bundle of each: the program itself starts without it.
    if (directory === 'parts') return undefined;
    return directory === 'commands' ? `cli-${name}` : 'cli';
  }
  if (/^src\/(core\/.+|[^/]+)$/.test(file)) return 'core';
  const own = Object.entries(entries).find(([, entry]) => entry === file)?.[0];
  return (own ?? moduleOf(dirname(file)))?.replaceAll('/', '-');
}

/** The module whose index.ts is in this directory, or in one above it with no entry between. */
function moduleOf(directory: string): string | undefined {
  const inside = Object.entries(entries).filter(([, entry]) => dirname(entry) === directory);
  if (inside.length === 0) return directory === '.' ? undefined : moduleOf(dirname(directory));
  return inside.find(([, entry]) => entry === `${directory}/index.ts`)?.[0];
}

/** Leaves to each bundle what is its own; what it imports from another it requires at run time. */
const oneImplementation: Plugin = {
  name: 'one implementation',
  setup(build) {
    build.onResolve({ filter: /^\.\.?\// }, ({ path, importer }) => {
      const from = relative('.', importer);
      const to = posix.join(dirname(from), path);
      const bundle = bundleOf(to);
      if (!importer || !bundle || bundle === bundleOf(from)) return undefined;
      return { path: `./${bundle}.cjs`, external: true };
    });
    // The commands need more of the program than its entry.
    build.onLoad({ filter: /src[\\/]cli[\\/]main\.ts$/ }, async ({ path }) => {
      const files = (await readdir(dirname(program))).filter((file) => file.endsWith('.ts'));
      const others = files.filter((file) => file !== posix.basename(program));
      const lines = others.map((file) => `export * from './${file}';`);
      const contents = [await readFile(path, 'utf8'), ...lines].join('\n');
      return { contents, loader: 'ts', resolveDir: dirname(path) };
    });
    // The bundle of the core has all names, not only the public ones: the other rooms need them.
    build.onLoad({ filter: /src[\\/]index\.ts$/ }, async () => {
      const core = await readdir('src/core', { recursive: true });
      const files = [
        'errors.ts',
        'sign.ts',
        'verify.ts',
        'decode.ts',
        ...core.filter((file) => file.endsWith('.ts')).map((file) => `core/${file}`),
      ].filter((file) => !copied.includes(`src/${file}`));
      return {
        contents: files.map((file) => `export * from './${file}';`).join('\n'),
        resolveDir: resolve('src'),
      };
    });
  },
};

/**
 * Exports plain writable properties, which users stub and spy on, and requires modules as they are. esbuild makes
 * getters of both, with descriptors that inherit: after `Object.prototype.get = 1` its bundles do not load.
 */
const plainExports: ChunkPlugin = {
  name: 'plain exports',
  async renderChunk(code) {
    const [helpers = ''] = /^var __[\s\S]*?^(?=\/\/ src\/)/m.exec(code) ?? [];
    const [exporting = '', list = ''] =
      /^var \w+ = \{\};\n__export\(\w+, \{\n([\s\S]*?)^\}\);\n.*\n/m.exec(code) ?? [];
    const members = list.replaceAll('() => ', '').replace(/^ {2}(\w+): \1(,?)$/gm, '  $1$2');
    let plain = code.replace(helpers, '').replace(exporting, '');
    plain = plain.replace(/^\/\/ Annotate the CommonJS export names[\s\S]*$/m, '');
    for (const [whole, name, module] of code.matchAll(/(\w+) = __toESM\((.*), 1\)/g)) {
      plain = plain
        .replace(whole, `${name} = ${module}`)
        .replaceAll(`${name}.default.`, `${name}.`);
    }
    // `import()` of a bundle: Node.js would search it for names first.
    plain = plain.replace(
      /\bimport(\("\.\/[\w.-]+\.cjs"\))/g,
      'Promise.resolve().then(()=>require$1)',
    );
    const used = [...helpers.matchAll(/^var (__\w+)/gm)].find(([, name]) =>
      plain.includes(`${name}(`),
    );
    if (used || !helpers || !members) throw new Error('esbuild writes its exports in another way');
    return { code: await minify(`${plain}module.exports = {\n${members}};\n`) };
  },
};

/**
 * Removes white space, which each start of a program parses. Identifiers stay, and each statement of a module keeps
 * its line: stacks name functions, and Node.js prints the whole line that an uncaught error comes from.
 */
async function minify(code: string): Promise<string> {
  const options = { minifyWhitespace: true, minifySyntax: true, target } as const;
  const statements = code.split(/^(?=(?:var|(?:async )?function|module)\b)/m);
  const results = await Promise.all(statements.map((statement) => transform(statement, options)));
  return results.map((result) => result.code).join('');
}

/** Makes the check of the runtime the first import of each ES module that users import. */
const checkFirst: ChunkPlugin = {
  name: 'check first',
  renderChunk(code, { path, entryPoint }) {
    const check = posix.relative(posix.dirname(relative('.', path)), 'dist/esm/check.mjs');
    const specifier = check.startsWith('.') ? check : `./${check}`;
    return entryPoint ? { code: `import '${specifier}';\n${code}` } : undefined;
  },
};

export default defineConfig(async ({ dts }) => {
  // Not `clean`, which also removes the type files that writeEntries adds.
  await rm('dist', { recursive: true, force: true });
  const shared: Options = { target, removeNodeProtocol: false };
  const forBrowsers: Options = {
    target: 'es2022',
    platform: 'browser',
    entry: browser,
    tsconfig: 'src/client/tsconfig.json',
  };
  const configs: Options[] = [
    {
      ...shared,
      entry: Object.fromEntries(
        [
          ...Object.values(entries),
          program,
          ...commands.map((name) => `${dirname(program)}/commands/${name}.ts`),
        ].map((file) => [bundleOf(file), file]),
      ),
      outDir: 'dist/bundles',
      format: 'cjs',
      outExtension: () => ({ js: '.cjs' }),
      esbuildPlugins: [oneImplementation],
      plugins: [plainExports],
      onSuccess: writeEntries,
    },
    {
      ...shared,
      entry: Object.fromEntries(
        Object.entries(entries).map(([path, file]) => [path === 'index' ? 'jotkit' : path, file]),
      ),
      outDir: 'dist/esm',
      format: 'esm',
      splitting: true,
      outExtension: () => ({ js: '.mjs' }),
      plugins: [checkFirst],
    },
    {
      ...forBrowsers,
      format: 'esm',
      outExtension: () => ({ js: '.mjs' }),
    },
    {
      ...forBrowsers,
      format: 'cjs',
      outExtension: () => ({ js: '.cjs' }),
      plugins: [plainExports],
    },
  ];
  if (dts === false) return configs;
  const types = { format: 'cjs', outExtension: () => ({ dts: '.d.cts' }) } as const;
  return [
    ...configs,
    {
      ...types,
      entry: entries,
      dts: { only: true, entry: { ...entries, timespan: 'src/core/encoding/duration.ts' } },
    },
    { ...types, ...forBrowsers, dts: { only: true } },
  ];
});

/** The files that package.json names: those for Node.js hand on what the CommonJS bundles hold. */
async function writeEntries(): Promise<void> {
  await write('esm/check.mjs', [bundleCheck]);
  for (const [path, file] of Object.entries(entries)) {
    const names = await exportsOf(file);
    const named = names.filter((name) => name !== 'default').join(', ');
    const self = `./${posix.basename(path)}.cjs`;
    await write(`${path}.cjs`, [
      `${runtimeCheck}var bundle = require('${up(path)}/bundles/${bundleOf(file)}.cjs');`,
      // Not the bundle itself: for that Node.js would search it for names, which takes longer than to load it.
      `module.exports = {${names.map((name) => `\n  ${name}: bundle.${name},`).join('')}\n};`,
    ]);
    const isRoot = path === 'index';
    const isDefault = names.includes('default');
    await write(`${path}.mjs`, [
      `import entry from '${self}';`,
      `export const { ${named} } = entry;`,
      ...(isRoot ? [`export default entry;`] : []),
      ...(isDefault ? [`export default entry.default;`] : []),
    ]);
    await write(`${path}.d.mts`, [
      ...(isRoot ? [`import * as entry from '${self}';`, `export default entry;`] : []),
      ...(isDefault ? [`import entry from '${self}';`, `export default entry.default;`] : []),
      `export * from '${self}';`,
    ]);
    if (isRoot) {
      await write('esm/index.mjs', [
        `import { ${named} } from './jotkit.mjs';`,
        `export { ${named} };`,
        `export default { ${named} };`,
      ]);
    }
  }
  for (const path of Object.keys(browser)) {
    await write(`${path}.d.mts`, [`export * from './${posix.basename(path)}.cjs';`]);
  }
  for (const [path, name] of Object.entries(singles)) {
    const types = `${up(path)}/${name === 'timespan' ? name : 'index'}.cjs`;
    await write(`${path}.cjs`, [
      `require('${up(path)}/index.cjs');`,
      `module.exports = require('${up(path)}/bundles/core.cjs').${name};`,
    ]);
    await write(`${path}.mjs`, [
      `import single from './${posix.basename(path)}.cjs';`,
      `export { single as ${name}, single as default };`,
    ]);
    await write(`${path}.d.cts`, [`import { ${name} } from '${types}';`, `export = ${name};`]);
    await write(`${path}.d.mts`, [`export { ${name}, ${name} as default } from '${types}';`]);
  }
  await checkNames();
  await write('cli.cjs', [
    `#!/usr/bin/env node`,
    `${runtimeCheck}require('./bundles/${bundleOf(program)}.cjs').main(require('../package.json').version);`,
  ]);
}

/** Throws for a name that one bundle reads from another, which does not export it. */
async function checkNames(): Promise<void> {
  const files = await readdir('dist/bundles');
  for (const file of files.filter((file) => file.endsWith('.cjs'))) {
    const code = await readFile(`dist/bundles/${file}`, 'utf8');
    for (const [, variable, bundle] of code.matchAll(/(\w+)=require\("(\.\/[\w.-]+)"\)/g)) {
      const exported = createRequire(resolve(`dist/bundles/${file}`))(bundle ?? '');
      const names = [...code.matchAll(new RegExp(`\\b${variable}\\.(\\w+)`, 'g'))].map(
        ([, name]) => name ?? '',
      );
      const absent = names.find((name) => !Object.hasOwn(exported, name));
      if (absent)
        throw new Error(`${file} needs "${absent}" of ${bundle}, which is not public there`);
    }
  }
}

async function exportsOf(file: string): Promise<string[]> {
  const options = { bundle: true, write: false, metafile: true, platform: 'node' } as const;
  const { metafile } = await build({ ...options, entryPoints: [file], format: 'esm' });
  return Object.values(metafile.outputs)[0]?.exports.sort() ?? [];
}

/** The way from a file of dist to dist itself. */
function up(path: string): string {
  return posix.relative(dirname(path), '.') || '.';
}

async function write(path: string, lines: string[]): Promise<void> {
  await mkdir(`dist/${dirname(path)}`, { recursive: true });
  await writeFile(`dist/${path}`, `${lines.join('\n')}\n`);
}
