/** Where a request carries its token. */

import * as option from '../../core/option-rules.ts';
import { usageError } from '../../errors.ts';

/** A cookie, a header of its own, or by default `Authorization: Bearer`. */
export interface Carrier {
  readonly cookie: string | undefined;
  readonly header: string | undefined;
}

/** RFC 9110 §5.6.2, which cookies share: RFC 6265 §4.1.1. */
const name: option.OptionRule = {
  expected: 'a name of letters, digits and "-", such as "session"',
  test: (value) => option.isString(value) && /^[\w!#$%&'*+.^`|~-]+$/.test(value),
};

export const carrierRules: option.OptionRules = { cookie: name, header: name };

/** RFC 6265 §4.1.1: without blanks, quotes, commas, semicolons and backslashes. */
const COOKIE_VALUE = /^[!#-+\--:<-[\]-~]*$/;

/** Returns the carrier that options name. Throws TypeError for two. */
export function readCarrier({ cookie, header }: Partial<Carrier>): Carrier {
  if (cookie !== undefined && header !== undefined) {
    throw usageError('ERR_OPTION_INVALID', '"cookie" and "header" exclude each other: omit one');
  }
  return { cookie, header };
}

/** Returns the name and the value of the header that carries a token. */
export function carry(token: string, { cookie, header }: Carrier): readonly [string, string] {
  if (cookie !== undefined) return ['Cookie', `${cookie}=${token}`];
  return header === undefined ? ['Authorization', `Bearer ${token}`] : [header, token];
}

/** Whether a server receives the token as it is. What a header cannot carry is another matter. */
export function canCarry(token: string, { cookie }: Carrier): boolean {
  return cookie === undefined || COOKIE_VALUE.test(token);
}
