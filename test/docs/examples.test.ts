import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { read, root } from './pages.ts';

const folders = readdirSync(join(root, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** The demo runs in a clone, which has the library by its own name. */
const demo = 'two-servers';

function sourcesOf(folder: string): string[] {
  return readdirSync(join(root, 'examples', folder), { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => /\.[jt]s$/.test(name) && !/(^|\/)(node_modules|dist|\.next)\//.test(name));
}

describe('the examples', () => {
  it('are all in the index, once', () => {
    const rows = [
      ...read('examples/README.md').matchAll(/^\| \[([\w-]+)\]\(\1\/README\.md\) \|/gm),
    ];
    expect(rows.map(([, name]) => name).sort()).toEqual([...folders].sort());
  });

  it.each(folders)('%s starts with the one line of the index', (name) => {
    if (name === demo)
      return expect(readdirSync(join(root, 'examples', name))).not.toContain('package.json');
    const manifest = JSON.parse(read(`examples/${name}/package.json`));
    expect(manifest).toMatchObject({
      name: `jotkit-example-${name}`,
      private: true,
      type: 'module',
      scripts: { start: expect.any(String) },
      dependencies: { jotkit: '^0.1.0' },
    });
    const readme = read(`examples/${name}/README.md`);
    expect(readme).toMatch(/^\$ npm install && npx jotkit keygen && npm start/m);
  });

  it.each(folders.filter((name) => name !== demo))('%s has at most 80 lines in a file', (name) => {
    const long = sourcesOf(name).filter(
      (file) => read(`examples/${name}/${file}`).split('\n').length - 1 > 80,
    );
    expect(long).toEqual([]);
  });
});
