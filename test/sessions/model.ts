/** A plain model of sessions, and random lives that are led with both. */

import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect } from 'vitest';
import { createSessions, type SessionEvent, type SessionStore } from '../../src/sessions/index.ts';
import { accessKey, claimsOf, optionsWith, refreshKey, START } from './scene.ts';

const IDLE = 100_000;
const ABSOLUTE = 400_000;
const GRACE = 10_000;

/** What may happen. Numbers choose among what is there. */
export type Step =
  | { do: 'issue'; user: number; device: number }
  | { do: 'refresh'; token: number; fault: 'none' | 'before' | 'after' }
  | { do: 'refresh newest'; session: number }
  | { do: 'revoke'; session: number }
  | { do: 'revokeAll'; user: number; except: number }
  | { do: 'clock'; by: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('issue' as const), user: fc.nat(1), device: fc.nat(2) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('refresh' as const),
      token: fc.nat(50),
      fault: fc.constantFrom('none', 'none', 'before', 'after'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('refresh newest' as const), session: fc.nat(9) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('revoke' as const), session: fc.nat(9) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('revokeAll' as const),
      user: fc.nat(1),
      except: fc.nat(9),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('clock' as const),
      by: fc.constantFrom(1000, 9999, 10_000, 10_001, 60_000, 99_000, 100_000, -5000, -20_000),
    }),
  },
);

export const lives = fc.array(step, { minLength: 5, maxLength: 60 });

interface ModelSession {
  sid: string;
  uid: string;
  device: string;
  /** Texts by generation; undefined where the answer was lost and nobody asked again. */
  tokens: Array<string | undefined>;
  rotatedAt: number;
  idleExp: number;
  absExp: number;
  state: 'live' | 'dead' | 'gone';
}

/** Leads one life with a store and with the model, and compares them at every step. */
export async function live(store: SessionStore, steps: readonly Step[]): Promise<void> {
  let now = START;
  let fault: 'none' | 'before' | 'after' = 'none';
  const events: SessionEvent[] = [];
  const faulty: SessionStore = {
    ...store,
    async rotate(request) {
      if (fault === 'before') throw new Error('cut before');
      const outcome = await store.rotate(request);
      if (fault === 'after') throw new Error('cut after');
      return outcome;
    },
  };
  const sessions = createSessions(
    optionsWith({
      store: faulty,
      access: { key: accessKey, expiresIn: 5 },
      refresh: {
        key: refreshKey,
        idle: IDLE / 1000,
        absolute: ABSOLUTE / 1000,
        grace: GRACE / 1000,
      },
      policy: 'per-device',
      clock: () => now,
      on: (event) => events.push(event),
    }),
  );
  const users = [randomUUID(), randomUUID()];
  const model: ModelSession[] = [];
  const pick = <Item>(items: readonly Item[], index: number) => items[index % items.length];

  function expected(session: ModelSession, gen: number): string {
    const newest = session.tokens.length - 1;
    const over = now >= session.idleExp || now >= session.absExp;
    if (session.state === 'gone' || over) return 'ERR_SESSION_UNKNOWN';
    if (session.state === 'dead') return 'ERR_SESSION_REVOKED';
    if (gen === newest) return 'rotated';
    return gen === newest - 1 && now < session.rotatedAt + GRACE ? 'again' : 'ERR_SESSION_REUSED';
  }

  async function refresh(session: ModelSession, gen: number, broken: typeof fault): Promise<void> {
    const text = session.tokens[gen];
    if (text === undefined) return;
    fault = broken;
    const answer = await sessions.refresh(text).then(
      (pair) => ({ pair, outcome: 'pair' }),
      (error) => {
        expect(error.name).toBe('SessionError');
        return { pair: undefined, outcome: error.code as string };
      },
    );
    fault = 'none';
    const outcome = expected(session, gen);
    if (broken !== 'none') expect(answer.outcome).toBe('ERR_SESSION_UNAVAILABLE');
    else if (outcome === 'rotated' || outcome === 'again') expect(answer.outcome).toBe('pair');
    else expect(answer.outcome).toBe(outcome);
    if (broken === 'before') return;

    if (outcome === 'ERR_SESSION_REUSED') session.state = 'dead';
    if (outcome === 'rotated') {
      session.rotatedAt = now;
      session.idleExp = Math.min(now + IDLE, session.absExp);
      session.tokens.push(undefined);
    }
    if (!answer.pair) return;
    const { access, refresh } = answer.pair;
    const newest = session.tokens.length - 1;
    // Whoever asks, and however often: one successor, letter by letter.
    session.tokens[newest] ??= refresh;
    expect(refresh).toBe(session.tokens[newest]);
    expect(claimsOf(refresh)).toMatchObject({
      sub: session.uid,
      sid: session.sid,
      gen: newest + 1,
    });
    expect(sessions.verifyAccess(access)).toMatchObject({ sub: session.uid, sid: session.sid });
  }

  async function take(step: Step): Promise<void> {
    switch (step.do) {
      case 'issue': {
        const uid = pick(users, step.user) as string;
        const device = `device ${step.device}`;
        const { sid, refresh } = await sessions.issue(uid, { device });
        for (const old of model) {
          if (old.uid !== uid) continue;
          // A login also clears away what is over, and a clock that is set back does not undo that.
          const over = now >= old.idleExp || now >= old.absExp;
          if (over || old.device === device) old.state = 'gone';
        }
        const [idleExp, absExp] = [now + IDLE, now + ABSOLUTE];
        const times = { rotatedAt: now, idleExp, absExp };
        model.push({ sid, uid, device, tokens: [refresh], ...times, state: 'live' });
        return;
      }
      case 'refresh': {
        const all = model.flatMap((session) => session.tokens.map((_, gen) => ({ session, gen })));
        const chosen = pick(all, step.token);
        if (chosen) await refresh(chosen.session, chosen.gen, step.fault);
        return;
      }
      case 'refresh newest': {
        const session = pick(model, step.session);
        if (session) await refresh(session, session.tokens.length - 1, 'none');
        return;
      }
      case 'revoke': {
        const session = pick(model, step.session);
        if (!session) return;
        const ended = await sessions.revoke(session);
        // One that is over may have been cleared away already.
        if (session.state === 'gone') expect(ended).toBe(false);
        session.state = 'gone';
        return;
      }
      case 'revokeAll': {
        const uid = pick(users, step.user) as string;
        const except = pick(model, step.except)?.sid;
        await sessions.revokeAll(uid, except === undefined ? {} : { except });
        for (const session of model) {
          if (session.uid === uid && session.sid !== except) session.state = 'gone';
        }
        return;
      }
      case 'clock':
        now += step.by;
    }
  }

  for (const step of steps) {
    await take(step);
    for (const uid of users) {
      const listed = (await sessions.list(uid)).map(({ sid }) => sid);
      const alive = model.filter((session) => {
        const { state, idleExp, absExp } = session;
        return session.uid === uid && state === 'live' && now < idleExp && now < absExp;
      });
      expect(listed.sort()).toEqual(alive.map(({ sid }) => sid).sort());
    }
  }
  const alarms = events.filter(({ type }) => type === 'reuse').map((event) => event.sid);
  expect(new Set(alarms).size).toBe(alarms.length);
}
