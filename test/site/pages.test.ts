import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, open, site, watch } from './browser.ts';

const root = join(import.meta.dirname, '../..');
const dist = join(root, 'docs/.vitepress/dist');
const { entryPoints } = JSON.parse(readFileSync(join(root, 'typedoc.json'), 'utf8'));
const all = readdirSync(dist, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  // The playground is no page of VitePress: playground.test.ts.
  .filter((path) => /\.html$/.test(path) && !/^(404|playground)\.html$/.test(path))
  .sort();

/** Pages of the API are made by one template: those of subpaths, and some of names. */
const isModule = (path: string) => path.startsWith('api/') && path.endsWith('/index.html');
const symbols = all.filter((path) => path.startsWith('api/') && !isModule(path));
const sampled = symbols.filter((_, index) => index % Math.floor(symbols.length / 25) === 0);
const opened = [...all.filter((path) => !symbols.includes(path)), ...sampled];

/** How much wider than the window a page is, light and dark. */
const MEASURE = `[false, true].map((isDark) => {
  document.documentElement.classList.toggle('dark', isDark);
  return document.documentElement.scrollWidth - window.innerWidth;
})`;

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** Opens pages one after the other in one tab, and returns what is wrong with them. */
async function problemsOf(paths: readonly string[]): Promise<string[]> {
  const problems: string[] = [];
  let current = '';
  const context = await browser.newContext();
  watch(context, (problem) => problems.push(`${current} ${problem}`));
  const page = await context.newPage();
  for (current of paths) {
    await open(page, current);
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 844 });
      const [light = 0, dark = 0] = await page.evaluate<number[]>(MEASURE);
      const most = Math.max(light, dark);
      if (most > 0) problems.push(`${current} is ${most} px wider than ${width} px`);
    }
  }
  await context.close();
  return problems;
}

describe('the pages of the site', () => {
  it('include every guide, and every subpath of the API', () => {
    expect(all.filter(isModule)).toHaveLength(1 + entryPoints.length);
    expect(sampled.length).toBeGreaterThanOrEqual(20);
    expect(all.filter((path) => path.startsWith('guide/')).length).toBeGreaterThan(20);
  });

  it('fit phones and desktops, light and dark, without errors and foreign requests', async () => {
    const half = Math.ceil(opened.length / 2);
    const problems = await Promise.all([
      problemsOf(opened.slice(0, half)),
      problemsOf(opened.slice(half)),
    ]);
    expect(problems.flat()).toEqual([]);
  });

  it('are dark if the system is', async () => {
    const page = await browser.newPage({ colorScheme: 'dark' });
    await open(page, 'guide/get-started.html');
    expect(await page.locator('html.dark').count()).toBe(1);
  });

  it('have one heading of the first level', async () => {
    const page = await browser.newPage();
    const wrong: string[] = [];
    for (const path of opened) {
      const html = await (await page.request.get(`${site}/${path}`)).text();
      const count = html.match(/<h1[ >]/g)?.length ?? 0;
      if (count !== 1) wrong.push(`${path} has ${count}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe('llms.txt', () => {
  it('names every guide, each of which exists as Markdown', async () => {
    const page = await browser.newPage();
    const text = await (await page.request.get(`${site}/llms.txt`)).text();
    const links = [...text.matchAll(/\]\(\/(.*?\.md)\)/g)].map(([, path = '']) => path);
    const guides = all.filter((path) => /^(guide|errors|migrate)\//.test(path));
    for (const path of guides) expect(links).toContain(path.replace('.html', '.md'));
    const markdown = readdirSync(dist, { recursive: true, encoding: 'utf8' });
    expect(links.filter((path) => !markdown.includes(path))).toEqual([]);
  });
});
