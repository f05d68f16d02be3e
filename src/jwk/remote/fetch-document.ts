/** One document from the network, within bounds of time and size. */

import type { ResponseHeaders } from './freshness.ts';

/** What fetches: the global `fetch`, or another with its interface. */
export type Fetch = (
  url: string,
  init: {
    method: 'GET';
    headers: Record<string, string>;
    redirect: 'manual';
    signal: AbortSignal;
  },
) => Promise<FetchedResponse>;

/** What is read of a Response: those of undici and of TypeScript's DOM library are other types. */
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

/** What is asked for, and what it may cost. */
export interface DocumentRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Seconds, for the whole exchange. */
  readonly timeout: number;
  readonly maxBytes: number;
  /** Absent for the global one as it is then. */
  readonly fetch: Fetch | undefined;
}

/** An answer. */
export interface FetchedDocument {
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** Of an answer with the status 200; else empty. */
  readonly text: string;
}

/** The longest timer; above it, timers fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Asks once. A redirect is an error: what is behind it was never named by the caller. Throws Error with a
 * message that says what went wrong and nothing of what was sent; abort the controller to end it early.
 */
export async function fetchDocument(
  request: DocumentRequest,
  controller: AbortController = new AbortController(),
): Promise<FetchedDocument> {
  const { signal } = controller;
  const { timeout } = request;
  // Cleared below: it outlives no exchange, and so keeps no process alive.
  const timer = setTimeout(
    () => controller.abort(new Error(`no complete answer within ${timeout} s`)),
    Math.min(timeout * 1000, MAX_TIMER_MS),
  );
  try {
    // Raced, because a fetch of the caller's may not look at the signal.
    return await Promise.race([requestDocument(request, signal), rejectOnAbort(signal)]);
  } catch (error) {
    // Why it was ended, rather than what the runtime calls that.
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(timer);
    // Lets go of a body that nobody reads.
    controller.abort();
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function requestDocument(request: DocumentRequest, signal: AbortSignal): Promise<FetchedDocument> {
  const ask: Fetch = request.fetch ?? globalThis.fetch;
  const response = await withConnectionError(() => {
    // Not redirect: 'error', which workerd does not have.
    const headers = { ...request.headers };
    return ask(request.url.href, { method: 'GET', headers, redirect: 'manual', signal });
  });
  const { status, headers } = response;
  const redirects = status >= 300 && status < 400 && status !== 304;
  if (redirects || response.redirected || response.type === 'opaqueredirect') {
    throw new Error('a redirect, which is not followed');
  }
  const text = status === 200 ? await readText(response, request.maxBytes) : '';
  return { status, headers, text };
}

async function readText(response: FetchedResponse, maxBytes: number): Promise<string> {
  const tooLong = () => new Error(`an answer of more than ${maxBytes} bytes`);
  if (Number(response.headers.get('content-length')) > maxBytes) throw tooLong();
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  while (reader) {
    const { done, value } = await withConnectionError(() => reader.read());
    if (done) break;
    // Counted as it comes, and after decompression; what has no length is too long.
    length += value.byteLength;
    if (!(length <= maxBytes)) throw tooLong();
    chunks.push(value);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks, length));
  } catch {
    throw new Error('an answer that is not UTF-8');
  }
}

/** What the runtime says of a failure may quote the address with its query: it stays the cause. */
async function withConnectionError<Answer>(step: () => Promise<Answer>): Promise<Answer> {
  try {
    return await step();
  } catch (cause) {
    throw new Error('the connection failed', { cause });
  }
}
