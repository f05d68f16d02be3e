/** Runs random steps on a store and on a plain model of sessions, and compares them after each. */

import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect } from 'vitest';
import { createSessions, type SessionEvent, type SessionStore } from '../../src/sessions/index.ts';
import { payloadOf } from '../fixtures/tokens.ts';
import { accessKey, optionsWith, refreshKey, START_MS } from './setup.ts';

const IDLE_MS = 100_000;
const ABSOLUTE_MS = 400_000;
const GRACE_MS = 10_000;

type Failure = 'none' | 'before' | 'after';

/** Numbers select an existing user, session or token. */
export type Step =
  | { do: 'issue'; user: number; device: number }
  | { do: 'refresh'; token: number; failure: Failure }
  | { do: 'refresh newest'; session: number }
  | { do: 'revoke'; session: number }
  | { do: 'revokeAll'; user: number; except: number }
  | { do: 'clock'; by: number };

const stepOf = <Name extends Step['do'], Members>(
  name: Name,
  weight: number,
  members: { [Key in keyof Members]: fc.Arbitrary<Members[Key]> },
) => ({ weight, arbitrary: fc.record({ do: fc.constant(name), ...members }) });

const failures = fc.constantFrom<Failure>('none', 'none', 'before', 'after');
const jumps = [1000, 9999, 10_000, 10_001, 60_000, 99_000, 100_000, -5000, -20_000];

export const steps = fc.array(
  fc.oneof(
    stepOf('issue', 2, { user: fc.nat(1), device: fc.nat(2) }),
    stepOf('refresh', 6, { token: fc.nat(50), failure: failures }),
    stepOf('refresh newest', 4, { session: fc.nat(9) }),
    stepOf('revoke', 1, { session: fc.nat(9) }),
    stepOf('revokeAll', 1, { user: fc.nat(1), except: fc.nat(9) }),
    stepOf('clock', 4, { by: fc.constantFrom(...jumps) }),
  ) as fc.Arbitrary<Step>,
  { minLength: 5, maxLength: 60 },
);

interface ModelSession {
  sid: string;
  uid: string;
  device: string;
  /** By generation; undefined if the response was lost and the refresh not repeated. */
  tokens: Array<string | undefined>;
  refreshedAt: number;
  idleEndsAt: number;
  endsAt: number;
  state: 'live' | 'reused' | 'deleted';
}

export async function checkAgainstModel(store: SessionStore, list: readonly Step[]) {
  let now = START_MS;
  let failure: Failure = 'none';
  const events: SessionEvent[] = [];
  const failing: SessionStore = {
    ...store,
    async rotate(request) {
      if (failure === 'before') throw new Error('failed before');
      const outcome = await store.rotate(request);
      if (failure === 'after') throw new Error('failed after');
      return outcome;
    },
  };
  const durations = { idle: IDLE_MS / 1000, absolute: ABSOLUTE_MS / 1000, grace: GRACE_MS / 1000 };
  const sessions = createSessions(
    optionsWith({
      store: failing,
      access: { key: accessKey, expiresIn: 5 },
      refresh: { key: refreshKey, ...durations },
      policy: 'per-device',
      clock: () => now,
      on: (event) => events.push(event),
    }),
  );
  const users = [randomUUID(), randomUUID()];
  const model: ModelSession[] = [];
  const pick = <Item>(items: readonly Item[], index: number) => items[index % items.length];
  const isExpired = ({ idleEndsAt, endsAt }: ModelSession) => now >= idleEndsAt || now >= endsAt;

  function expectedOutcome(session: ModelSession, gen: number): string {
    const newest = session.tokens.length - 1;
    if (session.state === 'deleted' || isExpired(session)) return 'ERR_SESSION_UNKNOWN';
    if (session.state === 'reused') return 'ERR_SESSION_REVOKED';
    if (gen === newest) return 'rotated';
    const isInGrace = gen === newest - 1 && now < session.refreshedAt + GRACE_MS;
    return isInGrace ? 'again' : 'ERR_SESSION_REUSED';
  }

  async function refresh(session: ModelSession, gen: number, fails: Failure): Promise<void> {
    const token = session.tokens[gen];
    if (token === undefined) return;
    failure = fails;
    const result = await sessions.refresh(token).then(
      (issued) => ({ issued, outcome: 'issued' }),
      (error) => {
        expect(error.name).toBe('SessionError');
        return { issued: undefined, outcome: error.code as string };
      },
    );
    failure = 'none';
    const outcome = expectedOutcome(session, gen);
    const isIssued = outcome === 'rotated' || outcome === 'again';
    if (fails !== 'none') expect(result.outcome).toBe('ERR_SESSION_UNAVAILABLE');
    else expect(result.outcome).toBe(isIssued ? 'issued' : outcome);
    if (fails === 'before') return;

    if (outcome === 'ERR_SESSION_REUSED') session.state = 'reused';
    if (outcome === 'rotated') {
      session.refreshedAt = now;
      session.idleEndsAt = Math.min(now + IDLE_MS, session.endsAt);
      session.tokens.push(undefined);
    }
    if (!result.issued) return;
    const newest = session.tokens.length - 1;
    // Every refresh with one token yields the same successor, byte for byte.
    session.tokens[newest] ??= result.issued.refresh;
    expect(result.issued.refresh).toBe(session.tokens[newest]);
    const { uid: sub, sid } = session;
    expect(payloadOf(result.issued.refresh)).toMatchObject({ sub, sid, gen: newest + 1 });
    expect(sessions.verifyAccess(result.issued.access)).toMatchObject({ sub, sid });
  }

  async function run(step: Step): Promise<void> {
    switch (step.do) {
      case 'issue': {
        const uid = pick(users, step.user) as string;
        const device = `device ${step.device}`;
        const { sid, refresh } = await sessions.issue(uid, { device });
        for (const old of model) {
          if (old.uid !== uid) continue;
          // A login also deletes expired sessions. A clock that is set back does not restore them.
          if (isExpired(old) || old.device === device) old.state = 'deleted';
        }
        const times = { refreshedAt: now, idleEndsAt: now + IDLE_MS, endsAt: now + ABSOLUTE_MS };
        model.push({ sid, uid, device, tokens: [refresh], ...times, state: 'live' });
        return;
      }
      case 'refresh': {
        const all = model.flatMap((session) => session.tokens.map((_, gen) => ({ session, gen })));
        const chosen = pick(all, step.token);
        if (chosen) await refresh(chosen.session, chosen.gen, step.failure);
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
        // A login may have deleted an expired session already.
        if (session.state === 'deleted') expect(ended).toBe(false);
        session.state = 'deleted';
        return;
      }
      case 'revokeAll': {
        const uid = pick(users, step.user) as string;
        const except = pick(model, step.except)?.sid;
        await sessions.revokeAll(uid, except === undefined ? {} : { except });
        for (const session of model) {
          if (session.uid === uid && session.sid !== except) session.state = 'deleted';
        }
        return;
      }
      case 'clock':
        now += step.by;
    }
  }

  for (const step of list) {
    await run(step);
    for (const uid of users) {
      const listed = (await sessions.list(uid)).map(({ sid }) => sid);
      const live = model.filter(
        (session) => session.uid === uid && session.state === 'live' && !isExpired(session),
      );
      expect(listed.sort()).toEqual(live.map(({ sid }) => sid).sort());
    }
  }
  const reused = events.flatMap((event) => (event.type === 'reuse' ? [event.sid] : []));
  expect(new Set(reused).size).toBe(reused.length);
}
