/** One Set-Cookie header, held against the rules that browsers apply in silence: RFC 6265bis. */

import { parseDuration } from '../core/encoding/duration.ts';
import * as option from '../core/option-rules.ts';
import { usageError } from '../errors.ts';

/**
 * How a cookie is set; what is left out has the default of the call.
 *
 * @example
 * ```ts
 * const options: CookieOptions = { name: 'at', path: '/api', sameSite: 'Strict' };
 * ```
 */
export interface CookieOptions {
  /** With `__Host-` or `__Secure-` in front, browsers hold the cookie to its rules. */
  name?: string;
  /** Where the browser sends it. */
  path?: string;
  /** To send it to subdomains, too; better left out. */
  domain?: string;
  /** When it is sent from pages of other sites. */
  sameSite?: 'Strict' | 'Lax' | 'None';
  /** Out of reach of scripts. Default: true. */
  httpOnly?: boolean;
  /**
   * Over TLS only. `auto` leaves it out, with the prefix of the name, for http on localhost, where not
   * every browser keeps such a cookie; a proxy in front has to hand on the `Host` that it was asked for.
   * Default: true.
   */
  secure?: boolean | 'auto';
  /** Kept apart by the site that embeds the page (CHIPS). Default: false. */
  partitioned?: boolean;
  /**
   * How long the browser keeps it: a timespan with its unit or a Date; never a number, which other calls
   * take for milliseconds. Default: until the `exp` of the token.
   */
  lifetime?: `${number}${string}` | Date;
}

/** The options with every default filled in. */
export type CookieSettings = Required<Omit<CookieOptions, 'domain' | 'lifetime' | 'secure'>> & {
  secure: boolean;
  domain?: string | undefined;
};

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
const OCTETS = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;

/** Browsers drop a longer one without a word. */
const MAX_BYTES = 4096;

const attribute: option.OptionRule = {
  expected: 'a text of printable ASCII without semicolons',
  test: (value) => typeof value === 'string' && /^[\x20-\x3a\x3c-\x7e]+$/.test(value),
};

const siteWords = ['Strict', 'Lax', 'None'];

export const cookieRules: option.OptionRules = {
  name: {
    expected: 'a cookie name without spaces and separators (RFC 6265 §4.1.1)',
    test: (value) => typeof value === 'string' && TOKEN.test(value),
  },
  path: {
    expected: 'a path that begins with "/", without semicolons',
    test: (value) => attribute.test(value) && (value as string).startsWith('/'),
  },
  domain: attribute,
  sameSite: {
    expected: '"Strict", "Lax" or "None"',
    test: (value) => siteWords.includes(value as string),
  },
  httpOnly: option.boolean,
  secure: {
    expected: 'a boolean or "auto"',
    test: (value) => typeof value === 'boolean' || value === 'auto',
  },
  partitioned: option.boolean,
  lifetime: {
    expected: 'a timespan with its unit such as "15m", or a Date; not a number',
    test(value) {
      if (value instanceof Date) return !Number.isNaN(value.getTime());
      return typeof value === 'string' && (parseDuration(value)?.seconds ?? -1) >= 0;
    },
  },
};

/** Writes the header; `seconds` is how long the browser keeps the cookie, undefined until it closes. */
export function writeSetCookie(
  settings: CookieSettings,
  value: string,
  seconds: number | undefined,
): string {
  checkRules(settings);
  if (!OCTETS.test(value)) {
    throw usageError('ERR_OPTION_INVALID', `the value of cookie "${settings.name}" is not a token`);
  }
  const text = [
    `${settings.name}=${value}`,
    `Path=${settings.path}`,
    settings.domain && `Domain=${settings.domain}`,
    seconds !== undefined && `Max-Age=${Math.max(0, Math.floor(seconds))}`,
    settings.httpOnly && 'HttpOnly',
    settings.secure && 'Secure',
    `SameSite=${settings.sameSite}`,
    settings.partitioned && 'Partitioned',
  ]
    .filter(Boolean)
    .join('; ');
  if (text.length > MAX_BYTES) {
    const message = `cookie "${settings.name}" has ${text.length} bytes, and browsers keep ${MAX_BYTES}`;
    throw usageError('ERR_OPTION_INVALID', message);
  }
  return text;
}

/** What browsers refuse without saying so. */
export function checkRules({ name, path, domain, secure, sameSite, partitioned }: CookieSettings) {
  const refuse = (rule: string) => {
    throw usageError('ERR_OPTION_INVALID', `cookie "${name}": ${rule}`);
  };
  // Browsers compare the prefixes without regard to case.
  const prefix = /^__(?:host|secure)-/i.exec(name)?.[0].toLowerCase();
  if (prefix && !secure)
    refuse(`a name with ${prefix === '__host-' ? '__Host-' : '__Secure-'} needs secure`);
  if (prefix === '__host-' && path !== '/') refuse('a name with __Host- needs the path "/"');
  if (prefix === '__host-' && domain !== undefined) refuse('a name with __Host- has no domain');
  if (sameSite === 'None' && !secure) refuse('SameSite=None needs secure');
  if (partitioned && !secure) refuse('Partitioned needs secure');
}
