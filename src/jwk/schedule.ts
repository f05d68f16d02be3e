/** When which key signs, and until when it verifies: plain data and pure functions of the time. */

/** From this second on the key signs, until the next term begins. Times are seconds since 1970. */
export interface Term {
  readonly kid: string;
  readonly from: number;
}

/** Terms in the order in which they begin. Of two that begin in one second the later one counts. */
export type Schedule = readonly Term[];

/** `published`: verifies, signs later. `active`: signs. `retiring`: verifies what it signed. */
export type KeyState = 'published' | 'active' | 'retiring' | 'gone';

/** The life of a key, in seconds since 1970. */
export interface KeyTimes {
  /** It signs from here on. */
  readonly activeAt: number;
  /** It signs no more: the next key is active. Infinity where none follows. */
  readonly retiredAt: number;
  /** It verifies no more: every token that it signed has ended. Infinity where none follows. */
  readonly goneAt: number;
}

/** The key that signs; undefined before the first term. */
export function activeKid(schedule: Schedule, now: number): string | undefined {
  return schedule.filter(({ from }) => from <= now).at(-1)?.kid;
}

/** The last term of a key, which verifies for `keep` seconds beyond it. */
export function timesOf(schedule: Schedule, kid: string, keep: number): KeyTimes | undefined {
  const place = schedule.map((term) => term.kid).lastIndexOf(kid);
  const term = schedule[place];
  if (!term) return undefined;
  const retiredAt = schedule[place + 1]?.from ?? Number.POSITIVE_INFINITY;
  return { activeAt: term.from, retiredAt, goneAt: retiredAt + keep };
}

export function stateOf({ activeAt, retiredAt, goneAt }: KeyTimes, now: number): KeyState {
  if (now >= goneAt) return 'gone';
  if (now < activeAt) return 'published';
  return now < retiredAt ? 'active' : 'retiring';
}

/** Plans a term behind those that begin in the same second. */
export function withTerm(schedule: Schedule, term: Term): Schedule {
  // Sorting is stable.
  return [...schedule, term].sort((a, b) => a.from - b.from);
}

/** Takes back what a key was planned for; what has begun stays, because it ended the term before. */
export function withoutPlans(schedule: Schedule, kid: string, now: number): Schedule {
  return schedule.filter((term) => term.kid !== kid || term.from <= now);
}

/** Without the terms before which no key is left that needs to know when it ended. */
export function pruned(schedule: Schedule, isKept: (kid: string) => boolean): Schedule {
  const first = schedule.findIndex(({ kid }) => isKept(kid));
  return first === -1 ? [] : schedule.slice(first);
}
