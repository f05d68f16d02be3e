/** The recipes of docs/guide/browser-client.md in Chromium, as the page has them. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { blocksOf } from '../docs/blocks.ts';
import { read } from '../docs/pages.ts';
import { type ClientSite, openClientSite } from './client-site.ts';

let site: ClientSite;
let context: BrowserContext;
let page: Page;
let folder: string;

beforeAll(async () => {
  // Here, so that packages beside this file are found.
  mkdirSync(join(import.meta.dirname, 'node_modules'), { recursive: true });
  folder = mkdtempSync(join(import.meta.dirname, 'node_modules/.recipes-'));
  const file = 'docs/guide/browser-client.md';
  for (const block of blocksOf(file, read(file))) {
    if (block.kind === 'file') writeFileSync(join(folder, block.file), block.code);
  }
  site = await openClientSite(false);
});
afterAll(async () => {
  await site?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  context = await site.browser.newContext();
  page = await context.newPage();
  await page.goto(site.local);
});
afterEach(async () => {
  await context.close();
  site.log.length = 0;
});

/** Loads recipes of the guide into the page as `recipe`, logs in, and makes the token expire. */
async function load(...files: string[]): Promise<void> {
  const contents = ['client.js', ...files].map((file) => `export * from './${file}';`).join('\n');
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    format: 'iife',
    globalName: 'recipe',
    write: false,
    alias: { 'jotkit/client': join(import.meta.dirname, '../../src/client/index.ts') },
  });
  await page.addScriptTag({ content: outputFiles[0]?.text ?? '' });
  await page.evaluate("recipe.client.login('/auth/login', { method: 'POST' })");
  site.expire();
}

const refreshes = () => site.log.filter((line) => line.endsWith('/auth/refresh')).length;

it('logs in, sends a request and logs out', async () => {
  await load('page.js');
  const form = "recipe.logIn(document.createElement('form'))";
  expect(await page.evaluate(form)).toBe(true);
  site.expire();
  expect(await page.evaluate('recipe.me()')).toEqual({ user: 'ada' });
  await page.evaluate('recipe.logOut()');
  expect(await context.cookies()).toEqual([]);
});

it('shows an outage as an error', async () => {
  await load('send.js');
  site.isDown = true;
  const sending = page.evaluate("recipe.send('/api').catch(({ message }) => message)");
  expect(await sending).toBe('Try again later: 503 session_unavailable');
  site.isDown = false;
});

it('repeats requests of axios after one refresh', async () => {
  await load('axios.js');
  const send = `Promise.all([1, 2, 3].map((id) => recipe.api.post('/api', { id }, { headers: { 'x-id': id } })))
    .then((all) => all.map(({ data }) => data.user))`;
  expect(await page.evaluate(send)).toEqual(['ada', 'ada', 'ada']);
  expect(refreshes()).toBe(1);
  expect(site.count('401 /api')).toBe(3);
  expect(site.bodies.slice(-3).sort()).toEqual(['{"id":1}', '{"id":2}', '{"id":3}']);
});

it('returns the 401 of axios after the session has ended, after one refresh', async () => {
  await load('axios.js');
  await site.revoke();
  const send = "recipe.api.get('/api').catch(({ response }) => response.status)";
  expect([await page.evaluate(send), await page.evaluate(send)]).toEqual([401, 401]);
  expect(refreshes()).toBe(1);
});

it('fetches queries of TanStack Query, and retries those that met an outage', async () => {
  await load('queries.js');
  const query = `recipe.queries.fetchQuery({ queryKey: ['/api'] })`;
  expect(await page.evaluate(query)).toEqual({ user: 'ada' });
  expect(refreshes()).toBe(1);
  site.expire();
  await page.evaluate('recipe.queries.clear()');
  site.isDown = true;
  const pending = page.evaluate(query);
  await expect.poll(() => site.count('503 /auth/refresh')).toBe(1);
  site.isDown = false;
  expect(await pending).toEqual({ user: 'ada' });
});

it('opens an EventSource again after a refresh', async () => {
  await load('events.js');
  await page.evaluate(`{
    globalThis.received = [];
    recipe.openEvents(({ data }) => received.push(data));
  }`);
  const received = () => page.evaluate('received.length');
  await expect.poll(received).toBeGreaterThanOrEqual(2);
  expect(site.log.filter((line) => line.endsWith('/events')).slice(0, 3)).toEqual([
    '401 /events',
    '200 /events',
    '200 /events',
  ]);
  expect(refreshes()).toBe(1);
  site.expire();
  await expect.poll(() => site.count('200 /events')).toBeGreaterThanOrEqual(1);
  expect(refreshes()).toBe(1);
});
