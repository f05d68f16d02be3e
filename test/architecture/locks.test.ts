import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './sources.ts';

type Wanted = Record<'dependencies' | 'devDependencies', Record<string, string> | undefined>;

function parsed(...path: string[]): unknown {
  return JSON.parse(readFileSync(join(root, ...path), 'utf8'));
}

const apps = ['next-15', 'next-16', 'nuxt', 'sveltekit'].map(
  (name) => `test/frameworks/apps/${name}`,
);
const folders = [
  '.',
  'bench',
  'docs',
  'test/browser',
  'test/databases',
  'test/frameworks',
  'test/frameworks/nest-11',
  'test/frameworks/nest-12',
  'test/mutation',
  'test/peers',
  ...apps,
];

describe.each(folders)('the lock file in %s', (folder) => {
  const { packages } = parsed(folder, 'package-lock.json') as {
    packages: Record<string, Partial<Wanted> & { resolved?: string }>;
  };

  it('was made from the package.json beside it', () => {
    const { dependencies, devDependencies } = parsed(folder, 'package.json') as Wanted;
    const { ['']: locked } = packages;
    expect({
      dependencies: locked?.dependencies,
      devDependencies: locked?.devDependencies,
    }).toEqual({ dependencies, devDependencies });
    const missing = Object.keys({ ...dependencies, ...devDependencies }).filter(
      (name) => !packages[`node_modules/${name}`],
    );
    expect(missing).toEqual([]);
  });

  it('names no address from which packages were downloaded', () => {
    expect(Object.values(packages).filter(({ resolved }) => resolved !== undefined)).toEqual([]);
  });
});
