/** How long an answer of an HTTP server counts: RFC 9111 §4.2, within bounds. */

/** Seconds. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** What is read of an answer. */
export interface ResponseHeaders {
  get(name: string): string | null;
}

/** What counts where the server says nothing. */
const DEFAULT_LIFETIME_SECONDS = 600;

/** Seconds that a document may be used from when it was asked for. */
export function freshnessLifetime(headers: ResponseHeaders, { min, max }: Bounds): number {
  const said = maxAgeOf(headers.get('cache-control'));
  const life = said === undefined ? DEFAULT_LIFETIME_SECONDS : said - ageOf(headers.get('age'));
  return Math.min(Math.max(life, min), max);
}

/** `max-age`, or 0 for what is not to be kept, or undefined. A cache of one reader ignores `s-maxage`. */
function maxAgeOf(cacheControl: string | null): number | undefined {
  const directives = (cacheControl ?? '').toLowerCase().split(',');
  const named = directives.map((directive) => directive.trim().split('='));
  if (named.some(([name, value]) => /^no-(cache|store)$/.test(name ?? '') && value === undefined)) {
    return 0;
  }
  const ages = named.filter(([name]) => name === 'max-age');
  // RFC 9111 §4.2.1: of conflicting or unreadable directives the one counts that keeps it shortest.
  return ages.length === 0 ? undefined : Math.min(...ages.map(([, value]) => deltaSeconds(value)));
}

function ageOf(age: string | null): number {
  return deltaSeconds(age?.trim());
}

function deltaSeconds(text: string | undefined): number {
  const [, digits = '0'] = /^"?(\d+)"?$/.exec(text ?? '') ?? [];
  return Number(digits);
}
