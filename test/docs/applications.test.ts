import { describe, expect, it } from 'vitest';
import { blocksOf } from './blocks.ts';
import { read } from './pages.ts';

const apps = 'test/frameworks/apps';

const filesOf = (page: string) =>
  blocksOf(page, read(page)).flatMap((block) => (block.kind === 'file' ? [block] : []));

describe.each([
  ['docs/guide/nextjs.md', 'next-16'],
  ['docs/guide/sveltekit.md', 'sveltekit'],
  ['docs/guide/nuxt.md', 'nuxt'],
])('%s', (page, app) => {
  it('shows the files of an application that is built and driven', () => {
    const files = filesOf(page);
    expect(files.length).toBeGreaterThan(5);
    for (const { file, code } of files) expect(read(`${apps}/${app}/${file}`)).toBe(`${code}\n`);
  });
});

describe('docs/guide/nextjs.md', () => {
  it('names each difference of Next.js 15', () => {
    const middleware = read(`${apps}/next-16/proxy.ts`)
      .replace('function proxy', 'function middleware')
      .replace('config = {', "config = {\n  runtime: 'nodejs',");
    expect(read(`${apps}/next-15/middleware.ts`)).toBe(middleware);
  });
});
