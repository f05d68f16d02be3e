/** Checks the options of an attack. */

import { parseDuration, type Timespan } from '../../core/encoding/duration.ts';
import { nearest } from '../../core/nearest.ts';
import * as option from '../../core/option-rules.ts';
import { usageError } from '../../errors.ts';
import { oneOf } from '../one-of.ts';
import { type Carrier, carrierRules, readCarrier } from './carrier.ts';
import { classNames } from './cases/all-cases.ts';
import { route } from './loopback-url.ts';
import type { AttackLevel } from './report.ts';

/**
 * Options of {@link attack}.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const fixtures = { key: JWT_SECRET, algorithm: 'HS256', claims: { sub: 'ada' } } as const;
 * const options: AttackOptions = { skip: ['typ', 'claims/exp-absent'], failOn: 'fault' };
 * (await attack(createVerifier(JWT_SECRET), fixtures, options)).assert();
 * ```
 */
export interface AttackOptions {
  /** The path of a route that requires a token. For applications and URLs. Default: that of the URL, or `/`. */
  route?: string;
  /** The method of the requests. Default `'GET'`. */
  method?: string;
  /** Name of the cookie that carries the token. For applications and URLs. Default: none. */
  cookie?: string;
  /** Name of the header that carries the token alone. Default: `Authorization`, after `Bearer`. */
  header?: string;
  /** Longest time for one token, in seconds or a timespan. Default `'5s'`. */
  timeout?: Timespan;
  /** Classes and ids to run: `'claims'`, `'claims/exp-past'`. Default: all. */
  only?: string | readonly string[];
  /** Classes and ids to omit. */
  skip?: string | readonly string[];
  /** The least level for which the report is not ok. Default `'hole'`. */
  failOn?: AttackLevel;
}

/** Checked options. */
export interface AttackSettings {
  readonly route: string | undefined;
  readonly method: string | undefined;
  readonly carrier: Carrier;
  /** The options that only applications and URLs have. */
  readonly namesOfHttp: readonly string[];
  /** Milliseconds. */
  readonly timeout: number;
  readonly failOn: AttackLevel;
  /** Whether a case is to run. */
  includes(id: string): boolean;
  /** Every name in `only` and `skip`. */
  readonly names: readonly string[];
}

/** The levels from the worst down. */
export const LEVELS: readonly AttackLevel[] = ['hole', 'fault', 'note'];

const NAMES_OF_HTTP = ['route', 'method', 'cookie', 'header'] as const;

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'QUERY'];

const timeout: option.OptionRule = {
  expected: `${option.duration.expected}, above 0 and at most a day`,
  test: (value) => {
    const seconds = parseDuration(value)?.seconds ?? 0;
    return seconds > 0 && seconds <= 86_400;
  },
};

const rules: option.OptionRules = {
  route,
  method: oneOf(METHODS),
  ...carrierRules,
  timeout,
  only: option.stringOrList,
  skip: option.stringOrList,
  failOn: oneOf(LEVELS),
};

/** Checks options. Throws TypeError for an unknown name or a wrong value. */
export function readOptions(options: unknown): AttackSettings {
  const own = option.checkOptions(options, rules) as AttackOptions;
  const only = own.only === undefined ? undefined : [own.only].flat();
  const skip = own.skip === undefined ? [] : [own.skip].flat();
  const isIn = (list: readonly string[], id: string) => {
    return list.includes(id) || list.includes(id.slice(0, id.indexOf('/')));
  };
  return {
    route: own.route,
    method: own.method,
    carrier: readCarrier(own),
    namesOfHttp: NAMES_OF_HTTP.filter((name) => own[name] !== undefined),
    timeout: (parseDuration(own.timeout ?? '5s')?.seconds ?? 0) * 1000,
    failOn: own.failOn ?? 'hole',
    includes: (id) => (only === undefined || isIn(only, id)) && !isIn(skip, id),
    names: [...(only ?? []), ...skip],
  };
}

/** Throws TypeError for a name that is neither a class nor one of the ids. A misspelt one runs nothing. */
export function checkNames(names: readonly string[], ids: readonly string[]): void {
  for (const name of names) {
    if (classNames.includes(name) || ids.includes(name)) continue;
    const match = nearest(name, [...classNames, ...ids]);
    const hint =
      match === undefined
        ? `expected one of ${classNames.join(', ')}, or an id`
        : `did you mean "${match}"?`;
    throw usageError(
      'ERR_OPTION_INVALID',
      `"only" and "skip" must name cases, and no case has the name "${name}": ${hint}`,
    );
  }
}
