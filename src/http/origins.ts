/** The option `origins`: its type, its rule and what it allows. */

import { type OptionRule, typeNameOf } from '../core/option-rules.ts';
import { usageError } from '../errors.ts';
import type { RequestLike } from './request.ts';

/**
 * Origins that can send requests besides the requested host: a list, or a function for hosts that are known
 * only at run time. The function receives a valid origin, at most 300 characters long; it must return a boolean.
 *
 * @example
 * ```ts
 * const tenants = new Set(['https://a.example', 'https://b.example']);
 * const origins: Origins = (origin) => tenants.has(origin);
 * ```
 */
export type Origins = readonly string[] | ((origin: string, request: RequestLike) => boolean);

/** A host name has at most 253 characters. The cost of a URL with a longer one grows quadratically. */
export const MAX_ORIGIN_CHARS = 300;

const isOrigin = (value: unknown) => {
  // URL accepts "*" in a host, but no browser sends it.
  if (typeof value !== 'string' || value.includes('*') || !URL.canParse(value)) return false;
  const { origin } = new URL(value);
  // URL has no origin for the schemes of apps and browser extensions.
  return origin === value || (origin === 'null' && /^[a-z][a-z\d+-]*:\/\/[\w.-]+$/.test(value));
};

export const originsRule: OptionRule = {
  expected: 'an array of origins such as "https://app.example", without "*", or a function',
  test(value) {
    return Array.isArray(value) ? [...value].every(isOrigin) : typeof value === 'function';
  },
};

/** Whether the list has this origin, or the function accepts it. */
export function allowsOrigin(origins: Origins, origin: string, request: RequestLike): boolean {
  if (typeof origins !== 'function') return origins.includes(origin);
  if (origin.length > MAX_ORIGIN_CHARS || !isOrigin(origin)) return false;
  const result: unknown = origins(origin, request);
  if (typeof result === 'boolean') return result;
  const message = `"origins" must return a boolean, got ${typeNameOf(result)}`;
  throw usageError('ERR_OPTION_INVALID', message);
}
