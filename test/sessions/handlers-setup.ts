/** Creates session handlers and the requests of a browser. */

import { tokenCookies } from '../../src/http/token-cookies.ts';
import { createSessionHandlers } from '../../src/sessions/handlers.ts';
import type { SessionHandlersOptions, SessionsOptions } from '../../src/sessions/index.ts';
import { cookiesOf } from './end-to-end.ts';
import { ISSUER, setup } from './setup.ts';

export function setupHandlers(
  given: Partial<SessionsOptions> = {},
  more: Partial<SessionHandlersOptions> = {},
) {
  const created = setup(given);
  const cookies = tokenCookies({ clock: () => created.time.now });
  const { sessions } = created;
  return { ...created, handlers: createSessionHandlers({ sessions, cookies, ...more }) };
}

export type Body = Record<string, string> | string | undefined;

export function post(path: string, body?: Body, headers: object = {}): Request {
  const form = typeof body === 'object' ? new URLSearchParams(body) : body;
  return new Request(ISSUER + path, {
    method: 'POST',
    headers: { 'sec-fetch-site': 'same-origin', ...headers },
    ...(form !== undefined && { body: form }),
  });
}

export const withCookie = (path: string, cookie: string) => post(path, undefined, { cookie });

export const clearedCookies = (response: Response) =>
  response.headers.getSetCookie().filter((line) => line.includes('Max-Age=0')).length;

/** Logs in, and returns the cookies too. */
export async function setupLogin(...args: Parameters<typeof setupHandlers>) {
  const created = setupHandlers(...args);
  const response = await created.handlers.login(post('/auth/login'), 'ada');
  return { ...created, response, cookie: cookiesOf(response) };
}
