/** An authentication server with a clock to turn, for tests. */

import { randomBytes } from 'node:crypto';
import type { SessionEvent, SessionsOptions } from '../../src/sessions/index.ts';
import { createSessions } from '../../src/sessions/sessions.ts';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';

export const accessKey = randomBytes(32);
export const refreshKey = randomBytes(32);
export const START = 1_700_000_000_000;
export const MINUTE = 60_000;
export const DAY = 86_400_000;

/** Options that are complete; what is given takes the place of a default. */
export function optionsWith(given: Partial<SessionsOptions> = {}): SessionsOptions {
  return {
    store: createMemoryStore(),
    access: { key: accessKey },
    refresh: { key: refreshKey },
    issuer: 'https://id.example',
    audience: 'api',
    ...given,
  };
}

export function scene(given: Partial<SessionsOptions> = {}) {
  const time = { now: START };
  const events: SessionEvent[] = [];
  const on = (event: SessionEvent) => events.push(event);
  const options = optionsWith({ clock: () => time.now, on, ...given });
  return { sessions: createSessions(options), store: options.store, options, time, events };
}

export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

export function headerOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
}
