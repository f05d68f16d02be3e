/** Options that fail closed: a known name, with a value of its type, or not there at all. */

import { types } from 'node:util';
import { mistake } from '../errors.ts';
import { toSpan } from './encoding/duration.ts';
import { allAlgorithms, isAlgorithm } from './keys/algorithms.ts';
import { isStandardSchema } from './token/standard-schema.ts';

/** What one option may be. */
export interface OptionRule {
  readonly expected: string;
  test(value: unknown): boolean;
}

/** Every option of an entrance by name. */
export type OptionRules = Readonly<Record<string, OptionRule>>;

/** Refuses unknown names and wrong values; answers the own options on an object without prototype. */
export function checkOptions(options: unknown, rules: OptionRules): Record<string, unknown> {
  if (!isPlainObject(options)) {
    throw mistake('ERR_OPTION_INVALID', `options must be an object, got ${describe(options)}`);
  }
  // A copy is checked and used: a getter or a changing array has no second say.
  const own = ownMembers(options);
  for (const name of Object.keys(own)) checkOption(name, own[name], rules);
  return own;
}

/** Refuses an unknown name and a wrong value. */
export function checkOption(name: string, value: unknown, rules: OptionRules): void {
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  if (!rule) {
    const names = Object.keys(rules).join(', ');
    throw mistake('ERR_OPTION_INVALID', `"${name}" is not an option; expected one of ${names}`);
  }
  if (!rule.test(value)) {
    const message = `"${name}" must be ${rule.expected}, got ${describe(value)}`;
    throw mistake('ERR_OPTION_INVALID', message);
  }
}

/**
 * Inherits nothing. V8 keeps what `Object.create(null)` makes as a dictionary, which takes three times as
 * long to fill and to read.
 */
class OwnMembers {}
Object.setPrototypeOf(OwnMembers.prototype, null);
Reflect.deleteProperty(OwnMembers.prototype, 'constructor');
Object.freeze(OwnMembers.prototype);

/** A copy that inherits nothing: what is not an own member of the options is not an option. */
export function ownMembers(options: object): Record<string, unknown> {
  const own: Record<string, unknown> = new OwnMembers() as never;
  for (const name of Object.keys(options)) {
    const value = (options as Record<string, unknown>)[name];
    own[name] = Array.isArray(value) ? [...value] : value;
  }
  return own;
}

/** `{}` or an object without prototype, of this realm or another; no array, no instance of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');
}

/** Says what came without quoting it: it may have been meant to be a key. */
export function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return String(value);
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  if (typeof value !== 'object') return `a ${typeof value}`;
  return isPlainObject(value) ? 'an object' : 'an instance of a class';
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const isListOf =
  /* @__NO_SIDE_EFFECTS__ */
  (test: (value: unknown) => boolean) => (value: unknown) => {
    // Spread, because every() does not look at holes.
    return Array.isArray(value) && value.length > 0 && [...value].every(test);
  };

const orList =
  /* @__NO_SIDE_EFFECTS__ */
  (test: (value: unknown) => boolean) => (value: unknown) => {
    return test(value) || isListOf(test)(value);
  };

/** A rule that can also be switched off by name. */
// Bundlers leave out what these make for options that nobody uses.
/* @__NO_SIDE_EFFECTS__ */ export function orFalse({ expected, test }: OptionRule): OptionRule {
  return { expected: `${expected}, or false`, test: (value) => value === false || test(value) };
}

export const flag: OptionRule = {
  expected: 'a boolean',
  test: (value) => typeof value === 'boolean',
};

export const text: OptionRule = { expected: 'a non-empty string', test: isText };

export const texts: OptionRule = {
  expected: 'a non-empty string or array of these',
  test: orList(isText),
};

export const list: OptionRule = {
  expected: 'a non-empty array of non-empty strings',
  test: isListOf(isText),
};

export const matchers: OptionRule = {
  expected: 'a non-empty string, a RegExp, or an array of these',
  test: orList((value) => isText(value) || types.isRegExp(value)),
};

export const mediaTypes: OptionRule = {
  expected: 'a non-empty string, or an array of these in which null stands for an absent typ',
  test: (value) => isText(value) || isListOf((type) => isText(type) || type === null)(value),
};

const DURATION = 'a number of seconds or a timespan with its unit such as "15m"';

export const duration: OptionRule = {
  expected: DURATION,
  test: (value) => toSpan(value) !== undefined,
};

export const positiveDuration: OptionRule = {
  expected: `${DURATION}, not negative`,
  test: (value) => (toSpan(value)?.seconds ?? -1) >= 0,
};

export const count: OptionRule = {
  expected: 'a positive integer',
  test: (value) => Number.isSafeInteger(value) && (value as number) > 0,
};

export const schema: OptionRule = {
  expected: 'a Standard Schema validator',
  test: isStandardSchema,
};

export const callback: OptionRule = {
  expected: 'a function',
  test: (value) => typeof value === 'function',
};

export const algorithm: OptionRule = {
  get expected() {
    return `one of ${allAlgorithms.join(', ')}`;
  },
  test: isAlgorithm,
};

export const algorithmList: OptionRule = {
  get expected() {
    return `a non-empty array of ${allAlgorithms.join(', ')}`;
  },
  test: isListOf(isAlgorithm),
};

export const textOrCallback: OptionRule = {
  expected: 'a non-empty string or a function',
  test: (value) => isText(value) || typeof value === 'function',
};

/** Members that the library writes itself, or that no verifier of this library would accept. */
const RESERVED_MEMBERS = ['alg', 'kid', 'crit', 'b64'];

export const headerMembers: OptionRule = {
  get expected() {
    return `an object without ${RESERVED_MEMBERS.join(', ')} and without undefined members`;
  },
  test: (value) => {
    return (
      isPlainObject(value) &&
      !RESERVED_MEMBERS.some((name) => Object.hasOwn(value, name)) &&
      Object.values(value).every((member) => member !== undefined)
    );
  },
};

const cacheRules: OptionRules = { max: count, maxBytes: count, ttl: positiveDuration };

export const cache: OptionRule = {
  expected: 'a boolean, or an object of max, maxBytes (positive integers) and ttl (a duration)',
  test(value) {
    if (typeof value === 'boolean' || !isPlainObject(value)) return typeof value === 'boolean';
    return Object.entries(value).every(([name, bound]) => {
      return Object.hasOwn(cacheRules, name) && cacheRules[name]?.test(bound);
    });
  },
};
