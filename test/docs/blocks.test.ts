import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { pages } from './pages.ts';
import { typeCheck } from './type-check.ts';
import { Workshop } from './workspace.ts';

const all = pages();
const own = all.filter(({ suite, file }) => suite === 'docs' && !file.startsWith('examples/'));

describe('a block of code', () => {
  let workshop: Workshop;
  let problems: Map<string, string>;

  beforeAll(async () => {
    workshop = new Workshop({ folder: inject('workshop'), tarball: inject('tarball') });
    const folders = own.map(async (page) => {
      const workspace = await workshop.open(page.file);
      workspace.linkAll('node_modules');
      return { page, dir: workspace.dir };
    });
    problems = typeCheck(await Promise.all(folders));
  }, 300_000);
  afterAll(() => workshop.remove());

  it.each(own.map(({ file }) => [file]))('of %s compiles as strict TypeScript', (file) => {
    const found = [...problems].filter(([place, text]) => place.startsWith(`${file}:`) && text);
    expect(found.map(([place, text]) => `${place}\n${text}`).join('\n\n')).toBe('');
  });

  it.each(all.map((page) => [page.file, page] as const))(
    'of %s is no fragment if it is the first',
    (_, { blocks }) => {
      const first = blocks.find(({ kind }) => kind !== 'text' && kind !== 'console');
      expect(first?.kind).not.toBe('fragment');
    },
  );

  it.skipIf(process.env.PAGES)('is a fragment at most once in five', () => {
    const code = all.flatMap(({ blocks }) =>
      blocks.filter(({ kind }) => kind !== 'text' && kind !== 'console'),
    );
    const fragments = code.filter(({ kind }) => kind === 'fragment');
    expect(code.length).toBeGreaterThan(100);
    expect(fragments.length / code.length).toBeLessThanOrEqual(1 / 5);
  });
});
