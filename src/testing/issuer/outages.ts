/** The ways in which a test issuer can fail to respond. */

import * as option from '../../core/option-rules.ts';
import { oneOf } from '../one-of.ts';

/**
 * How a test issuer fails.
 *
 * - `status`: responds with 503.
 * - `refused`: closes the connection at once.
 * - `timeout`: never responds.
 * - `html`: responds with 200 and a web page, as proxies do.
 * - `truncated`: closes the connection in the middle of the document.
 * - `empty`: responds with 200 and a JWK Set without keys, and with metadata without members.
 *
 * @example
 * ```ts
 * const kind: OutageKind = 'timeout';
 * const issuer = await createTestIssuer();
 * issuer.outage(kind);
 * issuer.recover();
 * ```
 */
export type OutageKind = 'status' | 'refused' | 'timeout' | 'html' | 'truncated' | 'empty';

/** Fails in place of a response. `signal` ends a wait. */
type Outage = (intact: Response, signal: AbortSignal) => Response | Promise<Response>;

const outages: Record<OutageKind, Outage> = {
  status: () => new Response('Service Unavailable', { status: 503 }),
  refused() {
    throw connectionError('connect ECONNREFUSED', 'ECONNREFUSED');
  },
  timeout: (_, signal) => new Promise((_, reject) => onAbort(signal, reject)),
  html: () => {
    const headers = { 'content-type': 'text/html; charset=utf-8' };
    return new Response('<!doctype html><title>Down for maintenance</title>', { headers });
  },
  async truncated(intact) {
    const body = Buffer.from(await intact.arrayBuffer());
    const headers = { ...contentTypeOf(intact), 'content-length': String(body.length) };
    return new Response(brokenStream(body.subarray(0, body.length / 2)), { headers });
  },
  async empty(intact) {
    const isSet = (await intact.text()).startsWith('{"keys":');
    return new Response(isSet ? '{"keys":[]}' : '{}', { headers: contentTypeOf(intact) });
  },
};

const kinds = Object.keys(outages) as OutageKind[];

const kindRules: option.OptionRules = { kind: oneOf(kinds) };

/** Throws TypeError for an unknown kind. */
export function checkOutageKind(kind: unknown): void {
  option.checkOption('kind', kind, kindRules);
}

/** Responds as in an outage, or throws as `fetch` does. `intact` is the response without the outage. */
export async function respondInOutage(
  kind: OutageKind,
  intact: Response,
  signal: AbortSignal,
): Promise<Response> {
  return outages[kind](intact, signal);
}

/** Waits. Throws the reason of an abort. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, Math.min(milliseconds, MAX_TIMER_MS));
    onAbort(signal, (reason) => {
      clearTimeout(timer);
      reject(reason);
    });
  });
}

/** Timers above this fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The caller has checked that the signal is not aborted yet. */
function onAbort(signal: AbortSignal, listener: (reason: unknown) => void): void {
  signal.addEventListener('abort', () => listener(signal.reason), { once: true });
}

/** The error of `fetch` without a connection: its `cause` has the `code` of the system. */
export function connectionError(reason: string, code: string): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(reason), { code }) });
}

/** Not its other headers: caches would store the wrong document under the ETag of the right one. */
function contentTypeOf({ headers }: Response): Record<string, string> {
  return { 'content-type': String(headers.get('content-type')) };
}

/** Ends with an error after these bytes. */
function brokenStream(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(bytes),
    pull: (controller) => controller.error(new TypeError('terminated')),
  });
}
