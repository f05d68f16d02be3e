import { describe, expect, test } from 'vitest';
import {
  activate,
  activeKid,
  publish,
  type Rotation,
  revoke,
  startRotation,
  stateOf,
  keyTimes,
} from '../../src/jwk/ring/rotation-schedule.ts';

const KEEP = 100;
const start = (...terms: Array<[string, number]>): Rotation => {
  return startRotation(
    terms.map(([kid, from]) => ({ kid, from })),
    KEEP,
    1000,
  );
};
/** What each key is at that second. */
const states = (rotation: Rotation, now: number) => {
  return Object.fromEntries(
    rotation.kids.map((kid) => [kid, stateOf(keyTimes(rotation, kid), now)]),
  );
};

describe('a key', () => {
  const rotation = publish(start(['a', 0]), 'b', 2000, 1000);

  test('is published until the second of its term, and signs from then on', () => {
    expect(states(rotation, 1999)).toEqual({ a: 'active', b: 'published' });
    expect(states(rotation, 2000)).toEqual({ a: 'retiring', b: 'active' });
    expect([1999, 2000].map((now) => activeKid(rotation, now))).toEqual(['a', 'b']);
  });

  test('is gone when the tokens of its last second have ended', () => {
    expect(states(rotation, 2099)).toEqual({ a: 'retiring', b: 'active' });
    expect(states(rotation, 2100)).toEqual({ a: 'gone', b: 'active' });
    expect(keyTimes(rotation, 'a')).toEqual({ activeAt: 0, retiredAt: 2000, goneAt: 2100 });
  });

  test('without a successor is never gone', () => {
    expect(states(rotation, 9e9).b).toBe('active');
    expect(keyTimes(rotation, 'b').goneAt).toBe(Number.POSITIVE_INFINITY);
  });

  test('that is activated signs at once, and its plan is forgotten', () => {
    const earlier = activate(rotation, 'b', 1500);
    expect(states(earlier, 1500)).toEqual({ a: 'retiring', b: 'active' });
    expect(keyTimes(earlier, 'b').activeAt).toBe(1500);
    expect(keyTimes(earlier, 'a').goneAt).toBe(1600);
  });

  test('that is active already is left as it is', () => {
    expect(activate(rotation, 'a', 1500)).toEqual(rotation);
  });

  test('that retires can sign once more, and no other key stays longer for it', () => {
    const three = publish(publish(start(['a', 0]), 'b', 2000, 1000), 'c', 2050, 1000);
    const back = activate(three, 'b', 2060);
    expect(states(back, 2060)).toEqual({ a: 'retiring', b: 'active', c: 'retiring' });
    expect(['a', 'b', 'c'].map((kid) => keyTimes(back, kid).goneAt)).toEqual([
      2100,
      Number.POSITIVE_INFINITY,
      2160,
    ]);
  });

  test('of two that begin in one second the later one signs, and the other keeps its tokens', () => {
    const twice = activate(activate(publish(rotation, 'c', 3000, 1500), 'b', 1500), 'c', 1500);
    expect(states(twice, 1599)).toEqual({ a: 'retiring', b: 'retiring', c: 'active' });
    expect(states(twice, 1600)).toEqual({ a: 'gone', b: 'gone', c: 'active' });
  });

  test('that is gone stays gone, whatever follows', () => {
    const later = publish(rotation, 'c', 5000, 2100);
    expect(later.kids).toEqual(['b', 'c']);
    expect(() => activate(rotation, 'a', 2100)).toThrow('the ring has no key with this "kid"');
  });

  test('that is revoked is gone, and its time still ends that of the key before it', () => {
    const after = activate(rotation, 'b', 1500);
    expect(revoke(after, 'a', 1501).kids).toEqual(['b']);
    const three = activate(publish(after, 'c', 3000, 1500), 'c', 1550);
    expect(keyTimes(revoke(three, 'b', 1560), 'a').goneAt).toBe(1600);
  });

  test('that is revoked before its term leaves the term to the key before it', () => {
    const back = revoke(rotation, 'b', 1500);
    expect(states(back, 9e9)).toEqual({ a: 'active' });
  });
});

describe('it is a mistake', () => {
  const rotation = publish(start(['a', 0]), 'b', 2000, 1000);

  test('to begin without a key that signs', () => {
    expect(() => start()).toThrow('no key of the ring signs yet');
    expect(() => start(['a', 1001])).toThrow('no key of the ring signs yet');
    expect(start(['a', 1000]).kids).toEqual(['a']);
  });

  test('to name two keys alike, or to let them begin in one second', () => {
    expect(() => start(['a', 0], ['a', 1])).toThrow('already has a key with this "kid"');
    expect(() => start(['a', 0], ['b', 0])).toThrow('two keys start to sign in the same second');
    expect(() => publish(rotation, 'a', 3000, 1000)).toThrow('has a key with this "kid"');
  });

  test('to publish a key that would have signed before now', () => {
    expect(() => publish(rotation, 'c', 1499, 1500)).toThrow('is in the past');
    expect(activeKid(publish(rotation, 'c', 1500, 1500), 1500)).toBe('c');
  });

  test('to take the key that signs, or one that is not there', () => {
    expect(() => revoke(rotation, 'a', 1500)).toThrow('activate another key first');
    expect(() => revoke(rotation, 'x', 1500)).toThrow('no key with this "kid"');
    expect(() => activate(rotation, 'x', 1500)).toThrow('no key with this "kid"');
  });
});

test('keys that are gone at the start are not taken in', () => {
  expect(start(['a', 0], ['b', 800], ['c', 950]).kids).toEqual(['b', 'c']);
});

test('nothing that was handed out changes', () => {
  const rotation = start(['a', 0]);
  const copy = structuredClone(rotation);
  const next = activate(publish(rotation, 'b', 2000, 1000), 'b', 1100);
  revoke(next, 'a', 1150);
  expect(rotation).toEqual(copy);
});
