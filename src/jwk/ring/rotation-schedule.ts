/** Computes which key signs and which keys verify: plain data and pure functions of the time. */

import { usageError } from '../../errors.ts';

/** The key signs from this second since 1970 on, until the next period starts. */
export interface SigningPeriod {
  readonly kid: string;
  readonly from: number;
}

/** The keys of a ring and when they sign. Immutable. */
export interface Rotation {
  /** In the order in which they were added. */
  readonly kids: readonly string[];
  /** Ordered by `from`. Of two with the same `from`, the later one counts. */
  readonly periods: readonly SigningPeriod[];
  /** Seconds for which a retiring key verifies: the lifetime of a token. */
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
 * Times of a key, in seconds since 1970.
 *
 * @example
 * ```ts
 * const ring = createKeyRing([{ key: await generateKey('EdDSA') }], { expiresIn: '15m' });
 * const times: KeyTimes | undefined = ring.status()[0];
 * console.log(times?.retiredAt); // → Infinity
 * ```
 */
export interface KeyTimes {
  /** Signs from here on. */
  readonly activeAt: number;
  /** The next key signs from here on. Infinity without a next key. */
  readonly retiredAt: number;
  /** All its tokens have expired: it no longer verifies. Infinity without a next key. */
  readonly goneAt: number;
}

/** Throws TypeError for a duplicate `kid`, for two periods with the same `from`, and if no key signs yet. */
export function startRotation(
  periods: readonly SigningPeriod[],
  retention: number,
  now: number,
): Rotation {
  const kids = periods.map(({ kid }) => kid);
  if (new Set(kids).size < kids.length) throw duplicateKidError();
  if (new Set(periods.map(({ from }) => from)).size < periods.length) {
    throw usageError(
      'ERR_OPTION_INVALID',
      'two keys start to sign in the same second: set another "activeAt"',
    );
  }
  const rotation = dropOldest({ kids, periods: sortPeriods(periods), retention }, now);
  if (activeKid(rotation, now) === undefined) {
    throw usageError(
      'ERR_OPTION_INVALID',
      'no key of the ring signs yet: every "activeAt" is in the future',
    );
  }
  return rotation;
}

/** Adds a key. Throws TypeError for a duplicate `kid`, and if `from` is before `now`. */
export function publish(rotation: Rotation, kid: string, from: number, now: number): Rotation {
  const { kids, periods, retention } = rotation;
  if (isPresent(rotation, kid, now)) throw duplicateKidError();
  // The period of another key would end in the past, and its tokens signed since would be rejected.
  if (from < now) throw usageError('ERR_OPTION_INVALID', '"activeAt" is in the past');
  const others = kids.filter((other) => other !== kid);
  return dropOldest(
    { kids: [...others, kid], periods: sortPeriods([...periods, { kid, from }]), retention },
    now,
  );
}

/** Lets a key sign from now on. Throws TypeError for an unknown `kid`. */
export function activate(rotation: Rotation, kid: string, now: number): Rotation {
  const { kids, periods, retention } = rotation;
  if (!isPresent(rotation, kid, now)) throw unknownKidError();
  if (activeKid(rotation, now) === kid) return rotation;
  const others = withoutPlannedPeriods(periods, kid, now);
  return { kids, periods: sortPeriods([...others, { kid, from: now }]), retention };
}

/** Removes a key. Throws TypeError for an unknown `kid`, and for the active key. */
export function revoke(rotation: Rotation, kid: string, now: number): Rotation {
  const { kids, periods, retention } = rotation;
  if (!isPresent(rotation, kid, now)) throw unknownKidError();
  if (activeKid(rotation, now) === kid) {
    throw usageError(
      'ERR_OPTION_INVALID',
      'the active key cannot be revoked: activate another key first',
    );
  }
  const remaining = kids.filter((other) => other !== kid);
  return dropOldest(
    { kids: remaining, periods: withoutPlannedPeriods(periods, kid, now), retention },
    now,
  );
}

/** Returns the key that signs; `undefined` before the first period. */
export function activeKid({ periods }: Rotation, now: number): string | undefined {
  return periods.filter(({ from }) => from <= now).at(-1)?.kid;
}

/** Returns the times of the last period of a key that is in the rotation. */
export function keyTimes({ periods, retention }: Rotation, kid: string): KeyTimes {
  let index = periods.length - 1;
  while (index > 0 && periods[index]?.kid !== kid) index--;
  const retiredAt = periods[index + 1]?.from ?? Number.POSITIVE_INFINITY;
  return { activeAt: periods[index]?.from ?? retiredAt, retiredAt, goneAt: retiredAt + retention };
}

/** Returns the state of a key with these times at a second. */
export function stateOf({ activeAt, retiredAt, goneAt }: KeyTimes, now: number): KeyState {
  if (now >= goneAt) return 'gone';
  if (now < activeAt) return 'published';
  return now < retiredAt ? 'active' : 'retiring';
}

/** Whether the ring has the key, and it is not gone. */
export function isPresent(rotation: Rotation, kid: string, now: number): boolean {
  return rotation.kids.includes(kid) && stateOf(keyTimes(rotation, kid), now) !== 'gone';
}

/** Gone keys that stay in a rotation: they are back if the clock was ahead and is corrected. */
const MAX_GONE_KEYS = 100;

/**
 * Drops the oldest of the keys that are gone, and the periods before those of the remaining keys. Later
 * periods stay: each ends the one before it, also if its own key was revoked.
 */
function dropOldest(rotation: Rotation, now: number): Rotation {
  const { periods, retention } = rotation;
  const gone = rotation.kids.filter((kid) => !isPresent(rotation, kid, now));
  const dropped = new Set(gone.slice(0, Math.max(0, gone.length - MAX_GONE_KEYS)));
  const kids = rotation.kids.filter((kid) => !dropped.has(kid));
  const first = periods.findIndex(({ kid }) => kids.includes(kid));
  return { kids, periods: first === -1 ? [] : periods.slice(first), retention };
}

function withoutPlannedPeriods(
  periods: readonly SigningPeriod[],
  kid: string,
  now: number,
): SigningPeriod[] {
  return periods.filter((period) => period.kid !== kid || period.from <= now);
}

function sortPeriods(periods: readonly SigningPeriod[]): SigningPeriod[] {
  // The sort is stable.
  return [...periods].sort((a, b) => a.from - b.from);
}

function duplicateKidError(): TypeError {
  return usageError('ERR_KEY_INVALID', 'the ring already has a key with this "kid"');
}

function unknownKidError(): TypeError {
  return usageError('ERR_KEY_NOT_FOUND', 'the ring has no key with this "kid"');
}
