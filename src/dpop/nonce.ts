/** Creates and checks nonces without storing them (RFC 9449 §8, §9). */

import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { parseDuration, type Timespan } from '../core/encoding/duration.ts';
import { requireKey } from '../core/keys/import-key.ts';
import { preparedKeyArgument } from '../core/keys/key.ts';
import { checkKind, checkSize } from '../core/keys/key-checks.ts';
import type { KeyInput } from '../core/keys/key-input.ts';
import { boolean, checkOptions, type OptionRules } from '../core/option-rules.ts';

/**
 * Nonces of {@link createDpop}. Servers with the same key accept each other's, and store nothing.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const nonce: NonceOptions = { key: JWT_SECRET, lifetime: '2m' };
 * ```
 */
export interface NonceOptions {
  /** A secret of at least 32 bytes. Of a list the first creates nonces, and each accepts its own. */
  key: KeyInput | readonly KeyInput[];
  /** Longest time in which a nonce is accepted, 4 seconds at least. Default `'5m'`. */
  lifetime?: Timespan;
  /** Whether a proof without a nonce is rejected. Default `true`. */
  required?: boolean;
}

export interface Nonces {
  readonly required: boolean;
  /** Returns the newest nonce. `now` is in milliseconds. */
  current(now: number): string;
  /** Returns when a nonce ends, in milliseconds; `undefined` if it is not accepted now. */
  endOf(nonce: unknown, now: number): number | undefined;
}

/** A nonce is accepted in the step that it names and in the three that follow. */
const STEPS = 4;

/** The servers whose clocks are ahead are in the next step already. */
const STEPS_AHEAD = 1;

/** 128 bits: who guesses a nonce can make proofs in advance (RFC 9449 §11.2). */
const MAC_BYTES = 16;

const MAX_KEYS = 16;
const MIN_LIFETIME_SECONDS = STEPS;
const MAX_LIFETIME_SECONDS = 86_400;

const nonceRules: OptionRules = {
  key: {
    expected: `a secret, or an array of 1 to ${MAX_KEYS} secrets`,
    test: (value) => !Array.isArray(value) || (value.length > 0 && value.length <= MAX_KEYS),
  },
  lifetime: {
    expected: 'a timespan between 4 seconds and a day',
    test(value) {
      const seconds = parseDuration(value)?.seconds ?? 0;
      return seconds >= MIN_LIFETIME_SECONDS && seconds <= MAX_LIFETIME_SECONDS;
    },
  },
  required: boolean,
};

/** Checks the options and derives the keys. */
export function createNonces(options: unknown): Nonces {
  const own = checkOptions(options, nonceRules) as unknown as NonceOptions;
  const { lifetime = '5m', required = true } = own;
  const stepMs = ((parseDuration(lifetime)?.seconds ?? 0) * 1000) / STEPS;
  const keys = (Array.isArray(own.key) ? own.key : [own.key]).map(deriveKey);
  const [newest] = keys as [Buffer];
  const stepOf = (time: number) => Math.floor(time / stepMs);
  let created = { step: Number.NaN, nonce: '' };
  return {
    required,
    current(now) {
      const step = stepOf(now);
      if (step !== created.step) created = { step, nonce: nonceOf(step, newest) };
      return created.nonce;
    },
    endOf(nonce, now) {
      const step = readStep(nonce);
      const age = stepOf(now) - step;
      if (!(age >= -STEPS_AHEAD && age < STEPS)) return undefined;
      const isOurs = keys.some((key) => isEqual(nonceOf(step, key), nonce as string));
      return isOurs ? Math.ceil((step + STEPS) * stepMs) : undefined;
    },
  };
}

/** The secret may sign tokens as well: HKDF (RFC 5869) separates the two uses. */
function deriveKey(input: KeyInput): Buffer {
  const argument = preparedKeyArgument('sign', 'nonce.key');
  const key = requireKey(input, argument);
  checkKind('HS256', key, argument);
  checkSize('HS256', key, argument);
  const [salt, info] = [Buffer.alloc(0), Buffer.from('jotkit dpop nonce')];
  return Buffer.from(hkdfSync('sha256', key.object, salt, info, 32));
}

/** NQCHAR only (RFC 9449 §8.1): a number in base 36, a dot and base64url. */
const NONCE = /^([\da-z]{1,10})\.[\w-]{22}$/;

function nonceOf(step: number, key: Buffer): string {
  const mac = createHmac('sha256', key).update(String(step)).digest();
  return `${step.toString(36)}.${mac.toString('base64url', 0, MAC_BYTES)}`;
}

/** NaN for anything but a nonce. */
function readStep(nonce: unknown): number {
  const [, step = ''] = (typeof nonce === 'string' && NONCE.exec(nonce)) || [];
  return Number.parseInt(step, 36);
}

function isEqual(expected: string, given: string): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}
