/** Reads the options of the form as those of createVerifier. */

import { type OptionRule, positiveDuration } from '../../src/core/option-rules.ts';
import type { VerifierOptions } from '../../src/core/verify/verifier-options.ts';

/** The text fields, by the name of their option. */
export const optionNames = [
  'issuer',
  'audience',
  'subject',
  'typ',
  'requiredClaims',
  'maxAge',
  'clockTolerance',
] as const;

export type OptionName = (typeof optionNames)[number];

export interface FormOptions {
  readonly options: VerifierOptions;
  /** What is wrong with a field. Its option is then absent. */
  readonly problems: ReadonlyMap<OptionName, string>;
}

type Reader = (text: string) => unknown;

/** Several values are separated by commas. */
const list: Reader = (text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);

/** A number without a unit is seconds. */
const duration: Reader = (text) => (/^[\d.]+$/.test(text) ? Number(text) : text);

const readers: Readonly<Record<OptionName, Reader>> = {
  issuer: list,
  audience: list,
  subject: (text) => text,
  typ: (text) => (list(text) as string[]).map((typ) => (typ === 'null' ? null : typ)),
  requiredClaims: list,
  maxAge: duration,
  clockTolerance: duration,
};

const rules: { readonly [name in OptionName]?: OptionRule } = {
  maxAge: positiveDuration,
  clockTolerance: positiveDuration,
};

/** Empty fields are absent options. No ticked algorithm is the default of the key. */
export function readOptions(
  fields: Readonly<Record<OptionName, string>>,
  algorithms: readonly string[],
): FormOptions {
  const options: Record<string, unknown> = {};
  const problems = new Map<OptionName, string>();
  if (algorithms.length > 0) options['algorithms'] = algorithms;
  for (const name of optionNames) {
    const text = fields[name].trim();
    const value = readers[name](text);
    if (text === '' || (Array.isArray(value) && value.length === 0)) continue;
    const rule = rules[name];
    if (!rule || rule.test(value)) options[name] = value;
    else problems.set(name, `"${name}" must be ${rule.expected}.`);
  }
  return { options: options as VerifierOptions, problems };
}
