import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { explain, explainUnverified } from '../../src/explain/index.ts';
import { exportJwk } from '../../src/jwk/index.ts';
import { ec } from '../fixtures/keys.ts';
import { NOW, tokenOf } from '../fixtures/tokens.ts';
import { launch, site } from './browser.ts';
import { type PlaygroundCase, playgroundCases } from './playground-cases.ts';

const file = join(import.meta.dirname, '../../docs/.vitepress/dist/playground.html');
const fileUrl = pathToFileURL(file).href;

let browser: Browser;
let context: BrowserContext;
let page: Page;
let problems: string[];
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
beforeEach(async () => {
  problems = [];
  context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  context.on('request', (request) => problems.push(request.url()));
  context.on('console', (message) => problems.push(message.text()));
  context.on('weberror', (error) => problems.push(error.error().message));
  page = await context.newPage();
});
afterEach(() => context.close());

async function open(url = fileUrl): Promise<void> {
  await page.clock.setFixedTime(NOW * 1000);
  await page.goto(url);
  problems = problems.filter((problem) => problem !== url && !problem.startsWith('data:'));
}

/** Fills the form with each case and collects the result, as the page shows it, as JSON. */
const RUN_ALL = `async (cases) => {
  const results = [];
  for (const { form, algorithms } of cases) {
    for (const field of document.querySelectorAll('textarea, input:not([type])')) {
      field.value = form[field.id] ?? '';
    }
    document.getElementById('encoding').value = form.encoding ?? 'text';
    for (const box of document.querySelectorAll('[type=checkbox]')) {
      box.checked = algorithms.includes(box.value);
    }
    document.getElementById('form').dispatchEvent(new Event('change'));
    while (document.getElementById('result').ariaBusy === 'true') {
      await new Promise((resolve) => setTimeout(resolve));
    }
    results.push(document.querySelector('#json pre')?.textContent);
  }
  return results;
}`;

type Shown = Pick<PlaygroundCase, 'form' | 'algorithms'>;

async function resultsOf(cases: readonly Shown[]): Promise<Record<string, unknown>[]> {
  const texts = await page.evaluate<string[]>(`(${RUN_ALL})(${JSON.stringify(cases)})`);
  return texts.map((text) => JSON.parse(text ?? '{}'));
}

async function explained({ token, key, options }: PlaygroundCase): Promise<unknown> {
  const all = { ...options, clock: () => NOW * 1000 };
  const explanation = await (key === undefined
    ? explainUnverified(token, all)
    : explain(token, key, all));
  const { hints: _, ...shown } = explanation;
  return JSON.parse(JSON.stringify(shown));
}

const fill = (form: Record<string, string>) => resultsOf([{ form, algorithms: [] }]);

describe('the playground', () => {
  it('shows the outcome, code, message and rows of Node.js for 300 of 300 tokens', async () => {
    await open();
    const cases = playgroundCases(300);
    const shown = await resultsOf(
      cases.map(({ token, form, algorithms }) => ({ form: { ...form, token }, algorithms })),
    );
    const expected = await Promise.all(cases.map(explained));
    expect(shown).toEqual(expected);
    expect(problems).toEqual([]);
    const outcomes = (outcome: string) =>
      shown.filter((result) => result['outcome'] === outcome).length;
    for (const outcome of ['accepted', 'rejected', 'failed']) {
      expect(outcomes(outcome)).toBeGreaterThan(10);
    }
    expect(new Set(shown.map(({ code }) => code)).size).toBeGreaterThan(15);
  }, 120_000);

  it('opens from the pages of the site, and links to the codes', async () => {
    await page.goto(`${site}/errors/why-401.html`);
    await page.locator('.vp-doc').getByRole('link', { name: 'playground' }).click();
    await page.waitForURL('**/playground.html');
    await page.getByRole('button', { name: 'Show an example' }).click();
    await page.locator('#outcome a', { hasText: 'ERR_CLAIM_EXPIRED' }).click();
    await page.waitForURL('**/errors/error-codes.html#err_claim_expired');
    expect(await page.locator('#err_claim_expired').count()).toBe(1);
  });

  it('shows the result while you type', async () => {
    await open();
    await page.getByLabel('Token').pressSequentially(tokenOf({ sub: 'ada' }), { delay: 1 });
    await page.locator('#outcome', { hasText: 'no key was passed' }).waitFor();
    expect(await page.locator('section pre').last().textContent()).toContain('"sub": "ada"');
  });

  it('lets no script reach the network', async () => {
    await open(`${site}/playground.html`);
    const responses: string[] = [];
    context.on('response', (response) => responses.push(response.url()));
    const attempts = await page.evaluate<string[]>(`Promise.all([
      fetch('/index.html').then(() => 'fetched', () => 'blocked'),
      fetch('https://elsewhere.example').then(() => 'fetched', () => 'blocked'),
      new Promise((resolve) => {
        const image = new Image();
        image.onload = () => resolve('loaded');
        image.onerror = () => resolve('blocked');
        image.src = '/logo.svg';
      }),
      new Promise((resolve) => {
        try { new WebSocket('ws://127.0.0.1:1').onerror = () => resolve('blocked'); }
        catch { resolve('blocked'); }
      }),
      navigator.sendBeacon('/beacon') && 'queued',
      (() => {
        try { document.body.innerHTML = '<b>html</b>'; return 'written'; }
        catch { return 'blocked'; }
      })(),
    ])`);
    expect(attempts.filter((attempt) => attempt !== 'queued')).toEqual(Array(5).fill('blocked'));
    expect(responses).toEqual([]);
    expect(problems.length).toBeGreaterThan(4);
  });

  it('shows hostile text of a token as text', async () => {
    await open();
    const evil = '</pre><img src=x onerror="document.title=1"><script>document.title=2</script>';
    const token = tokenOf({ sub: evil, aud: evil, [evil]: '\u202ereversed' }, { kid: evil });
    const [result] = await fill({ token, audience: evil.replaceAll(',', ''), issuer: evil });
    expect(result).toMatchObject({ payload: { sub: evil }, header: { kid: evil } });
    expect(await page.title()).toBe('Playground | jotkit');
    expect(await page.locator('#result img, #result script').count()).toBe(0);
    expect(await page.locator('#result').textContent()).not.toContain('\u202e');
    expect(problems).toEqual([]);
  });

  it('names the reading of a secret that is right, and a wrong option', async () => {
    await open();
    const key = 'a secret of the playground, of 32 bytes or more';
    const token = tokenOf({ sub: 'ada' }, {}, key);
    await fill({ token, key: Buffer.from(key).toString('base64'), maxAge: 'soon' });
    expect(await page.locator('.hints').textContent()).toContain('decoded from base64');
    expect(await page.locator('#maxAge-note').textContent()).toContain('"maxAge" must be');
    const [result] = await fill({ token, key, maxAge: '' });
    expect(result).toMatchObject({ outcome: 'accepted', verified: true });
    expect(await page.locator('.hints, .note.error').count()).toBe(0);
  });

  it('removes a private key from the form, and says so', async () => {
    await open();
    const { privateKey } = ec();
    for (const key of [
      privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      JSON.stringify(privateKey.export({ format: 'jwk' })),
      JSON.stringify({ keys: [privateKey.export({ format: 'jwk' })] }),
    ]) {
      const [result] = await fill({ token: tokenOf({}), key });
      expect(result).toMatchObject({ outcome: 'failed' });
      expect(await page.getByLabel('Secret or public key').inputValue()).toBe('');
      expect(await page.locator('#key-note').textContent()).toContain('The key is private');
    }
  });

  it('stores nothing', async () => {
    await open(`${site}/playground.html`);
    await fill({ token: tokenOf({}), key: JSON.stringify(exportJwk(ec().publicKey)) });
    expect(await context.storageState()).toEqual({ cookies: [], origins: [] });
    await page.reload();
    expect(await page.getByLabel('Token').inputValue()).toBe('');
  });

  it('fits 390 px, light and dark', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await open();
    await fill({
      token: tokenOf({ sub: 'a'.repeat(500) }, { kid: 'k'.repeat(200) }),
      audience: 'api',
    });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    }
  });

  it('labels every field, and follows the appearance chosen on the site', async () => {
    await open(`${site}/playground.html`);
    const counts = await page.evaluate<number[]>(
      "[...document.querySelectorAll('textarea, input, select')].map(({ labels }) => labels.length)",
    );
    expect(counts.length).toBeGreaterThan(20);
    expect(new Set(counts)).toEqual(new Set([1]));
    await page.evaluate("localStorage.setItem('vitepress-theme-appearance', 'dark')");
    await page.reload();
    expect(await page.locator('html.dark').count()).toBe(1);
  });

  it('has a script of at most 24 KB, compressed', () => {
    const script = /<script>(.*)<\/script>/s.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
    expect(script.length).toBeGreaterThan(10_000);
    expect(gzipSync(script).length).toBeLessThan(24_576);
  });
});
