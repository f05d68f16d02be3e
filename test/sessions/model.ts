/** Runs random steps on a store and on a plain model of sessions, and compares them after each. */

import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect } from 'vitest';
import { createSigner } from '../../src/index.ts';
import { createSessions, type SessionEvent, type SessionStore } from '../../src/sessions/index.ts';
import { payloadOf } from '../fixtures/tokens.ts';
import { accessKey, optionsWith, refreshKey, START_MS } from './setup.ts';
import { ANY_SESSION, type Run, runs, type Step, type Trouble } from './steps.ts';

/** `jumps` of the steps reach the ends of these. */
const IDLE_MS = 200_000;
const SHORT_IDLE_MS = 100_000;
const ABSOLUTE_MS = 600_000;
const MAX_BURST_MS = 30_000;
const MAX_BURST_TOKENS = 8;
const MAX_PER_USER = 2;

interface ModelToken {
  /** When it became current. */
  since: number;
  /** Undefined if the response was lost and the refresh not repeated. */
  text: string | undefined;
}

interface ModelSession {
  sid: string;
  uid: string;
  device: string;
  /** By generation, from 0. */
  tokens: ModelToken[];
  idle: number;
  idleEndsAt: number;
  endsAt: number;
  meta: number | null;
  state: 'live' | 'ended' | 'deleted';
}

const newestOf = ({ tokens }: ModelSession) => tokens.at(-1) as ModelToken;

const signRefresh = createSigner(refreshKey, { header: { typ: 'rt+jwt' } });

/** Returns the token that the store issued before it lost its last writes. */
function newerThan(session: ModelSession): string {
  const { iss, sub, sid, end, iat, exp } = payloadOf(session.tokens[0]?.text ?? '');
  const gen = session.tokens.length + 1;
  return signRefresh({ iss, sub, sid, gen, jti: randomUUID(), end, iat, exp });
}

const tooLarge = new Error('the tokens are too large');

/** Compares the store with the model in random runs. */
export async function checkAgainstModel(store: SessionStore, numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(runs, (run) => checkRun(store, run)),
    { numRuns },
  );
}

async function checkRun(store: SessionStore, { policy, grace, steps }: Run): Promise<void> {
  let now = START_MS;
  let current: Trouble = 'none';
  let refreshes = 0;
  const events: SessionEvent[] = [];
  const expectedEvents: object[] = [];
  const flaky: SessionStore = {
    ...store,
    async rotate(request) {
      if (current === 'before') throw new Error('failed before');
      if (current === 'twice') await store.rotate(request);
      const outcome = await store.rotate(request);
      if (current === 'after') throw new Error('failed after');
      return outcome;
    },
  };
  const sessions = createSessions(
    optionsWith({
      store: flaky,
      access: { key: accessKey, expiresIn: 5 },
      refresh: { key: refreshKey, idle: IDLE_MS / 1000, absolute: ABSOLUTE_MS / 1000, grace },
      policy,
      maxPerUser: MAX_PER_USER,
      clock: () => now,
      on: (event) => events.push(event),
    }),
  );
  const graceMs = grace === 'until-used' ? Number.POSITIVE_INFINITY : grace * 1000;
  const burstMs = Math.min(graceMs, MAX_BURST_MS);
  const users = [randomUUID(), randomUUID()];
  const model: ModelSession[] = [];
  const isExpired = ({ idleEndsAt, endsAt }: ModelSession) => now >= idleEndsAt || now >= endsAt;

  function choose(index: number): ModelSession | undefined {
    const usable = model.filter((session) => session.state !== 'deleted' && !isExpired(session));
    const list = index < ANY_SESSION ? usable : model;
    return list.at(-1 - (index % list.length));
  }

  /** A clock that was set back is within every period except 0. */
  const isWithin = (period: number, since: number, time: number) =>
    period > 0 && time < since + period;

  /** Whether each refresh since the token was replaced followed the one before within a burst. */
  function isInBurst({ tokens }: ModelSession, index: number): boolean {
    const replaced = tokens.slice(index + 1).map(({ since }) => since);
    const isClose = (since: number, place: number) =>
      isWithin(burstMs, since, replaced[place + 1] ?? now);
    return replaced.length <= MAX_BURST_TOKENS && replaced.every(isClose);
  }

  function expectedOutcome(session: ModelSession, index: number): string {
    const newest = session.tokens.length - 1;
    if (session.state === 'deleted' || isExpired(session)) return 'ERR_SESSION_UNKNOWN';
    if (session.state === 'ended') return 'ERR_SESSION_REVOKED';
    if (index > newest) return 'ERR_SESSION_AHEAD';
    if (index === newest) return 'rotated';
    if (index === newest - 1 && isWithin(graceMs, newestOf(session).since, now)) return 'again';
    return isInBurst(session, index) ? 'ERR_SESSION_SUPERSEDED' : 'ERR_SESSION_REUSED';
  }

  /** Changes the model as the store changes the session. */
  function apply(session: ModelSession, outcome: string, meta: number | undefined): void {
    if (['ERR_SESSION_REUSED', 'ERR_SESSION_AHEAD'].includes(outcome)) session.state = 'ended';
    if (outcome !== 'rotated') return;
    session.tokens.push({ since: now, text: undefined });
    session.idleEndsAt = Math.min(now + session.idle, session.endsAt);
    session.meta = meta ?? session.meta;
  }

  function expectEvent(session: ModelSession, outcome: string, index: number): void {
    const { uid, sid } = session;
    const newest = newestOf(session);
    const byOutcome: Record<string, object> = {
      rotated: { type: 'refresh', uid, sid, again: false },
      again: { type: 'refresh', uid, sid, again: true, late: Math.max(0, now - newest.since) },
      ERR_SESSION_REUSED: { type: 'reuse', uid, sid, behind: session.tokens.length - 1 - index },
      ERR_SESSION_AHEAD: { type: 'ahead', uid, sid },
    };
    if (byOutcome[outcome]) expectedEvents.push(byOutcome[outcome]);
  }

  async function refresh(session: ModelSession, token: string, index: number, given: Trouble) {
    current = given;
    const meta = ++refreshes % 2 ? refreshes : undefined;
    const accept = () => {
      if (given === 'accept') throw tooLarge;
    };
    const result = await sessions.refresh(token, { accept, ...(meta && { meta }) }).then(
      (issued) => ({ issued, error: undefined }),
      (error) => ({ issued: undefined, error }),
    );
    current = 'none';
    if (given === 'accept') {
      expect(result.error).toBe(tooLarge);
      return;
    }
    const outcome = expectedOutcome(session, index);
    if (given !== 'before') apply(session, outcome, meta);
    if (given === 'before' || given === 'after') {
      expect(result.error).toMatchObject({ code: 'ERR_SESSION_UNAVAILABLE', status: 503 });
      const cause = expect.objectContaining({ message: `failed ${given}` });
      expectedEvents.push({ type: 'unavailable', operation: 'rotate', cause });
      return;
    }
    expectEvent(session, outcome, index);
    if (outcome !== 'rotated' && outcome !== 'again') {
      const status = outcome === 'ERR_SESSION_SUPERSEDED' ? 409 : 401;
      expect(result.error).toMatchObject({ name: 'SessionError', code: outcome, status });
      return;
    }
    if (!result.issued) throw result.error;
    const newest = newestOf(session);
    // Every refresh with one token yields the same successor, byte for byte.
    newest.text ??= result.issued.refresh;
    expect(result.issued.refresh).toBe(newest.text);
    const { uid: sub, sid, idleEndsAt, endsAt } = session;
    const iat = Math.floor(newest.since / 1000);
    const times = { iat, exp: Math.floor(idleEndsAt / 1000), end: endsAt / 1000 };
    const gen = session.tokens.length;
    expect(payloadOf(newest.text)).toMatchObject({ sub, sid, gen, ...times });
    expect(sessions.verifyAccess(result.issued.access)).toMatchObject({ sub, sid });
  }

  /** Deletes what a login deletes, and expects an event for each live session beyond the maximum. */
  function makeRoom(uid: string, device: string): void {
    const others = model.filter((session) => session.uid === uid && session.state !== 'deleted');
    for (const session of others) {
      const isReplaced =
        policy === 'single' || (policy === 'per-device' && session.device === device);
      // A clock that is set back does not restore an expired session.
      if (isExpired(session) || isReplaced) session.state = 'deleted';
    }
    const isEnded = ({ state }: ModelSession) => Number(state === 'ended');
    const beyond = others
      .filter(({ state }) => state !== 'deleted')
      .sort((a, b) => isEnded(a) - isEnded(b) || newestOf(b).since - newestOf(a).since)
      .slice(MAX_PER_USER - 1);
    for (const session of beyond) {
      if (session.state === 'live') expectedEvents.push({ type: 'evict', uid, sid: session.sid });
      session.state = 'deleted';
    }
  }

  async function logIn(uid: string, device: string, isShort: boolean): Promise<void> {
    const idle = isShort ? SHORT_IDLE_MS : IDLE_MS;
    const { sid, refresh } = await sessions.issue(uid, {
      ...(policy === 'per-device' && { device }),
      ...(isShort && { idle: SHORT_IDLE_MS / 1000 }),
    });
    expectedEvents.push({ type: 'issue', uid, sid });
    makeRoom(uid, device);
    // Absolute ends are whole seconds.
    const endsAt = Math.floor((now + ABSOLUTE_MS) / 1000) * 1000;
    const idleEndsAt = Math.min(now + idle, endsAt);
    const tokens = [{ since: now, text: refresh }];
    const names = { sid, uid, device, state: 'live' as const };
    model.push({ ...names, tokens, idle, idleEndsAt, endsAt, meta: null });
  }

  async function run(step: Step): Promise<void> {
    switch (step.do) {
      case 'issue':
        await logIn(users[step.user] as string, `device ${step.device}`, step.isShort);
        return;
      case 'refresh': {
        const session = choose(step.session);
        if (!session) return;
        const index = Math.max(0, session.tokens.length - 1 - step.behind);
        const text = session.tokens[index]?.text;
        if (text) await refresh(session, text, index, step.trouble);
        return;
      }
      case 'refresh in turn': {
        const session = choose(step.session);
        for (let turn = 0; session && turn < step.times; turn++) {
          const { text } = newestOf(session);
          if (text) await refresh(session, text, session.tokens.length - 1, 'none');
        }
        return;
      }
      case 'present a newer token': {
        const session = choose(step.session);
        if (!session) return;
        await refresh(session, newerThan(session), session.tokens.length, step.trouble);
        return;
      }
      case 'revoke': {
        const session = choose(step.session);
        if (!session) return;
        const { uid, sid } = session;
        const ended = await sessions.revoke({ uid, sid });
        if (ended) expectedEvents.push({ type: 'revoke', uid, sid });
        // A database may delete an expired session at any time.
        if (session.state === 'deleted' || !isExpired(session)) {
          expect(ended).toBe(session.state !== 'deleted');
        }
        session.state = 'deleted';
        return;
      }
      case 'revokeAll': {
        const uid = users[step.user] as string;
        const except = choose(step.except)?.sid;
        const option = except === undefined ? {} : { except };
        await sessions.revokeAll(uid, option);
        expectedEvents.push({ type: 'revoke', uid, ...option });
        for (const session of model) {
          if (session.uid === uid && session.sid !== except) session.state = 'deleted';
        }
        return;
      }
      case 'clock':
        now += step.by;
    }
  }

  for (const step of steps) {
    // No two sessions are refreshed at the same time: databases sort these differently.
    now += 1;
    await run(step);
    for (const uid of users) {
      const live = model.filter(
        (session) => session.uid === uid && session.state === 'live' && !isExpired(session),
      );
      live.sort((a, b) => newestOf(b).since - newestOf(a).since);
      const expected = live.map((session) => ({
        ...{ sid: session.sid, meta: session.meta, expiresAt: new Date(session.idleEndsAt) },
        createdAt: new Date(session.tokens[0]?.since ?? 0),
        refreshedAt: new Date(newestOf(session).since),
      }));
      expect(await sessions.list(uid)).toMatchObject(expected);
    }
  }
  expect(events).toEqual(expectedEvents);
}
