/** Fetches one document, within limits of time and size. */

import type { ResponseHeaders } from './freshness.ts';

/** The global `fetch`, or another function with its interface. */
export type Fetch = (
  url: string,
  init: {
    method: 'GET' | 'POST';
    headers: Record<string, string>;
    redirect: 'manual';
    signal: AbortSignal;
    body?: string;
  },
) => Promise<FetchedResponse>;

/** The members used of a Response: undici and TypeScript's DOM library have different types for it. */
interface FetchedResponse {
  readonly status: number;
  readonly redirected: boolean;
  readonly type: string;
  readonly headers: ResponseHeaders;
  readonly body: { getReader(): { read(): Promise<Chunk> } } | null;
}

type Chunk =
  | { readonly done: false; readonly value: Uint8Array }
  | { readonly done: true; readonly value?: unknown };

/** A request, with its limits. */
export interface DocumentRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** With a body, the request is a POST. */
  readonly body?: string | undefined;
  /** Seconds, to the last byte of the response. */
  readonly timeout: number;
  readonly maxBytes: number;
  /** Default: the global one, looked up at each call. */
  readonly fetch: Fetch | undefined;
}

/** A response. */
export interface FetchedDocument {
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** Empty unless the status is 200. */
  readonly text: string;
}

/** Timers above this fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Fetches once. Rejects redirects: the caller never named their target. Throws Error with the reason, and
 * without anything that was sent. Abort the controller to end it early.
 */
export async function fetchDocument(
  request: DocumentRequest,
  controller: AbortController = new AbortController(),
): Promise<FetchedDocument> {
  const { timeout } = request;
  try {
    return await runWithin(timeout, 'complete response', controller, () => {
      return requestDocument(request, controller.signal);
    });
  } finally {
    // Releases an unread body.
    controller.abort();
  }
}

/** Runs one step until the controller is aborted, which happens after `timeout` seconds at the latest. */
export async function runWithin<Result>(
  timeout: number,
  what: string,
  controller: AbortController,
  step: () => Promise<Result>,
): Promise<Result> {
  const { signal } = controller;
  signal.throwIfAborted();
  // Cleared below, so that it keeps no process alive.
  const timer = setTimeout(
    () => controller.abort(new Error(`no ${what} within ${timeout} s`)),
    Math.min(timeout * 1000, MAX_TIMER_MS),
  );
  try {
    // Raced, because the function of the caller may ignore the signal.
    return await Promise.race([step(), rejectOnAbort(signal)]);
  } catch (error) {
    // Our reason for the abort, not the runtime's error.
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function requestDocument(
  request: DocumentRequest,
  signal: AbortSignal,
): Promise<FetchedDocument> {
  const send: Fetch = request.fetch ?? globalThis.fetch;
  const response = await withConnectionError(() => {
    // Not redirect: 'error', which workerd does not have.
    const headers = { ...request.headers };
    const init = { headers, redirect: 'manual', signal } as const;
    return request.body === undefined
      ? send(request.url.href, { ...init, method: 'GET' })
      : send(request.url.href, { ...init, method: 'POST', body: request.body });
  });
  const { status, headers } = response;
  const isRedirect = status >= 300 && status < 400 && status !== 304;
  if (isRedirect || response.redirected || response.type === 'opaqueredirect') {
    throw new Error('a redirect, which is not followed');
  }
  const text = status === 200 ? await readText(response, request.maxBytes) : '';
  return { status, headers, text };
}

async function readText(response: FetchedResponse, maxBytes: number): Promise<string> {
  const tooLong = () => new Error(`a response of more than ${maxBytes} bytes`);
  if (Number(response.headers.get('content-length')) > maxBytes) throw tooLong();
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  while (reader) {
    const { done, value } = await withConnectionError(() => reader.read());
    if (done) break;
    // Counted per chunk, after decompression. A chunk without a length counts as too long.
    length += value.byteLength;
    if (!(length <= maxBytes)) throw tooLong();
    chunks.push(value);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks, length));
  } catch {
    throw new Error('a response that is not UTF-8');
  }
}

/** The runtime's error may quote the URL with its query, so it is only the cause. */
async function withConnectionError<Result>(step: () => Promise<Result>): Promise<Result> {
  try {
    return await step();
  } catch (cause) {
    throw new Error('the connection failed', { cause });
  }
}
