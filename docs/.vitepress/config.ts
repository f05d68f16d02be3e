/** The settings of the site. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DefaultTheme, defineConfig, type MarkdownEnv } from 'vitepress';
import { fencesPlugin, serversPlugin, tablesPlugin, transcripts } from './fences.ts';
import { linksPlugin } from './links.ts';
import { writeTexts } from './llms.ts';
import { withRatios } from './rates.ts';
import { type Pages, sidebar, versionMenu } from './sidebar.ts';

const docs = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(docs, path), 'utf8');
const { version, description } = JSON.parse(read('../package.json'));

/** Another document, which the router of VitePress must not open. */
const playground = { text: 'Playground', link: '/playground.html', target: '_self' };

const icon = `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0d7a5f"/><path d="M19 7v13a5 5 0 0 1-10 0" fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round"/><circle cx="24" cy="24" r="2.5" fill="#fff"/></svg>`)}`;

export default defineConfig({
  lang: 'en',
  title: 'jotkit',
  description,
  srcExclude: ['parts/**', '**/node_modules/**'],
  rewrites: { 'decisions/README.md': 'decisions/index.md' },
  metaChunk: true,
  // Examples name the page to open.
  ignoreDeadLinks: 'localhostLinks',
  head: [['link', { rel: 'icon', href: icon }]],
  markdown: {
    anchor: { slugify: githubSlug },
    codeTransformers: [transcripts],
    config(md) {
      md.use(linksPlugin).use(fencesPlugin).use(serversPlugin).use(tablesPlugin);
    },
  },
  transformPageData({ relativePath, frontmatter }) {
    if (relativePath !== 'index.md') return;
    for (const feature of frontmatter.features) feature.details = withRatios(feature.details);
  },
  transformHead: ({ page }) => {
    const href = `/${page}`;
    return [['link', { rel: 'alternate', type: 'text/markdown', href }]];
  },
  buildEnd: writeTexts,
  themeConfig: {
    logo: icon,
    nav: [
      { text: 'Guide', link: '/guide/get-started', activeMatch: '^/guide/' },
      { text: 'Errors', link: '/errors/why-401', activeMatch: '^/errors/' },
      { text: 'Migrate', link: '/migrate/jsonwebtoken', activeMatch: '^/migrate/' },
      { text: 'API', link: '/api/', activeMatch: '^/api/' },
      { text: 'Examples', link: '/examples/', activeMatch: '^/examples/' },
      playground,
      { text: version, items: items(versionMenu) },
    ],
    sidebar: {
      '/': [
        ...sidebar.map(({ text, pages }) => ({ text, items: items(pages) })),
        {
          text: 'Reference',
          items: [
            { text: 'API', link: '/api/' },
            { text: 'Examples', link: '/examples/' },
            playground,
          ],
        },
      ],
      '/project/': [{ text: `Version ${version}`, items: items(versionMenu) }],
      '/benchmarks/': [{ text: 'Benchmarks', items: items(folder('benchmarks')) }],
      '/decisions/': [
        { text: 'Decisions', link: '/decisions/', items: items(folder('decisions')) },
      ],
      '/examples/': [{ text: 'Examples', link: '/examples/', items: items(examples()) }],
      ...apiSidebars(),
    },
    outline: { level: [2, 3], label: 'On this page' },
    search: {
      provider: 'local',
      options: {
        _render: renderForSearch,
        miniSearch: {
          searchOptions: {
            boost: { title: 4, text: 2, titles: 1 },
            // Sent to the browser as text, so it uses nothing from outside.
            boostDocument(id: string) {
              if (/^\/(guide|errors)\//.test(id)) return 4;
              return id.startsWith('/api/') ? 0.3 : 1;
            },
          },
        },
      },
    },
  },
});

function items(pages: Pages): DefaultTheme.SidebarItem[] & DefaultTheme.NavItemWithLink[] {
  return Object.entries(pages).map(([path, text]) => ({ text, link: `/${path}` }));
}

/** As GitHub does, so that a link works there, too. */
function githubSlug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

/** The pages of a directory with their first headings. */
function folder(name: string): Pages {
  const files = readdirSync(join(docs, name)).filter((file) => /^(?!README).*\.md$/.test(file));
  const heading = (file: string) => /^# (.*)$/m.exec(read(`${name}/${file}`))?.[1] ?? file;
  return Object.fromEntries(
    files.sort().map((file) => [`${name}/${file.replace('.md', '')}`, heading(file)]),
  );
}

/** The folders in the order of the table. */
function examples(): Pages {
  const rows = read('../examples/README.md').matchAll(/^\| \[([\w-]+)\]/gm);
  return Object.fromEntries([...rows].map(([, name = '']) => [`examples/${name}`, name]));
}

/** For each subpath a sidebar of all subpaths, with names under this one. */
function apiSidebars(): DefaultTheme.SidebarMulti {
  const modules: DefaultTheme.SidebarItem[] = JSON.parse(read('api/typedoc-sidebar.json'));
  const closed: typeof modules = modules.map(({ text, link }) => ({ text, link }));
  const sidebars = modules.map(({ link = '', items }, index) => {
    const open = (items ?? []).map((group) => ({ ...group, collapsed: false }));
    const list = closed.with(index, { ...closed[index], items: open });
    return [link, [{ text: 'API', link: '/api/', items: list }]];
  });
  return Object.fromEntries([
    ['/api/', [{ text: 'API', link: '/api/', items: closed }]],
    ...sidebars,
  ]);
}

interface Renderer {
  render(source: string, env: object): string;
}

/**
 * Pages of the version menu that only repeat words of the guides are not found, and `search: false` neither. The
 * links at the end of a page would be found in place of the pages that they name.
 */
function renderForSearch(source: string, env: MarkdownEnv, md: Renderer): string {
  const html = md.render(source.replace(/^## Next\n[^#]*$/m, ''), env);
  const isFound = !/^(decisions|benchmarks)\//.test(env.relativePath);
  return isFound && env.frontmatter?.search !== false ? html : '';
}
