/** Checks three tabs of a browser, which refresh with the same cookies through the handlers. */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, test } from 'vitest';
import { createSessionHandlers } from '../../../src/sessions/handlers.ts';
import { alarmsIn, serverOn, untilEnd } from '../load.ts';
import { otherClients } from '../other-clients.ts';
import { openers } from '../stores.ts';

/** A browser with one cookie jar. */
async function startBrowser(handlers: ReturnType<typeof createSessionHandlers>, uid: string) {
  const jar = new Map<string, string>();
  const cookies = () => Array.from(jar, ([name, value]) => `${name}=${value}`).join('; ');
  const store = (response: Response) => {
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      jar.set(name, value);
    }
    return response;
  };
  const post = (path: string, cookie = cookies()) => {
    const headers = { 'sec-fetch-site': 'same-origin', cookie };
    return new Request(`https://id.example/auth/${path}`, { method: 'POST', headers });
  };
  store(await handlers.login(post('login'), uid));
  return {
    cookies,
    /** Sends a request with the cookies of now, which arrives after `latency`. */
    async refresh(latency: number, cookie = cookies()) {
      await sleep(latency);
      return store(await handlers.refresh(post('refresh', cookie)));
    },
  };
}

const ROUNDS = 5;

describe.each(Object.entries({ ...openers, ...otherClients }))(
  'a browser with %s',
  (name, openStore) => {
    test('refreshes from three tabs at once, and its session stays live', async () => {
      const opened = untilEnd(await openStore(inject('servers')));
      const { sessions, events } = serverOn(opened.store, { grace: '30s' });
      const uid = randomUUID();
      const browser = await startBrowser(createSessionHandlers({ sessions }), uid);
      const statuses = { 200: 0, 409: 0 };

      /** Refreshes in one tab. After a 409 it tries again, with the cookies that the browser has by then. */
      const tab = async (delay = 0, latency = 0) => {
        await sleep(delay);
        for (;;) {
          const { status } = await browser.refresh(latency);
          expect(statuses).toHaveProperty(String(status));
          statuses[status as 200 | 409]++;
          if (status === 200) return;
          await sleep(20);
        }
      };
      for (let round = 0; round < ROUNDS; round++) {
        // The second tab refreshes with the token of the first. The request of the third arrives late.
        await Promise.all([tab(), tab(4 * round), tab(0, 10 * round)]);
      }

      // When this request arrives, two refreshes have replaced its token.
      const old = browser.cookies();
      await tab();
      await tab();
      const cookies = browser.cookies();
      const late = await browser.refresh(0, old);
      expect([late.status, late.headers.get('retry-after')]).toEqual([409, '1']);
      expect([late.headers.getSetCookie(), browser.cookies()]).toEqual([[], cookies]);
      await tab();
      console.log(
        `${name}, tabs:`,
        JSON.stringify({ ...statuses, violations: alarmsIn(events).length }),
      );
      expect(alarmsIn(events)).toEqual([]);
      expect(await sessions.list(uid)).toHaveLength(1);
    });
  },
);
