import { describe, expect, it } from 'vitest';
import { sidebar, versionMenu } from '../../docs/.vitepress/sidebar.ts';
import { markdownFiles, read } from './pages.ts';

const listed = [...sidebar.map(({ pages }) => pages), versionMenu].flatMap((pages) =>
  Object.keys(pages),
);

/** Benchmarks and decisions have lists of their own. */
const files = markdownFiles().filter((file) =>
  /^docs\/(guide|errors|migrate|project)\//.test(file),
);

const withoutCode = (file: string) => read(file).replace(/^```[\s\S]*?^```$/gm, '');

describe('the sidebar and the version menu', () => {
  it('have each page once', () => {
    const listedFiles = listed
      .filter((path) => !/^(benchmarks|decisions)\//.test(path))
      .map((path) => `docs/${path}.md`);
    expect(listedFiles.sort()).toEqual(files);
  });
});

describe('a page', () => {
  const written = files.filter((file) => !read(file).includes('@include'));

  it.each(written)('%s has one heading of the first level', (file) => {
    expect(withoutCode(file).match(/^# /gm)).toHaveLength(1);
  });

  const guides = files.filter((file) => /^docs\/(guide|migrate)\//.test(file));
  it.each(guides)('%s ends with three links to read next', (file) => {
    const [, next = ''] = withoutCode(file).split(/^## Next$/m);
    expect(next).not.toContain('\n## ');
    expect(next.match(/\]\(/g) ?? []).toHaveLength(3);
  });
});
