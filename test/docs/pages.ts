/** The pages of the documentation, and which suite follows each of them. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Block, bareName, blocksOf, installsOf } from './blocks.ts';

export const root = join(import.meta.dirname, '../..');

/** Generated or installed below `docs`. */
const FOREIGN = /(^|\/)(node_modules|api|\.vitepress|benchmarks)\//;

export function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** Every Markdown file of the documentation, and those at the top of the repository. */
export function markdownFiles(): string[] {
  const top = readdirSync(root).filter((name) => name.endsWith('.md'));
  return [...top, ...filesIn('docs', '.md')].sort();
}

/** The README of each example. */
export function exampleReadmes(): string[] {
  return filesIn('examples', 'README.md').filter((file) => file !== 'examples/README.md');
}

function filesIn(folder: string, end: string): string[] {
  // Not recursive: another process can install packages in a folder that is not read.
  const files = readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return path.endsWith(end) ? [path] : [];
    return FOREIGN.test(`${path}/`) ? [] : filesIn(path, end);
  });
  return files.sort();
}

/**
 * Which suite has what a page installs: development packages, database clients, peers, or a registry. The files
 * of a page for `frameworks` are those of an application that this suite builds.
 */
export type Suite = 'docs' | 'databases' | 'peers' | 'package' | 'frameworks';

/** Pages for projects that exist, whose tools make most of their files. */
const APPLICATIONS = ['docs/guide/sveltekit.md', 'docs/guide/nuxt.md'];

export interface Page {
  file: string;
  blocks: Block[];
  suite: Suite;
}

/** The pages that have something to run or to type-check; `PAGES=guide/express` follows only that one. */
export function pages(): Page[] {
  const wanted = new RegExp(process.env.PAGES ?? '');
  return [...markdownFiles(), ...exampleReadmes()].flatMap((file) => {
    if (!wanted.test(file)) return [];
    const blocks = blocksOf(file, read(file));
    if (!blocks.some(({ kind }) => kind !== 'text')) return [];
    return [{ file, blocks, suite: suiteOf(file, blocks) }];
  });
}

function suiteOf(file: string, blocks: readonly Block[]): Suite {
  if (APPLICATIONS.includes(file)) return 'frameworks';
  const manifest = join(root, file, '../package.json');
  const names =
    file.startsWith('examples/') && existsSync(manifest) ? dependenciesOf(manifest) : [];
  const all = [...names, ...installsOf(blocks)].map(bareName).filter((name) => name !== 'jotkit');
  const missing = all.filter((name) => !existsSync(join(root, 'node_modules', name)));
  if (missing.length === 0) return 'docs';
  for (const suite of ['databases', 'peers'] as const) {
    const installed = dependenciesOf(join(root, `test/${suite}/package.json`));
    if (missing.every((name) => installed.includes(name))) return suite;
  }
  return 'package';
}

function dependenciesOf(manifest: string): string[] {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(manifest, 'utf8'));
  return Object.keys({ ...dependencies, ...devDependencies });
}
