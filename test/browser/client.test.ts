/** The client in tabs of Chromium, with what the server counts. */

import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ClientSite, openClientSite, openTabs } from './client-site.ts';

const TABS = 5;
const REQUESTS = 20;

let site: ClientSite;
let context: BrowserContext;

function useSite(isBearer: boolean) {
  beforeAll(async () => {
    site = await openClientSite(isBearer);
  });
  afterAll(() => site?.close());
  beforeEach(async () => {
    context = await site.browser.newContext();
    Object.assign(site, { refreshes: 'pass', isDown: false });
  });
  afterEach(async () => {
    await context.close();
    site.log.length = 0;
  });
}

const login = (tab?: Page) =>
  tab?.evaluate("client.login('/auth/login', { method: 'POST' }).then(({ ok }) => ok)");

/** Resolves to the status, or to the name, status and reason of an error. */
const send = (tab?: Page, count = 1): Promise<unknown[]> | undefined =>
  tab?.evaluate(`Promise.all(Array.from({ length: ${count} }, () => client.fetch('/api').then(
    ({ status }) => status,
    ({ name, status, reason }) => [name, status, reason].join(' '),
  )))`);

const heard = (tabs: Page[]) => Promise.all(tabs.map((tab) => tab.evaluate('heard.join()')));
const signedIn = (tabs: Page[]) => Promise.all(tabs.map((tab) => tab.evaluate('client.signedIn')));
const cookies = async () => (await context.cookies()).map(({ name }) => name).sort();

async function openSignedIn(url: string, options = {}): Promise<Page[]> {
  const [first] = await openTabs(context, url, 1, options);
  await login(first);
  const tabs = [first as Page, ...(await openTabs(context, url, TABS - 1, options))];
  await first?.evaluate('void (heard.length = 0)');
  return tabs;
}

/** 20 requests in each of five tabs. Returns how often each outcome came. */
async function sendHundred(tabs: Page[]): Promise<Record<string, number>> {
  const outcomes = (await Promise.all(tabs.map((tab) => send(tab, REQUESTS)))).flat();
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) counts[String(outcome)] = (counts[String(outcome)] ?? 0) + 1;
  return counts;
}

const ALL = TABS * REQUESTS;

describe('tabs with cookies', () => {
  useSite(false);

  it('refresh once after 100 requests with expired cookies', async () => {
    const tabs = await openSignedIn(site.local);
    expect(await tabs[0]?.evaluate('isSecureContext')).toBe(true);
    site.expire();
    expect(await sendHundred(tabs)).toEqual({ 200: ALL });
    expect(site.count('200 /auth/refresh')).toBe(1);
    expect(site.count('200 /api')).toBe(ALL);
    expect(site.log.filter((line) => line.includes('logout'))).toEqual([]);
    expect(await heard(tabs)).toEqual(['', '', '', '', '']);
    expect(await tabs[0]?.evaluate('JSON.stringify(localStorage)')).not.toContain('eyJ');
  });

  it('refresh once before 100 requests whose cookies are about to expire', async () => {
    const [first] = await openTabs(context, site.local, 1);
    await login(first);
    await first?.evaluate(`{
      const event = JSON.parse(localStorage['jotkit:/auth']);
      event.at -= 590_000;
      event.ends -= 590_000;
      localStorage['jotkit:/auth'] = JSON.stringify(event);
    }`);
    await first?.close();
    const tabs = await openTabs(context, site.local, TABS);
    site.expire();
    expect(await sendHundred(tabs)).toEqual({ 200: ALL });
    expect(site.count('200 /auth/refresh')).toBe(1);
    expect(site.count('401 /api')).toBe(0);
  });

  it('refresh at most twice without Web Locks, and stay signed in', async () => {
    const tabs = await openSignedIn(site.lan);
    expect(await tabs[0]?.evaluate("'locks' in navigator")).toBe(false);
    site.expire();
    expect(await sendHundred(tabs)).toEqual({ 200: ALL });
    expect(site.count('200 /auth/refresh')).toBeGreaterThanOrEqual(1);
    expect(site.count('200 /auth/refresh')).toBeLessThanOrEqual(2);
    expect(await heard(tabs)).toEqual(['', '', '', '', '']);
  });

  it('get the same tokens again after a connection that was cut behind the commit', async () => {
    const tabs = await openSignedIn(site.local);
    site.expire();
    site.refreshes = 'cut';
    expect(await sendHundred(tabs)).toEqual({ 200: ALL });
    expect(site.count('200 /auth/refresh')).toBeGreaterThanOrEqual(2);
    expect(site.count('401 /auth/refresh')).toBe(0);
    expect(await heard(tabs)).toEqual(['', '', '', '', '']);
  });

  it('stay signed in while the store is down, and refresh when it is back', async () => {
    const tabs = await openSignedIn(site.local);
    site.expire();
    site.isDown = true;
    const error = 'RefreshError 503 session_unavailable';
    expect(await sendHundred(tabs)).toEqual({ [error]: ALL });
    expect([await heard(tabs), await signedIn(tabs)]).toEqual([
      ['', '', '', '', ''],
      [true, true, true, true, true],
    ]);
    expect(await cookies()).toEqual(['at', 'rt']);
    site.isDown = false;
    site.log.length = 0;
    expect(await sendHundred(tabs)).toEqual({ 200: ALL });
    expect(site.count('200 /auth/refresh')).toBe(1);
  });

  it('stay signed in while the browser is offline', async () => {
    const [tab] = await openSignedIn(site.local);
    site.expire();
    await context.setOffline(true);
    const refresh = "client.refresh().catch(({ name, status }) => name + ' ' + status)";
    expect(await tab?.evaluate(refresh)).toBe('RefreshError 0');
    expect(await tab?.evaluate('client.signedIn')).toBe(true);
    await context.setOffline(false);
    expect(await send(tab)).toEqual([200]);
  });

  it('wait a second after 409, and try again', async () => {
    const [tab] = await openSignedIn(site.local);
    site.expire();
    site.refreshes = 'superseded';
    const sending = send(tab);
    await expect.poll(() => site.count('409 /auth/refresh')).toBe(1);
    site.refreshes = 'pass';
    expect(await sending).toEqual([200]);
    const refreshes = site.log.filter((line) => line.endsWith('refresh'));
    expect(refreshes).toEqual(['409 /auth/refresh', '200 /auth/refresh']);
  });

  it('learn of a logout in one of them, and refresh no more', async () => {
    const tabs = await openSignedIn(site.local);
    await tabs[2]?.evaluate('client.logout()');
    await expect.poll(() => heard(tabs)).toEqual(Array(TABS).fill('logout'));
    expect(await sendHundred(tabs)).toEqual({ 401: ALL });
    expect(site.log.filter((line) => line.endsWith('/auth/refresh'))).toEqual([]);
    expect(await cookies()).toEqual([]);
  });

  it('sign out together after a rejected refresh, which clears the cookies', async () => {
    const tabs = await openSignedIn(site.local);
    await site.revoke();
    site.expire();
    expect(await sendHundred(tabs)).toEqual({ 401: ALL });
    await expect.poll(() => heard(tabs)).toEqual(Array(TABS).fill('session_unknown'));
    expect(site.count('401 /auth/refresh')).toBe(1);
    expect(site.count('204 /auth/logout?if=over')).toBe(1);
    expect(await cookies()).toEqual([]);
    expect(await sendHundred(tabs)).toEqual({ 401: ALL });
    expect(site.count('401 /auth/refresh')).toBe(1);
  });

  it('are signed in again by a login in one of them', async () => {
    const tabs = await openSignedIn(site.local);
    await tabs[0]?.evaluate('client.logout()');
    await expect.poll(() => heard(tabs)).toEqual(Array(TABS).fill('logout'));
    expect(await login(tabs[4])).toBe(true);
    await expect.poll(() => heard(tabs)).toEqual(Array(TABS).fill('logout,in'));
    site.expire();
    expect(await sendHundred(tabs)).toEqual({ 200: ALL });
    expect(site.count('200 /auth/refresh')).toBe(1);
  });

  it('that close during a refresh leave it to the others', async () => {
    const tabs = await openSignedIn(site.local);
    site.expire();
    site.refreshes = 'cut';
    void send(tabs[0])?.catch(() => {});
    await expect.poll(() => site.count('200 /auth/refresh')).toBeGreaterThanOrEqual(1);
    await tabs[0]?.close();
    expect(await send(tabs[1])).toEqual([200]);
    expect(await heard(tabs.slice(1))).toEqual(['', '', '', '']);
  });
});

describe('tabs with the access token in memory', () => {
  useSite(true);

  it('refresh once after 100 requests with expired tokens', async () => {
    const tabs = await openSignedIn(site.local, { bearer: true });
    expect(await sendHundred(tabs)).toEqual({ 200: ALL });
    expect(site.count('200 /auth/refresh')).toBe(1);
    expect(await cookies()).toEqual(['rt']);
    site.expire();
    expect(await sendHundred(tabs)).toEqual({ 200: ALL });
    expect(site.count('200 /auth/refresh')).toBe(1);
    expect(await heard(tabs)).toEqual(['', '', '', '', '']);
    expect(await tabs[0]?.evaluate('JSON.stringify(localStorage)')).not.toContain('eyJ');
  });

  it('drop it after a logout in one of them', async () => {
    const tabs = await openSignedIn(site.local, { bearer: true });
    await sendHundred(tabs);
    await tabs[1]?.evaluate('client.logout()');
    await expect.poll(() => heard(tabs)).toEqual(Array(TABS).fill('logout'));
    site.log.length = 0;
    expect(await sendHundred(tabs)).toEqual({ 401: ALL });
    expect(site.log.filter((line) => line.endsWith('/auth/refresh'))).toEqual([]);
  });
});
