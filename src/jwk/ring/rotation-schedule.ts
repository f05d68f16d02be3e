/** When which key signs, and until when it verifies: plain data, and pure functions of the time. */

import { usageError } from '../../errors.ts';

/** From this second since 1970 on the key signs, until the next term begins. */
export interface SigningPeriod {
  readonly kid: string;
  readonly from: number;
}

/** The keys of a ring and when they sign. Nothing in it changes. */
export interface Rotation {
  /** In the order in which they were given. */
  readonly kids: readonly string[];
  /** In the order in which they begin; of two that begin in one second the later one counts. */
  readonly periods: readonly SigningPeriod[];
  /** Seconds for which a key verifies after it has signed: as long as the tokens live. */
  readonly retention: number;
}

/**
 * `published`: verifies, signs later. `active`: signs. `retiring`: verifies what it signed.
 *
 * @example
 * ```ts
 * const isSafeToDelete = (state: KeyState) => state === 'gone';
 * ```
 */
export type KeyState = 'published' | 'active' | 'retiring' | 'gone';

/**
 * The life of a key, in seconds since 1970.
 *
 * @example
 * ```ts
 * const ring = createKeyRing([{ key: privateKey }], { expiresIn: '15m' });
 * const times: KeyTimes | undefined = ring.status()[0];
 * console.log(times?.retiredAt); // → Infinity
 * ```
 */
export interface KeyTimes {
  /** It signs from here on. */
  readonly activeAt: number;
  /** It signs no more, because the next key does. Infinity where none is to follow. */
  readonly retiredAt: number;
  /** It verifies no more: all of its tokens have ended. Infinity where none is to follow. */
  readonly goneAt: number;
}

/** Throws TypeError where a key is named twice, two begin in one second, or none signs yet. */
export function startRotation(terms: readonly SigningPeriod[], keep: number, now: number): Rotation {
  const kids = terms.map(({ kid }) => kid);
  if (new Set(kids).size < kids.length) throw duplicateKidError();
  if (new Set(terms.map(({ from }) => from)).size < terms.length) {
    throw usageError(
      'ERR_OPTION_INVALID',
      'two keys begin to sign at once: give each its "activeAt"',
    );
  }
  const rotation = dropGone({ kids, periods: sortPeriods(terms), retention: keep }, now);
  if (activeKid(rotation, now) === undefined) {
    throw usageError(
      'ERR_OPTION_INVALID',
      'no key of the ring signs yet: "activeAt" of all lies ahead',
    );
  }
  return rotation;
}

/** With one more key. Throws TypeError where it is there already, or would have signed before now. */
export function publish(rotation: Rotation, kid: string, from: number, now: number): Rotation {
  const { kids, periods: terms, retention: keep } = dropGone(rotation, now);
  if (kids.includes(kid)) throw duplicateKidError();
  // It would end the term of another key in hindsight, and with it the tokens signed since.
  if (from < now) throw usageError('ERR_OPTION_INVALID', '"activeAt" lies in the past');
  return { kids: [...kids, kid], periods: sortPeriods([...terms, { kid, from }]), retention: keep };
}

/** With a key that signs from now on. Throws TypeError where it is not there. */
export function activate(rotation: Rotation, kid: string, now: number): Rotation {
  const settled = dropGone(rotation, now);
  const { kids, periods: terms, retention: keep } = settled;
  if (!kids.includes(kid)) throw unknownKidError();
  if (activeKid(settled, now) === kid) return settled;
  return { kids, periods: sortPeriods([...withoutPlannedPeriods(terms, kid, now), { kid, from: now }]), retention: keep };
}

/** Without a key. Throws TypeError where it is not there, or is the one that signs. */
export function revoke(rotation: Rotation, kid: string, now: number): Rotation {
  const settled = dropGone(rotation, now);
  const { kids, periods: terms, retention: keep } = settled;
  if (!kids.includes(kid)) throw unknownKidError();
  if (activeKid(settled, now) === kid) {
    throw usageError('ERR_OPTION_INVALID', 'the active key signs: activate another key first');
  }
  const left = kids.filter((other) => other !== kid);
  return dropGone({ kids: left, periods: withoutPlannedPeriods(terms, kid, now), retention: keep }, now);
}

/** The key that signs; undefined before the first term. */
export function activeKid({ periods: terms }: Rotation, now: number): string | undefined {
  return terms.filter(({ from }) => from <= now).at(-1)?.kid;
}

/** The times of the last term of a key that is in the rotation. */
export function keyTimes({ periods: terms, retention: keep }: Rotation, kid: string): KeyTimes {
  let place = terms.length - 1;
  while (place > 0 && terms[place]?.kid !== kid) place--;
  const retiredAt = terms[place + 1]?.from ?? Number.POSITIVE_INFINITY;
  return { activeAt: terms[place]?.from ?? retiredAt, retiredAt, goneAt: retiredAt + keep };
}

/** What a key with these times is at that second. */
export function stateOf({ activeAt, retiredAt, goneAt }: KeyTimes, now: number): KeyState {
  if (now >= goneAt) return 'gone';
  if (now < activeAt) return 'published';
  return now < retiredAt ? 'active' : 'retiring';
}

/**
 * Forgets the keys that are gone, so that nothing brings them back, and the terms before which no key is
 * left: what has begun ended the term before it, also when its own key was revoked.
 */
function dropGone(rotation: Rotation, now: number): Rotation {
  const { periods: terms, retention: keep } = rotation;
  const kids = rotation.kids.filter((kid) => stateOf(keyTimes(rotation, kid), now) !== 'gone');
  const first = terms.findIndex(({ kid }) => kids.includes(kid));
  return { kids, periods: first === -1 ? [] : terms.slice(first), retention: keep };
}

function withoutPlannedPeriods(terms: readonly SigningPeriod[], kid: string, now: number): SigningPeriod[] {
  return terms.filter((term) => term.kid !== kid || term.from <= now);
}

function sortPeriods(terms: readonly SigningPeriod[]): SigningPeriod[] {
  // Sorting is stable.
  return [...terms].sort((a, b) => a.from - b.from);
}

function duplicateKidError(): TypeError {
  return usageError('ERR_KEY_INVALID', 'the ring has a key of this "kid" already');
}

function unknownKidError(): TypeError {
  return usageError('ERR_KEY_NOT_FOUND', 'the ring has no key of this "kid"');
}
