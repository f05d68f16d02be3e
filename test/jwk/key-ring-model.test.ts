/** Compares a ring with a simpler model, over random sequences of steps. */

import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSigner } from '../../src/index.ts';
import { createKeyRing, type KeyRing } from '../../src/jwk/ring/key-ring.ts';

const LIFETIME = 60;
const LEAD = 100;
const TOLERANCE = 5;
const RETENTION = LIFETIME + TOLERANCE;
const START = 1_800_000_000;

/** Made once: only the `kid` of a key changes from run to run. */
const material: KeyObject[] = Array.from({ length: 8 }, (_, place) =>
  place % 2 === 0
    ? createSecretKey(Buffer.alloc(32, place + 1))
    : generateKeyPairSync('ed25519').privateKey,
);

type Step =
  | { do: 'wait'; seconds: number }
  | { do: 'publish'; ahead: number | undefined }
  | { do: 'activate' | 'revoke'; place: number }
  | { do: 'sign' };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('wait' as const), seconds: fc.nat({ max: 90 }) }),
    fc.record({
      do: fc.constant('publish' as const),
      ahead: fc.option(fc.nat({ max: 150 }), { nil: undefined }),
    }),
    fc.record({
      do: fc.constantFrom('activate' as const, 'revoke' as const),
      place: fc.nat({ max: 20 }),
    }),
    fc.record({ do: fc.constant('sign' as const) }),
  ),
  { maxLength: 60 },
);

interface ModelKey {
  kid: string;
  key: KeyObject;
  /** When it starts to sign; undefined after that. */
  plannedAt: number | undefined;
  /** When another key took over; undefined before and while it signs. */
  endedAt: number | undefined;
  revoked: boolean;
}

/** Simulates the ring second by second. */
class Model {
  now = START;
  readonly keys: ModelKey[] = [];
  active: ModelKey;
  readonly tokens: Array<{ token: string; by: ModelKey; exp: number }> = [];

  constructor() {
    this.active = this.add(undefined);
  }

  add(plannedAt: number | undefined): ModelKey {
    const place = this.keys.length;
    const key = material[place % material.length] as KeyObject;
    const added = { kid: `k${place}`, key, plannedAt, endedAt: undefined, revoked: false };
    this.keys.push(added);
    return added;
  }

  takeOver(key: ModelKey): void {
    if (key === this.active) return;
    this.active.endedAt = this.now;
    key.plannedAt = undefined;
    key.endedAt = undefined;
    this.active = key;
  }

  pass(seconds: number): void {
    for (let i = 0; i < seconds; i++) {
      this.now++;
      this.turn();
    }
  }

  turn(): void {
    for (const key of this.keys) {
      if (key.plannedAt === this.now && !key.revoked) this.takeOver(key);
    }
  }

  isPresent({ revoked, endedAt }: ModelKey): boolean {
    return !revoked && (endedAt === undefined || this.now < endedAt + RETENTION);
  }
}

function fresh(model: Model, { kid, key }: ModelKey): string {
  const clock = () => model.now * 1000;
  return createSigner(key, { keyid: kid, expiresIn: LIFETIME, clock })({ sub: 'direct' });
}

function verifies(ring: KeyRing, token: string): boolean {
  try {
    ring.verify(token);
    return true;
  } catch {
    return false;
  }
}

function check(ring: KeyRing, model: Model): void {
  const { now } = model;
  for (const { token, by, exp } of model.tokens) {
    // A token is valid until it expires or its key is revoked.
    if (now < exp + TOLERANCE && !by.revoked) expect(verifies(ring, token)).toBe(true);
    else expect(verifies(ring, token)).toBe(false);
  }
  for (const key of model.keys) {
    expect(verifies(ring, fresh(model, key))).toBe(model.isPresent(key));
  }
  const present = model.keys.filter((key) => model.isPresent(key));
  expect(ring.status().map(({ kid }) => kid)).toEqual(present.map(({ kid }) => kid));
  expect(ring.status().filter(({ state }) => state === 'active')).toMatchObject([
    { kid: model.active.kid },
  ]);
  const published = present.filter(({ key }) => key.type === 'private').map(({ kid }) => kid);
  expect(ring.jwks().keys.map(({ kid }) => kid)).toEqual(published);
}

async function step(ring: KeyRing, model: Model, act: Step): Promise<void> {
  if (act.do === 'wait') return model.pass(act.seconds);
  if (act.do === 'sign') {
    const token = await ring.sign({ sub: 'ada' });
    const { exp } = ring.verify(token);
    model.tokens.push({ token, by: model.active, exp: exp as number });
    return;
  }
  if (act.do === 'publish') {
    const key = model.add(model.now + (act.ahead ?? LEAD));
    const activeAt = act.ahead === undefined ? {} : { activeAt: model.now + act.ahead };
    ring.publish({ key: key.key, kid: key.kid, ...activeAt });
    return model.turn();
  }
  const key = model.keys[act.place % model.keys.length] as ModelKey;
  if (act.do === 'revoke' && key === model.active) {
    expect(() => ring.revoke(key.kid)).toThrow('activate another key first');
  } else if (!model.isPresent(key)) {
    expect(() => ring[act.do](key.kid)).toThrow('no key with this "kid"');
  } else if (act.do === 'activate') {
    ring.activate(key.kid);
    model.takeOver(key);
  } else {
    ring.revoke(key.kid);
    key.revoked = true;
  }
}

test('accepts every valid token until it expires, and no key verifies after it is gone', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (acts) => {
      const model = new Model();
      const [{ kid, key }] = model.keys as [ModelKey];
      const ring = createKeyRing([{ key, kid }], {
        expiresIn: LIFETIME,
        leadTime: LEAD,
        clockTolerance: TOLERANCE,
        clock: () => model.now * 1000 + 999,
      });
      for (const act of acts) {
        await step(ring, model, act);
        check(ring, model);
      }
    }),
    { numRuns: 100 },
  );
});
