/** Links between Markdown files of the repository, as links between pages of the site. */

import { posix } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';

/** Pages that include a file from outside `docs`. */
const included: Record<string, string> = {
  'project/changelog.md': 'CHANGELOG.md',
  'project/security.md': 'SECURITY.md',
  'examples/index.md': 'examples/README.md',
};

/** No page of VitePress: its router would not find it. */
const playground = 'playground.html';

/** The file of the repository that has the text of a page. */
export function fileOf(page: string): string {
  const [, example] = /^examples\/(.+)\.md$/.exec(page) ?? [];
  return included[page] ?? (example ? `examples/${example}/README.md` : `docs/${page}`);
}

/** The page that shows a file or directory of the repository. */
function pageOf(file: string): string | undefined {
  const [page] = Object.entries(included).find(([, source]) => source === file) ?? [];
  if (page) return page;
  if (file === 'README.md') return 'index.md';
  if (file === 'docs/playground/page.html') return playground;
  if (/^examples\/?$/.test(file)) return 'examples/index.md';
  const [, example] = /^examples\/([\w-]+)(?:\/|\/README\.md)?$/.exec(file) ?? [];
  if (example) return `examples/${example}.md`;
  const [, ours] = /^docs\/(.*\.md)$/.exec(file) ?? [];
  return ours?.replace(/README\.md$/, 'index.md');
}

/** Returns the link on the site; `undefined` for a file that the site does not show. `from` has the link. */
export function siteLink(from: string, href: string): string | undefined {
  if (/^([a-z]+:|#|\/)/i.test(href)) return href;
  const [path = '', hash] = href.split('#');
  const file = posix.join(posix.dirname(from), path);
  const target = pageOf(file);
  return target && `/${target}${hash ? `#${hash}` : ''}`;
}

/** Rewrites the links of a page. A link to a file that the site does not show becomes its text. */
export function linksPlugin(md: MarkdownRenderer): void {
  md.core.ruler.push('site-links', ({ tokens, env }) => {
    // TypeDoc writes links of pages already.
    if (!env.relativePath || env.relativePath.startsWith('api/')) return;
    for (const { children } of tokens) {
      let isOpen = true;
      for (const token of children ?? []) {
        if (token.type === 'link_open') {
          const link = siteLink(fileOf(env.relativePath), token.attrGet('href') ?? '');
          isOpen = link !== undefined;
          if (isOpen) token.attrSet('href', link as string);
          if (link === `/${playground}`) token.attrSet('target', '_self');
        }
        if (!isOpen && token.type.startsWith('link_')) {
          token.tag = 'span';
          token.type = 'unlinked';
          token.attrs = null;
        }
      }
    }
  });
}
