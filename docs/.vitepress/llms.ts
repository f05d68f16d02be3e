/** Writes the pages as Markdown beside the HTML, and `llms.txt` and `llms-full.txt`. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SiteConfig } from 'vitepress';
import { fileOf, siteLink } from './links.ts';
import { sidebar, versionMenu } from './sidebar.ts';

export function writeTexts({
  srcDir,
  outDir,
  pages,
  rewrites,
  dynamicRoutes,
  site,
}: SiteConfig): void {
  const texts = new Map<string, string>();
  for (const file of pages) {
    const route = dynamicRoutes.routes.find(({ path }) => path === file);
    const source = route?.content ?? withIncludes(join(srcDir, file));
    const page = rewrites.map[file] ?? file;
    texts.set(page, page.startsWith('api/') ? source : withSiteLinks(fileOf(page), source));
  }
  // Home is a layout; the README is its text.
  const readme = readFileSync(join(srcDir, '../README.md'), 'utf8');
  texts.set('index.md', withSiteLinks('README.md', readme));
  for (const [page, text] of texts) write(join(outDir, page), text);

  const lists = [...sidebar, { text: 'Project', pages: versionMenu }].map(({ text, pages }) => {
    const lines = Object.entries(pages).map(([path, title]) => {
      const page = path.endsWith('/') ? `${path}index.md` : `${path}.md`;
      return `- [${title}](/${page}): ${summary(texts.get(page) ?? '')}`;
    });
    return `## ${text}\n\n${lines.join('\n')}\n`;
  });
  const head = `# ${site.title}\n\n> ${site.description}\n`;
  const api = '## API\n\n- [API](/api/index.md): every function, class and type, by subpath\n';
  write(join(outDir, 'llms.txt'), [head, ...lists, api].join('\n'));

  const guides = sidebar.flatMap(({ pages }) => Object.keys(pages));
  const full = guides.map((path) => texts.get(`${path}.md`) ?? '');
  write(join(outDir, 'llms-full.txt'), [head, ...full].join('\n'));
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Reads a page without its front matter. */
function withIncludes(path: string): string {
  const text = readFileSync(path, 'utf8').replace(/^---\n[\s\S]*?\n---\n+/, '');
  return text.replace(/<!--\s*@include:\s*(\S+)\s*-->/g, (_, name) => {
    return withIncludes(join(dirname(path), name));
  });
}

function withSiteLinks(from: string, text: string): string {
  return text.replace(/\]\(([^)\s]+\.md(?:#[^)\s]*)?)\)/g, (all, href) => {
    const link = siteLink(from, href);
    return link ? `](${link})` : all;
  });
}

/** The first paragraph below the heading, in one line. */
function summary(text: string): string {
  const [, paragraph = ''] = /^# .*\n+(.+(?:\n.+)*)/m.exec(text) ?? [];
  return /^(\||`|<|:|#)/.test(paragraph) ? '' : paragraph.replaceAll('\n', ' ').replaceAll('*', '');
}
