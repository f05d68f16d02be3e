/** Creates sessions with a settable clock and recorded events. */

import { randomBytes } from 'node:crypto';
import type { SessionEvent, SessionsOptions } from '../../src/sessions/index.ts';
import { createSessions } from '../../src/sessions/sessions.ts';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';

export const accessKey = randomBytes(32);
export const refreshKey = randomBytes(32);
export const ISSUER = 'https://id.example';
export const START_MS = 1_700_000_000_000;
export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** Returns complete options; `given` replaces the defaults. */
export function optionsWith(given: Partial<SessionsOptions> = {}): SessionsOptions {
  return {
    store: createMemoryStore(),
    access: { key: accessKey },
    refresh: { key: refreshKey },
    issuer: ISSUER,
    audience: 'api',
    ...given,
  };
}

export function setup(given: Partial<SessionsOptions> = {}) {
  const time = { now: START_MS };
  const events: SessionEvent[] = [];
  const on = (event: SessionEvent) => events.push(event);
  const options = optionsWith({ clock: () => time.now, on, ...given });
  return { sessions: createSessions(options), store: options.store, time, events };
}

/** Returns a store whose operations all fail. */
export function failingStore(error: unknown) {
  const fail = async () => Promise.reject(error);
  return { issue: fail, rotate: fail, revoke: fail, revokeAll: fail, get: fail, list: fail };
}
