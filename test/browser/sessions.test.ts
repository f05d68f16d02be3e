/** The page of examples/browser-cookies in a browser. */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { root } from '../docs/pages.ts';
import { Workshop } from '../docs/workspace.ts';

const example = 'examples/browser-cookies';

let workshop: Workshop;
let server: ChildProcess;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  workshop = new Workshop({ folder: inject('workshop'), tarball: inject('tarball') });
  const workspace = await workshop.open(example);
  workspace.copy(join(root, example));
  workspace.link('jotkit', join(workshop.folder, 'package'));
  workspace.link('express', join(root, 'node_modules/express'));
  const key = () => randomBytes(32).toString('base64url');
  const env = { ...workspace.env, JWT_SECRET: key(), JWT_REFRESH_SECRET: key(), PORT: '0' };
  const child = spawn(process.execPath, ['server.js'], { cwd: workspace.dir, env });
  server = child;
  const [url] = await once(createInterface(child.stdout), 'line');
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  page = await browser.newPage();
  await page.goto(String(url));
});
afterAll(async () => {
  await browser?.close();
  server?.kill();
  workshop?.remove();
});

const shows = (text: string) => page.waitForSelector(`#message:has-text("${text}")`);
const payload = async () => JSON.parse((await page.textContent('#payload')) ?? '');

test('shows no session after a wrong password', async () => {
  await page.fill('[name=password]', 'battery');
  await page.click('#login button');
  await shows('Wrong user or password.');
  expect(await page.isVisible('#session')).toBe(false);
});

test('shows the parts of the token after a login, and hides the token', async () => {
  await page.fill('[name=password]', 'correct horse');
  await page.click('#login button');
  await shows('Logged in.');
  expect(JSON.parse((await page.textContent('#header')) ?? '')).toEqual({
    alg: 'HS256',
    typ: 'at+jwt',
  });
  expect(await payload()).toMatchObject({ sub: 'ada', iss: 'https://id.example' });
  expect(await page.textContent('#left')).toMatch(/^\d+ seconds left$/);
  expect(await page.evaluate('document.cookie')).toBe('');
  expect(await page.content()).not.toContain('eyJ');
});

test('shows a new token of the same session after a refresh', async () => {
  const before = await payload();
  await page.click('#refresh');
  await shows('Refreshed: both tokens are new.');
  const after = await payload();
  expect([after.sid, after.jti === before.jti]).toEqual([before.sid, false]);
});

test('refreshes once before a request whose access token has expired', async () => {
  // As if another tab had stored a refresh whose token ends now.
  await page.evaluate(`{
    const event = JSON.parse(localStorage['jotkit:/auth']);
    const now = Date.now();
    localStorage['jotkit:/auth'] = JSON.stringify({ ...event, at: now, ends: now });
  }`);
  const refreshed = page.waitForResponse((response) => response.url().endsWith('/auth/refresh'));
  await page.fill('[name=text]', 'buy tea');
  await page.click('#note button');
  expect((await refreshed).status()).toBe(200);
  await page.waitForSelector('#notes li:has-text("buy tea (ada)")');
});

test('shows the session again after a reload', async () => {
  await page.reload();
  await page.waitForSelector('#session:visible');
  expect((await payload()).sub).toBe('ada');
});

test('ends the session and deletes the cookies after a logout', async () => {
  await page.click('#logout');
  await shows('Logged out.');
  expect(await page.isVisible('#login')).toBe(true);
  expect(await page.context().cookies()).toEqual([]);
  await page.reload();
  expect(await page.isVisible('#session')).toBe(false);
});
