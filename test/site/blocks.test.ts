import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launch, open } from './browser.ts';

let browser: Browser;
let context: BrowserContext;
let page: Page;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
beforeEach(async () => {
  context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  page = await context.newPage();
  await open(page, '');
});
afterEach(() => context.close());

/** The titles of the selected tabs. */
const selected = () => page.locator('.vp-code-group input:checked + label').allTextContents();

describe('tabs', () => {
  it('stay selected on the next visit and on other pages', async () => {
    expect(await selected()).toEqual(['npm', 'Express', 'Express']);
    await page.click('label[data-title="pnpm"]');
    await page.click('label[data-title="Fastify"] >> nth=1');
    await open(page, '');
    expect(await selected()).toEqual(['pnpm', 'Fastify', 'Fastify']);
    expect(await page.locator('.blocks > .active .lang').last().textContent()).toBe('server.js');
    await page.click('.VPNavBarMenu a[href="/guide/get-started.html"]');
    await page.waitForURL('**/guide/get-started.html');
    expect(await selected()).not.toContain('npm');
  });
});

describe('the sidebar', () => {
  it('scrolls to the link of the open page', async () => {
    await open(page, 'migrate/own-sessions.html');
    const link = page.locator('.VPSidebar .is-active > .item');
    await page.waitForFunction('document.querySelector(".VPSidebar").scrollTop > 0');
    const { y = -1, height = 0 } = (await link.boundingBox()) ?? {};
    expect(y).toBeGreaterThan(0);
    expect(y + height).toBeLessThan(page.viewportSize()?.height ?? 0);
  });
});

describe('the page of an example', () => {
  it('shows the files of subdirectories', async () => {
    await open(page, 'examples/nestjs.html');
    const names = await page.locator('.file-name').allTextContents();
    expect(names).toEqual(['src/app.ts', 'src/main.ts']);
  });
});

describe('the copy button', () => {
  const copied = async (block: string) => {
    await page.hover(block);
    await page.click(`${block} button.copy`);
    return page.evaluate<string>('navigator.clipboard.readText()');
  };

  it('copies the commands of a transcript, without prompts and output', async () => {
    expect(await copied('.language-console')).toBe('npm pkg set type=module\nnpx jotkit keygen');
  });

  it('copies no request together with the start of its server', async () => {
    const start = await copied(':nth-match(.language-console, 2)');
    expect(start.trim()).toBe('node --env-file=.env server.js &');
    const requests = await copied(':nth-match(.language-console, 3)');
    expect(requests.split('\n')).toHaveLength(2);
    expect(requests).toMatch(/^curl .*\ncurl -s localhost:3000\/me$/);
  });

  it('copies a file without its name', async () => {
    expect(await copied('.file .language-js')).toMatch(/^import .* from 'jotkit';\n/);
  });
});
