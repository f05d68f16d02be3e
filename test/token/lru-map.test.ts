import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LruMap } from '../../src/core/lru-map.ts';

const names = Array.from({ length: 12 }, (_, i) => i);

describe('LruMap', () => {
  test('holds at most its maximum, and always the last entry', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.tuple(fc.boolean(), fc.constantFrom(...names)), { maxLength: 60 }),
        (max, steps) => {
          const map = new LruMap<number, string>(max);
          for (const [isSet, name] of steps) {
            if (isSet) map.set(name, `value ${name}`);
            else map.get(name);
            if (isSet) expect(map.get(name)).toBe(`value ${name}`);
          }
          // Reading only moves entries: what is found now was in the map.
          const held = names.filter((name) => map.get(name) !== undefined);
          expect(held.length).toBeLessThanOrEqual(max);
        },
      ),
    );
  });

  test('keeps an entry that is used often', () => {
    const map = new LruMap<number, string>(4);
    map.set(0, 'kept');
    for (let other = 1; other < 100; other++) {
      map.set(other, 'passing');
      expect(map.get(0)).toBe('kept');
    }
  });

  test('holds half of its maximum without a read', () => {
    const map = new LruMap<number, string>(8);
    for (const name of [0, 1, 2, 3]) map.set(name, 'kept');
    expect(names.filter((name) => map.get(name) !== undefined)).toEqual([0, 1, 2, 3]);
  });

  test('holds half of its weight in one entry, or in several', () => {
    const map = new LruMap<number, string>(100, 10);
    map.set(0, 'half', 5);
    expect(map.get(0, 5)).toBe('half');
    map.clear();
    for (const name of [0, 1, 2, 3, 4]) map.set(name, 'one of five', 1);
    map.set(5, 'as heavy as all', 5);
    expect(names.filter((name) => map.get(name, 0) !== undefined)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('weighs at most its maximum', () => {
    const map = new LruMap<number, string>(100, 10);
    map.set(0, 'too heavy', 6);
    expect(map.get(0)).toBeUndefined();
    for (let name = 1; name < 20; name++) map.set(name, 'of three', 3);
    expect(names.filter((name) => map.get(name, 3) !== undefined).length).toBeLessThanOrEqual(3);
    expect([17, 18, 19].filter((name) => map.get(name, 3) !== undefined)).toEqual([18, 19]);
  });

  test('deletes one entry, and all', () => {
    const map = new LruMap<number, string>(8);
    for (const name of names.slice(0, 6)) map.set(name, 'kept');
    map.delete(5);
    expect(map.get(5)).toBeUndefined();
    expect(map.get(4)).toBe('kept');
    map.clear();
    expect(names.filter((name) => map.get(name) !== undefined)).toEqual([]);
  });
});
