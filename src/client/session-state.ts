/** What the tabs of a browser know of the session: the latest event, and in memory the access token. */

import { openChannel } from './tab-channel.ts';

/** A login, a refresh or a sign-out. Contains no token: every script of the origin can read it. */
export interface SessionEvent {
  /** Milliseconds, as all times here. */
  at: number;
  /** When the access token expires; 0 after a sign-out. */
  ends: number;
  /** The time of the login, which refreshes repeat; 0 after a sign-out. */
  since: number;
  /** Why the user is signed out; empty while signed in. */
  reason: string;
}

/** Browsers round their clocks. An event further ahead is from before the clock was set back. */
const CLOCK_STEP_MS = 1000;

/** The time of an event; 0 if it is ahead. */
const past = (at: number) => (at > Date.now() + CLOCK_STEP_MS ? 0 : at);

/** Creates the state of one client. Clients of the same name share their events, in all tabs. */
export function createSessionState(
  name: string,
  onSignedIn?: () => void,
  onSignedOut?: (reason: string) => void,
) {
  const key = `jotkit:${name}`;
  let access: string | undefined;
  let accessAt = 0;
  let last: SessionEvent = { at: 0, ends: 0, since: 0, reason: '' };

  function stored(): SessionEvent {
    try {
      const event = JSON.parse(localStorage.getItem(key) as string);
      if (event.at > 0) return event;
    } catch {
      // Storage can be blocked, cleared, or written by others.
    }
    return last;
  }

  // A page that is loaded after a sign-out refreshes once: the user can have logged in by a redirect.
  last = { ...stored(), reason: '' };

  /** Takes over a newer event and calls its listener. A guest learns only of sign-outs after `since`. */
  function learn(event: SessionEvent, since?: number): void {
    if (!(past(event.at) > past(last.at))) return;
    const { reason } = event;
    if (reason && (last.reason || (!last.since && event.at <= (since ?? event.at)))) return;
    const isRefresh = !reason && event.since === last.since;
    last = event;
    if (isRefresh) return;
    accessAt = 0;
    access = undefined;
    // A listener that throws interrupts no request.
    queueMicrotask(() => (reason ? onSignedOut?.(reason) : onSignedIn?.()));
  }

  function hear(event: SessionEvent, token?: string, since?: number): void {
    learn(event, since);
    if (!token || last.at !== event.at) return;
    access = token;
    accessAt = event.at;
  }

  /** Reads what another tab has stored. */
  const look = (since?: number) => learn(stored(), since);

  const post = openChannel(key, hear, look);

  /** Tells this tab and all others. */
  function tell(event: SessionEvent, token?: string): void {
    try {
      localStorage.setItem(key, JSON.stringify(event));
    } catch {
      // The other tabs get the message.
    }
    post(event, token);
    hear(event, token, 0);
  }

  /** A time of its own for each event. */
  const now = () => Math.max(Date.now(), past(last.at) + 1);

  return {
    look,

    /** The time of the latest event, or of the access token in memory; 0 if absent. */
    at: (ofAccess?: boolean) => past(ofAccess ? accessAt : last.at),
    /** The access token in memory. */
    access: () => access,

    /** The latest event. */
    last: () => last,

    signIn(seconds: number, token: string | undefined, isLogin: boolean): void {
      const at = now();
      const since = (!isLogin && last.since) || at;
      tell({ at, ends: at + seconds * 1000, since, reason: '' }, token);
    },

    signOut: (reason: string) => tell({ at: now(), ends: 0, since: 0, reason }),
  };
}
