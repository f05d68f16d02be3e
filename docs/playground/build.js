/** Writes the playground as one HTML file without a request: `node docs/playground/build.js [FILE]`. */

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const here = import.meta.dirname;
// That of the library: VitePress has another one.
const { build } = createRequire(join(here, '../../package.json'))('esbuild');
const output = process.argv[2] ?? join(here, '../public/playground.html');

const stubs = {
  'node:buffer': 'buffer',
  'node:diagnostics_channel': 'diagnostics-channel',
  'node:util': 'util',
};

/** Only functions that the page does not call use `node:crypto`: without side effects, its import is dropped. */
const withoutCrypto = {
  name: 'without-crypto',
  setup({ onResolve }) {
    onResolve({ filter: /^node:crypto$/ }, ({ path }) => {
      return { path, external: true, sideEffects: false };
    });
  },
};

/** Returns a file with all that it imports, minified. */
async function bundle(file) {
  const { outputFiles } = await build({
    entryPoints: [join(here, file)],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: ['chrome123', 'firefox120', 'safari17.5'],
    legalComments: 'none',
    charset: 'utf8',
    alias: Object.fromEntries(
      Object.entries(stubs).map(([name, stub]) => [name, join(here, `stubs/${stub}.ts`)]),
    ),
    plugins: [withoutCrypto],
    inject: [join(here, 'stubs/buffer.ts')],
  });
  const text = outputFiles[0].text.trim();
  if (/<\/(script|style)|<!--/i.test(text)) throw new Error(`${file} contains an end tag`);
  if (text.includes('node:')) throw new Error(`${file} imports a module of Node.js`);
  return text;
}

const hashOf = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const html = readFileSync(join(here, 'page.html'), 'utf8');
const [logo = ''] = /<svg.*<\/svg>/.exec(html) ?? [];
const svg = logo.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"');
const script = await bundle('page.ts');
const style = await bundle('style.css');
const policy = [
  "default-src 'none'",
  `script-src ${hashOf(script)}`,
  `style-src ${hashOf(style)}`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');
const parts = {
  POLICY: policy,
  ICON: `data:image/svg+xml,${encodeURIComponent(svg)}`,
  '/* style.css */': style,
  '/* page.ts */': script,
};

mkdirSync(dirname(output), { recursive: true });
// A function, because a string would give "$&" in the script a meaning.
writeFileSync(
  output,
  html.replace(/POLICY|ICON|\/\* [\w.]+ \*\//g, (name) => parts[name]),
);
