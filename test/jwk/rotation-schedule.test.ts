import { describe, expect, test } from 'vitest';
import {
  activate,
  activeKid,
  keyTimes,
  publish,
  type Rotation,
  revoke,
  startRotation,
  stateOf,
} from '../../src/jwk/ring/rotation-schedule.ts';

const RETENTION = 100;
const start = (...periods: Array<[string, number]>): Rotation => {
  const signing = periods.map(([kid, from]) => ({ kid, from }));
  return startRotation(signing, RETENTION, 1000);
};
/** State of each key at a second. */
const states = (rotation: Rotation, now: number) => {
  const entries = rotation.kids.map((kid) => [kid, stateOf(keyTimes(rotation, kid), now)]);
  return Object.fromEntries(entries);
};
const rotation = publish(start(['a', 0]), 'b', 2000, 1000);

describe('a key', () => {
  test('is published until its first second, and then signs', () => {
    expect(states(rotation, 1999)).toEqual({ a: 'active', b: 'published' });
    expect(states(rotation, 2000)).toEqual({ a: 'retiring', b: 'active' });
    expect([1999, 2000].map((now) => activeKid(rotation, now))).toEqual(['a', 'b']);
  });

  test('is gone when the tokens of its last second have expired', () => {
    expect(states(rotation, 2099)).toEqual({ a: 'retiring', b: 'active' });
    expect(states(rotation, 2100)).toEqual({ a: 'gone', b: 'active' });
    expect(keyTimes(rotation, 'a')).toEqual({ activeAt: 0, retiredAt: 2000, goneAt: 2100 });
  });

  test('is never gone without a next key', () => {
    expect(states(rotation, 9e9).b).toBe('active');
    expect(keyTimes(rotation, 'b').goneAt).toBe(Number.POSITIVE_INFINITY);
  });

  test('signs at once when it is activated, and its plan is dropped', () => {
    const earlier = activate(rotation, 'b', 1500);
    expect(states(earlier, 1500)).toEqual({ a: 'retiring', b: 'active' });
    expect(keyTimes(earlier, 'b').activeAt).toBe(1500);
    expect(keyTimes(earlier, 'a').goneAt).toBe(1600);
    expect(activate(rotation, 'a', 1500)).toEqual(rotation);
  });

  test('can sign again while it retires, and no other key stays longer for it', () => {
    const three = publish(publish(start(['a', 0]), 'b', 2000, 1000), 'c', 2050, 1000);
    const back = activate(three, 'b', 2060);
    expect(states(back, 2060)).toEqual({ a: 'retiring', b: 'active', c: 'retiring' });
    const goneAt = ['a', 'b', 'c'].map((kid) => keyTimes(back, kid).goneAt);
    expect(goneAt).toEqual([2100, Number.POSITIVE_INFINITY, 2160]);
  });

  test('signs if it was activated last in the same second, and the other keeps its tokens', () => {
    const twice = activate(activate(publish(rotation, 'c', 3000, 1500), 'b', 1500), 'c', 1500);
    expect(states(twice, 1599)).toEqual({ a: 'retiring', b: 'retiring', c: 'active' });
    expect(states(twice, 1600)).toEqual({ a: 'gone', b: 'gone', c: 'active' });
  });

  test('that is gone stays gone', () => {
    const later = publish(rotation, 'c', 5000, 2100);
    expect(states(later, 2100)).toEqual({ a: 'gone', b: 'active', c: 'published' });
    expect(() => activate(later, 'a', 2100)).toThrow('the ring has no key with this "kid"');
    expect(() => revoke(later, 'a', 2100)).toThrow('the ring has no key with this "kid"');
    expect(states(publish(later, 'a', 3000, 2100), 2100).a).toBe('published');
  });

  test('that is gone is back after a clock that was ahead is corrected', () => {
    const ahead = publish(rotation, 'c', 9e9 + 1, 9e9);
    expect(states(ahead, 9e9).a).toBe('gone');
    expect(states(ahead, 1500)).toEqual({ a: 'active', b: 'published', c: 'published' });
    expect(states(activate(ahead, 'c', 1600), 1600)).toMatchObject({ a: 'retiring', c: 'active' });
  });

  test('that is gone is dropped when a hundred others are', () => {
    let many = start(['a', 0]);
    for (let i = 1; i <= 150; i++) many = publish(many, `k${i}`, 1000 + i * 200, 1000 + i * 200);
    expect(many.kids).toHaveLength(102);
    expect(many.periods).toHaveLength(102);
  });

  test('that is revoked still ends the period of the key before it', () => {
    const after = activate(rotation, 'b', 1500);
    expect(revoke(after, 'a', 1501).kids).toEqual(['b']);
    const three = activate(publish(after, 'c', 3000, 1500), 'c', 1550);
    expect(keyTimes(revoke(three, 'b', 1560), 'a').goneAt).toBe(1600);
  });

  test('that is revoked before its period leaves the period to the key before it', () => {
    expect(states(revoke(rotation, 'b', 1500), 9e9)).toEqual({ a: 'active' });
  });
});

describe('a rotation', () => {
  test('rejects a start without a key that signs', () => {
    expect(() => start()).toThrow('no key of the ring signs yet');
    expect(() => start(['a', 1001])).toThrow('no key of the ring signs yet');
    expect(start(['a', 1000]).kids).toEqual(['a']);
  });

  test('rejects a duplicate "kid", and two keys that start in the same second', () => {
    expect(() => start(['a', 0], ['a', 1])).toThrow('already has a key with this "kid"');
    expect(() => start(['a', 0], ['b', 0])).toThrow('two keys start to sign in the same second');
    expect(() => publish(rotation, 'a', 3000, 1000)).toThrow('already has a key with this "kid"');
  });

  test('rejects a key that starts before now', () => {
    expect(() => publish(rotation, 'c', 1499, 1500)).toThrow('is in the past');
    expect(activeKid(publish(rotation, 'c', 1500, 1500), 1500)).toBe('c');
  });

  test('rejects to revoke the active key or an unknown one', () => {
    expect(() => revoke(rotation, 'a', 1500)).toThrow('activate another key first');
    expect(() => revoke(rotation, 'x', 1500)).toThrow('no key with this "kid"');
    expect(() => activate(rotation, 'x', 1500)).toThrow('no key with this "kid"');
  });

  test('is immutable', () => {
    const rotation = start(['a', 0]);
    const copy = structuredClone(rotation);
    const next = activate(publish(rotation, 'b', 2000, 1000), 'b', 1100);
    revoke(next, 'a', 1150);
    expect(rotation).toEqual(copy);
  });
});
