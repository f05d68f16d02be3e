import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, open } from './browser.ts';

/** What readers type, and the page or entry that must be the first hit. */
const firstHits: Record<string, string> = {
  cookie: 'guide/cookies-or-headers.html',
  401: 'errors/why-401.html',
  'jwt expired': 'errors/error-codes.html#err_claim_expired',
  // Both pages of errors explain it.
  'invalid signature': 'errors/',
  ERR_KEY_INVALID: 'errors/error-codes.html#err_key_invalid',
  'refresh token': 'guide/sessions.html',
  logout: 'guide/sessions.html',
  rotate: 'guide/rotate-keys.html',
  expiresIn: 'guide/sign.html',
  createSigner: 'guide/sign.html',
  auth0: 'guide/auth0.html',
  nestjs: 'guide/nestjs.html',
  'next.js': 'guide/nextjs.html',
  'migrate jsonwebtoken': 'migrate/jsonwebtoken.html',
};

let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await launch();
  page = await browser.newPage();
  await open(page, '');
  await page.click('.DocSearch-Button');
  await page.waitForSelector('#localsearch-input');
});
afterAll(() => browser.close());

async function search(query: string): Promise<string[]> {
  await page.fill('#localsearch-input', '');
  await page.waitForSelector('a.result', { state: 'detached' });
  await page.fill('#localsearch-input', query);
  await page.waitForSelector('a.result');
  const links = page.locator('a.result');
  return links.evaluateAll((found) =>
    found.map((link) => link.getAttribute('href')?.slice(1) ?? ''),
  );
}

describe('the search', () => {
  it.each(Object.entries(firstHits))(
    'finds for "%s" the page that explains it',
    async (query, hit) => {
      const hits = await search(query);
      expect(hits[0]?.startsWith(hit), hits.join('\n')).toBe(true);
    },
  );

  it('finds no decision and no benchmark', async () => {
    const hits = await search('decision benchmark');
    expect(hits.filter((hit) => /^(decisions|benchmarks)\//.test(hit))).toEqual([]);
  });
});
