/** Checks options so that they fail closed: unknown names and wrong values throw. */

import { types } from 'node:util';
import { usageError } from '../errors.ts';
import { parseDuration } from './encoding/duration.ts';
import { nearest } from './nearest.ts';
import { isStandardSchema } from './token/standard-schema.ts';

/** The values that one option can have; `expected` completes "must be". */
export interface OptionRule {
  readonly expected: string;
  /** The values of an enumerated option: only their misspellings are quoted in messages. */
  readonly values?: readonly string[];
  test(value: unknown): boolean;
}

/** All options of a function by name. */
export type OptionRules = Readonly<Record<string, OptionRule>>;

/** Rejects unknown names and wrong values. Returns a copy of the own options, without a prototype. */
export function checkOptions(options: unknown, rules: OptionRules): Record<string, unknown> {
  if (!isPlainObject(options)) {
    throw usageError('ERR_OPTION_INVALID', `options must be an object, got ${typeNameOf(options)}`);
  }
  // The copy is checked and used, so that a getter or an array cannot change after the check.
  const own = copyOwnProperties(options);
  for (const name of Object.keys(own)) checkOption(name, own[name], rules);
  return own;
}

/** Rejects an unknown name and a wrong value. */
export function checkOption(name: string, value: unknown, rules: OptionRules): void {
  const rule = ruleOf(name, rules);
  if (!rule) {
    throw usageError('ERR_OPTION_INVALID', unknownOption(name, Object.keys(rules)));
  }
  if (!rule.test(value)) {
    const message = `"${name}" must be ${rule.expected}, got ${describeValue(value, rule.values)}`;
    throw usageError('ERR_OPTION_INVALID', message);
  }
}

/** What other libraries call our options. */
const foreignNames: Readonly<Record<string, string>> = {
  allowedAud: 'audience',
  allowedIss: 'issuer',
  maxTokenAge: 'maxAge',
};

/** Returns the message for an unknown option, with the known name that it means or is most like. */
export function unknownOption(name: string, names: readonly string[]): string {
  // No member of Object.prototype equals a name.
  const match = names.find((own) => own === foreignNames[name]) ?? nearest(name, names);
  return match === undefined
    ? `"${name}" is not an option; expected one of ${names.join(', ')}`
    : `"${name}" is not an option: did you mean "${match}"?`;
}

/** The type of a value, or the value that is not one of `values`, with the one that is most like it. */
function describeValue(value: unknown, values: readonly string[] | undefined): string {
  const list = Array.isArray(value) ? value : [value];
  const wrong: unknown = list.find((each) => !values?.includes(each));
  const match = values && isString(wrong) ? nearest(wrong, values) : undefined;
  return match === undefined ? typeNameOf(value) : `"${wrong}": did you mean ${match}?`;
}

/** Returns the rule of an option; own, because `constructor` is not an option. */
export function ruleOf(name: string, rules: OptionRules): OptionRule | undefined {
  return Object.hasOwn(rules, name) ? rules[name] : undefined;
}

/**
 * Inherits nothing. V8 stores what `Object.create(null)` returns as a dictionary, which takes three times
 * as long to fill and to read.
 */
class OwnProperties {}
Object.setPrototypeOf(OwnProperties.prototype, null);
Reflect.deleteProperty(OwnProperties.prototype, 'constructor');
Object.freeze(OwnProperties.prototype);

/** Copies the own members of an object to one that inherits nothing. */
export function copyOwnProperties(options: object): Record<string, unknown> {
  const own: Record<string, unknown> = new OwnProperties() as never;
  for (const name of Object.keys(options)) {
    const value = (options as Record<string, unknown>)[name];
    own[name] = Array.isArray(value) ? [...value] : value;
  }
  return own;
}

/** Whether the value is `{}` or has no prototype, in any realm; false for arrays and class instances. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');
}

/** Describes a value for a message without quoting strings, which may be secrets. */
export function typeNameOf(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return String(value);
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  if (typeof value !== 'object') return `a ${typeof value}`;
  return isPlainObject(value) ? 'an object' : 'an instance of a class';
}

export const isString = (value: unknown): value is string => typeof value === 'string';

/** Whether a string, a number or a boolean: a value that JSON keeps and `===` compares. */
export function isPlainValue(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

const isNonEmptyString = (value: unknown): value is string => isString(value) && value !== '';

export const isListOf =
  /* @__NO_SIDE_EFFECTS__ */
  (test: (value: unknown) => boolean) => (value: unknown) => {
    // Spread, because every() skips holes.
    return Array.isArray(value) && value.length > 0 && [...value].every(test);
  };

const isOneOrListOf =
  /* @__NO_SIDE_EFFECTS__ */
  (test: (value: unknown) => boolean) => (value: unknown) => {
    return test(value) || isListOf(test)(value);
  };

// The annotations let bundlers drop the rules of functions that are not used.
/** A rule that false switches off. */
/* @__NO_SIDE_EFFECTS__ */ export function orFalse({ expected, test }: OptionRule): OptionRule {
  return { expected: `${expected}, or false`, test: (value) => value === false || test(value) };
}

export const boolean: OptionRule = {
  expected: 'a boolean',
  test: (value) => typeof value === 'boolean',
};

export const string: OptionRule = { expected: 'a non-empty string', test: isNonEmptyString };

export const stringOrList: OptionRule = {
  expected: 'a non-empty string or array of these',
  test: isOneOrListOf(isNonEmptyString),
};

export const stringList: OptionRule = {
  expected: 'a non-empty array of non-empty strings',
  test: isListOf(isNonEmptyString),
};

export const matcherOrList: OptionRule = {
  expected: 'a non-empty string, a RegExp, or an array of these',
  test: isOneOrListOf((value) => isNonEmptyString(value) || types.isRegExp(value)),
};

export const mediaTypeOrList: OptionRule = {
  expected: 'a non-empty string, or an array of these in which null allows an absent typ',
  test: (value) =>
    isNonEmptyString(value) || isListOf((type) => isNonEmptyString(type) || type === null)(value),
};

const DURATION = 'a number of seconds or a timespan with its unit such as "15m"';

export const duration: OptionRule = {
  expected: DURATION,
  test: (value) => parseDuration(value) !== undefined,
};

export const positiveDuration: OptionRule = {
  expected: `${DURATION}, not negative`,
  test: (value) => (parseDuration(value)?.seconds ?? -1) >= 0,
};

export const positiveInteger: OptionRule = {
  expected: 'a positive integer',
  test: (value) => Number.isSafeInteger(value) && (value as number) > 0,
};

export const schema: OptionRule = {
  expected: 'a Standard Schema validator',
  test: isStandardSchema,
};

export const callable: OptionRule = {
  expected: 'a function',
  test: (value) => typeof value === 'function',
};

export const stringOrFunction: OptionRule = {
  expected: 'a non-empty string or a function',
  test: (value) => isNonEmptyString(value) || typeof value === 'function',
};

/** Members that jotkit writes, or that no verifier of jotkit accepts. */
const RESERVED_PARAMETERS = ['alg', 'kid', 'crit', 'b64'];

export const headerParameters: OptionRule = {
  get expected() {
    return `an object without ${RESERVED_PARAMETERS.join(', ')} and without undefined members`;
  },
  test: (value) => {
    return (
      isPlainObject(value) &&
      !RESERVED_PARAMETERS.some((name) => Object.hasOwn(value, name)) &&
      Object.values(value).every((member) => member !== undefined)
    );
  },
};

const cacheRules: OptionRules = {
  max: positiveInteger,
  maxBytes: positiveInteger,
  ttl: positiveDuration,
};

export const cache: OptionRule = {
  expected: 'a boolean, or an object of max, maxBytes (positive integers) and ttl (a duration)',
  test(value) {
    if (!isPlainObject(value)) return typeof value === 'boolean';
    return Object.entries(value).every(([name, bound]) => ruleOf(name, cacheRules)?.test(bound));
  },
};
