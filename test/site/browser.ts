/** Opens pages of the site in Chromium. */

import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { inject } from 'vitest';

export const site = inject('site');

export function launch(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

/** Opens a page and waits until its scripts run. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(`${site}/${path}`, { waitUntil: 'load' });
  await page.waitForFunction('document.querySelector("#app").__vue_app__ !== undefined');
}

/** Reports what no page does: requests to other hosts, errors in the console, failed requests. */
export function watch(context: BrowserContext, report: (problem: string) => void): void {
  context.on('request', (request) => {
    const isOurs = request.url().startsWith(`${site}/`) || request.url().startsWith('data:');
    if (!isOurs) report(`requests ${request.url()}`);
  });
  context.on('console', (message) => {
    if (message.type() === 'error') report(`logs ${message.text()}`);
  });
  context.on('weberror', (error) => report(`throws ${error.error().message}`));
}
