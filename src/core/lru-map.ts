/** A bounded map that evicts what was not used recently. */

/**
 * A least-recently-used map of two generations. A used entry moves to the young one; when that is full,
 * the old one is dropped. A hit costs one look-up; moving an entry within one Map costs three.
 */
export class LruMap<Name, Value> {
  #young = new Map<Name, Value>();
  #old = new Map<Name, Value>();
  #weight = 0;
  readonly #maxCount: number;
  readonly #maxWeight: number;

  /** Holds at most `max` entries, of at most `maxWeight` together. */
  constructor(max: number, maxWeight = Number.POSITIVE_INFINITY) {
    this.#maxCount = Math.floor(max / 2);
    this.#maxWeight = maxWeight / 2;
  }

  get(name: Name, weight = 0): Value | undefined {
    const value = this.#young.get(name);
    if (value !== undefined) return value;
    const old = this.#old.get(name);
    if (old !== undefined) this.set(name, old, weight);
    return old;
  }

  set(name: Name, value: Value, weight = 0): void {
    if (weight > this.#maxWeight) return;
    if (this.#young.size >= this.#maxCount || this.#weight + weight > this.#maxWeight) {
      // A map of one entry has no old generation.
      this.#old = this.#maxCount > 0 ? this.#young : new Map();
      this.#young = new Map();
      this.#weight = 0;
    }
    this.#young.set(name, value);
    this.#weight += weight;
  }

  delete(name: Name): void {
    this.#young.delete(name);
    this.#old.delete(name);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#weight = 0;
  }
}
