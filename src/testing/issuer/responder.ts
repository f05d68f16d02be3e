/** Responds to the requests for a test issuer: on time, late, or as in an outage. */

import { connectionError, type OutageKind, pause, respondInOutage } from './outages.ts';

/**
 * A request that a test issuer received.
 *
 * @example
 * ```ts
 * const issuer = await createTestIssuer();
 * await issuer.fetch(issuer.jwksUri);
 * const [first]: readonly IssuerRequest[] = issuer.requests;
 * console.log(first?.path); // → /.well-known/jwks.json
 * ```
 */
export interface IssuerRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** By the clock of the issuer, in milliseconds. */
  readonly time: number;
}

/** Responds, over a socket and without one. */
export class IssuerResponder {
  readonly requests: IssuerRequest[] = [];
  outage: OutageKind | undefined;
  /** Milliseconds before each response. */
  delay = 0;
  readonly #documents: (request: Request) => Response;
  readonly #now: () => number;
  readonly #closing = new AbortController();

  /** `documents` responds without an outage. `now` is the clock of the issuer. */
  constructor(documents: (request: Request) => Response, now: () => number) {
    this.#documents = documents;
    this.#now = now;
  }

  /** Throws the error of `fetch` if there is no response, and the reason if the request is aborted. */
  async respond(request: Request): Promise<Response> {
    const { method, url } = request;
    const signal = AbortSignal.any([request.signal, this.#closing.signal]);
    signal.throwIfAborted();
    this.requests.push({ method, path: new URL(url).pathname, time: this.#now() });
    if (this.delay > 0) await pause(this.delay, signal);
    const response = this.outage
      ? // Without its headers: a 304 has no document to truncate.
        await respondInOutage(this.outage, this.#documents(new Request(url, { method })), signal)
      : this.#documents(request);
    return method === 'HEAD' ? new Response(null, response) : response;
  }

  /** Ends pending requests, and every later one. */
  close(): void {
    this.#closing.abort(connectionError('the test issuer is closed', 'ECONNREFUSED'));
  }
}
