/** Holds CONTRIBUTING.md to the files that it names. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './sources.ts';

const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');

it('names only paths that exist', () => {
  const named = [
    ...text.matchAll(/`((?:src|test|docs)\/[\w./-]+|\w+\.(?:ts|json))`|\]\(([\w./-]+)\)/g),
  ];
  const paths = named.map(([, code, link]) => code ?? link ?? '');
  expect(paths.length).toBeGreaterThan(30);
  const missing = paths.filter((path) => path !== 'index.ts' && !existsSync(join(root, path)));
  expect(missing).toEqual([]);
});

it('names only directories and files that exist in the tree of src', () => {
  const tree = /^src\/\n[\s\S]*?^```/m.exec(text)?.[0] ?? '';
  const parents: string[] = [];
  const missing = tree.split('\n').flatMap((line) => {
    const [, indent, names] =
      /^((?:│? {2,3})*(?:├─|└─) )((?:[\w-]+(?:\/|\.ts) ?)+)/.exec(line) ?? [];
    if (!indent || !names) return [];
    const depth = indent.length / 3 - 1;
    const paths = names.trim().split(' ');
    parents.splice(depth, Infinity, paths[0] ?? '');
    const parent = parents.slice(0, depth).join('');
    return paths
      .map((path) => `src/${parent}${path}`)
      .filter((path) => !existsSync(join(root, path)));
  });
  expect(tree.split('\n').length).toBeGreaterThan(20);
  expect(missing).toEqual([]);
});

it('names only scripts of package.json', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script ?? '');
  expect(named.filter((script) => !Object.hasOwn(scripts, script))).toEqual([]);
});
