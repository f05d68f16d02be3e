/** Computes the freshness lifetime of an HTTP response: RFC 9111 §4.2, within limits. */

/** Seconds. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** The headers of a response. */
export interface ResponseHeaders {
  get(name: string): string | null;
}

/** Used if the response has no `max-age`. */
const DEFAULT_LIFETIME_SECONDS = 600;

/** Returns the seconds for which a document is fresh, counted from its request. */
export function freshnessLifetime(headers: ResponseHeaders, { min, max }: Bounds): number {
  const maxAge = maxAgeDirective(headers.get('cache-control'));
  const lifetime =
    maxAge === undefined ? DEFAULT_LIFETIME_SECONDS : maxAge - ageOf(headers.get('age'));
  return Math.min(Math.max(lifetime, min), max);
}

/** Returns `max-age`, 0 for `no-cache` and `no-store`, or `undefined`. A private cache ignores `s-maxage`. */
function maxAgeDirective(cacheControl: string | null): number | undefined {
  const directives = (cacheControl ?? '').toLowerCase().split(',');
  const pairs = directives.map((directive) => directive.trim().split('='));
  if (pairs.some(([name, value]) => /^no-(cache|store)$/.test(name ?? '') && value === undefined)) {
    return 0;
  }
  const ages = pairs.filter(([name]) => name === 'max-age');
  // RFC 9111 §4.2.1: of conflicting or invalid directives, the shortest lifetime counts.
  return ages.length === 0 ? undefined : Math.min(...ages.map(([, value]) => deltaSeconds(value)));
}

function ageOf(age: string | null): number {
  return deltaSeconds(age?.trim());
}

/** RFC 9111 §1.2.2: larger numbers count as 2^31. Infinity minus Infinity would be NaN: never fresh. */
function deltaSeconds(text: string | undefined): number {
  const [, digits = '0'] = /^"?(\d+)"?$/.exec(text ?? '') ?? [];
  return Math.min(Number(digits), 2 ** 31);
}
