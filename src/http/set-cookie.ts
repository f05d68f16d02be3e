/** Builds one cookie and checks the rules that browsers enforce silently (RFC 6265bis). */

import { parseDuration } from '../core/encoding/duration.ts';
import * as option from '../core/option-rules.ts';
import { usageError } from '../errors.ts';
import { oneOf } from './one-of.ts';

/**
 * Attributes of a cookie. Defaults depend on the function.
 *
 * @example
 * ```ts
 * const options: CookieOptions = { name: 'at', path: '/api', sameSite: 'Strict' };
 * ```
 */
export interface CookieOptions {
  /** Browsers enforce the rules of the prefixes `__Host-` and `__Secure-`. */
  name?: string;
  /** The paths to which the browser sends the cookie. */
  path?: string;
  /** Also sends the cookie to subdomains. Avoid it. */
  domain?: string;
  /** When the browser sends the cookie with requests from other sites. */
  sameSite?: 'Strict' | 'Lax' | 'None';
  /** Hides the cookie from scripts. Default: true. */
  httpOnly?: boolean;
  /**
   * Sends the cookie over TLS only. `'auto'` omits it, and the prefix of the name, for http on localhost,
   * where some browsers drop such cookies. A proxy must forward the original `Host`. `false` also omits the
   * prefix of the default name, for http in a local network. Default: true.
   */
  secure?: boolean | 'auto';
  /** Stores the cookie separately for each embedding site (CHIPS). Default: false. */
  partitioned?: boolean;
  /**
   * How long the browser stores the cookie: a timespan with its unit or a Date. Not a number, because other
   * libraries read it as milliseconds. Default: until the `exp` of the token, and for an access token that
   * is set with a refresh token, until the `exp` of that one.
   */
  lifetime?: `${number}${string}` | Date;
}

/** The options with all defaults. */
export type CookieSettings = Required<Omit<CookieOptions, 'domain' | 'lifetime' | 'secure'>> & {
  secure: boolean;
  domain?: string | undefined;
};

const COOKIE_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const COOKIE_VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;

/** Browsers drop a longer cookie silently. */
const MAX_COOKIE_BYTES = 4096;

const attribute: option.OptionRule = {
  expected: 'a string of printable ASCII without semicolons',
  test: (value) => typeof value === 'string' && /^[\x20-\x3a\x3c-\x7e]+$/.test(value),
};

export const cookieRules: option.OptionRules = {
  name: {
    expected: 'a cookie name without spaces and separators (RFC 6265 §4.1.1)',
    test: (value) => typeof value === 'string' && COOKIE_NAME.test(value),
  },
  path: {
    expected: 'a path that begins with "/", without semicolons',
    test: (value) => attribute.test(value) && (value as string).startsWith('/'),
  },
  domain: attribute,
  sameSite: oneOf('Strict', 'Lax', 'None'),
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

/** A cookie as a `Set-Cookie` header, and in the parts that a cookie store of a framework takes. */
export interface SetCookie {
  readonly header: string;
  readonly name: string;
  readonly value: string;
  readonly attributes: CookieAttributes;
}

/**
 * Attributes in the spelling of Next.js, SvelteKit and the `cookie` package.
 *
 * @example
 * ```ts
 * const isHidden = ({ httpOnly }: CookieAttributes) => httpOnly;
 * ```
 */
export interface CookieAttributes {
  readonly path: string;
  readonly domain?: string;
  /** Seconds. Absent for a cookie that ends with the browser. */
  readonly maxAge?: number;
  readonly httpOnly: boolean;
  readonly secure: boolean;
  readonly sameSite: 'strict' | 'lax' | 'none';
  readonly partitioned?: true;
}

/** Builds the cookie. `seconds` becomes Max-Age; `undefined` makes a session cookie. */
export function buildSetCookie(
  settings: CookieSettings,
  value: string,
  seconds: number | undefined,
): SetCookie {
  checkBrowserRules(settings);
  const { name, path, domain, httpOnly, secure, sameSite, partitioned } = settings;
  if (!COOKIE_VALUE.test(value)) {
    throw usageError('ERR_OPTION_INVALID', `the value of cookie "${name}" is not a token`);
  }
  const maxAge = seconds === undefined ? undefined : Math.max(0, Math.floor(seconds));
  const header = [
    `${name}=${value}`,
    `Path=${path}`,
    domain && `Domain=${domain}`,
    maxAge !== undefined && `Max-Age=${maxAge}`,
    httpOnly && 'HttpOnly',
    secure && 'Secure',
    `SameSite=${sameSite}`,
    partitioned && 'Partitioned',
  ]
    .filter(Boolean)
    .join('; ');
  if (header.length > MAX_COOKIE_BYTES) {
    const message = `cookie "${name}" has ${header.length} bytes; browsers store at most ${MAX_COOKIE_BYTES}`;
    throw usageError('ERR_OPTION_INVALID', message);
  }
  const attributes: CookieAttributes = {
    path,
    ...(domain && { domain }),
    ...(maxAge !== undefined && { maxAge }),
    httpOnly,
    secure,
    sameSite: sameSite.toLowerCase() as CookieAttributes['sameSite'],
    ...(partitioned && { partitioned }),
  };
  return { header, name, value, attributes };
}

/** Throws for combinations that browsers reject silently. */
export function checkBrowserRules({
  name,
  path,
  domain,
  secure,
  sameSite,
  partitioned,
}: CookieSettings) {
  const fail = (rule: string) => {
    throw usageError('ERR_OPTION_INVALID', `cookie "${name}": ${rule}`);
  };
  // Browsers compare the prefixes case-insensitively.
  const prefix = /^__(?:host|secure)-/i.exec(name)?.[0].toLowerCase();
  if (prefix && !secure)
    fail(`a name with ${prefix === '__host-' ? '__Host-' : '__Secure-'} needs secure`);
  if (prefix === '__host-' && path !== '/') fail('a name with __Host- needs the path "/"');
  if (prefix === '__host-' && domain !== undefined) fail('a name with __Host- has no domain');
  if (sameSite === 'None' && !secure) fail('SameSite=None needs secure');
  if (partitioned && !secure) fail('Partitioned needs secure');
}
