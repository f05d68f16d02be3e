/** Lets one authorization server describe tokens: with a cache, limits and a back-off (RFC 7662). */

import { readClock } from '../core/clock.ts';
import { parseDuration } from '../core/encoding/duration.ts';
import type { KeyInput, KeySource } from '../core/keys/key-input.ts';
import { sharesPromises } from '../core/keys/runtime.ts';
import { type Claims, ownClaim } from '../core/token/claim-checks.ts';
import { Fault } from '../core/token/fault.ts';
import { createDiscoveredJwks, type DiscoveredJwks } from '../jwk/remote/discovered.ts';
import { shownUrl } from '../jwk/remote/jwks-url.ts';
import { createMonotonicClock } from '../jwk/remote/monotonic-clock.ts';
import { compileAuth } from './client-auth.ts';
import { ExchangeBackoff } from './exchange-backoff.ts';
import { ExchangeGate, senderOf, TOO_MANY } from './exchange-gate.ts';
import { type ActiveEntry, IntrospectionCache } from './introspection-cache.ts';
import { compileResponseCheck } from './introspection-claims.ts';
import { IntrospectionError, publishFailed, publishStale } from './introspection-error.ts';
import {
  type ExchangeFailure,
  type ExchangePlan,
  endpointFrom,
  introspectOnce,
} from './introspection-exchange.ts';
import { type IntrospectorOptions, readEndpoint } from './introspector-options.ts';
import { createResponseVerifier } from './signed-response.ts';

/** What a resource has already, so that it is not fetched twice. */
export interface SharedIssuer {
  readonly jwks: DiscoveredJwks | undefined;
  readonly key: KeyInput | KeySource;
  /** Accepted `aud` of its tokens, if it is not that of the resource. */
  readonly audience: string | readonly string[] | undefined;
}

const DEFAULT_CACHE_SECONDS = 30;
const DEFAULT_TIMEOUT_SECONDS = 5;

/** The cache, the limits and the back-off of one authorization server. */
export class IntrospectionEngine {
  readonly #plan: ExchangePlan;
  readonly #check: ReturnType<typeof compileResponseCheck>;
  readonly #shownUrl: string;
  readonly #cacheFor: number;
  readonly #staleFor: number;
  readonly #clock: (() => number) | undefined;
  readonly #elapsed: () => number;
  readonly #cache = new IntrospectionCache();
  readonly #gate = new ExchangeGate();
  readonly #pending = new Map<string, Promise<Readonly<Claims> | Fault>>();
  readonly #controllers = new Set<AbortController>();
  readonly #backoff = new ExchangeBackoff();
  #lastError: IntrospectionError | undefined;
  /** Counts calls of `forget` and `clear`: responses to earlier requests are not cached. */
  #generation = 0;
  #closed = false;
  /** Those of a resource are closed by the resource. */
  #jwks: DiscoveredJwks | undefined;

  /** The options are checked; `shared` is what a resource has of this issuer. */
  constructor(own: IntrospectorOptions, shared?: SharedIssuer) {
    const { issuer, audience, clock } = own;
    const endpoint = readEndpoint(own.endpoint);
    const timeout = parseDuration(own.timeout)?.seconds ?? DEFAULT_TIMEOUT_SECONDS;
    const key = own.signed ? shared?.key : undefined;
    // An issuer that nothing is discovered of need not be a URL.
    const needsDiscovery = !endpoint || (own.signed && !key);
    if (needsDiscovery && !shared?.jwks) this.#jwks = discoveredFor(own, timeout);
    const jwks = shared?.jwks ?? this.#jwks;
    const auth = compileAuth(own.auth, issuer, clock);
    this.#plan = {
      endpoint: async () => endpoint ?? endpointFrom(issuer, (await jwks?.metadata()) ?? {}),
      auth,
      verifyResponse: own.signed
        ? createResponseVerifier(key ?? (jwks as DiscoveredJwks), own, auth.clientId)
        : undefined,
      timeout,
      fetch: own.fetch,
    };
    this.#check = compileResponseCheck({
      issuer,
      audience: audience === false ? undefined : [audience].flat(),
      tolerance: parseDuration(own.clockTolerance)?.seconds ?? 0,
    });
    this.#shownUrl = endpoint ? shownUrl(endpoint) : issuer;
    this.#cacheFor = parseDuration(own.cacheFor)?.seconds ?? DEFAULT_CACHE_SECONDS;
    this.#staleFor = parseDuration(own.staleFor)?.seconds ?? 0;
    this.#clock = clock;
    this.#elapsed = createMonotonicClock(clock);
  }

  /** Returns what the server says of the token, or why it is rejected. Rejects with IntrospectionError. */
  async ask(token: string, request: unknown): Promise<Readonly<Claims> | Fault> {
    this.#checkOpen();
    const name = this.#cache.nameOf(token);
    const entry = this.#cache.active(name);
    if (entry && this.#isUsable(entry, 0)) return entry.claims;
    const rejected = this.#cache.rejected(name, this.#elapsed());
    if (rejected) return rejected;
    const pending = this.#pending.get(name);
    if (pending) return pending;
    const started = this.#exchange(token, name, entry, senderOf(request)).finally(() => {
      if (this.#pending.get(name) === started) this.#pending.delete(name);
    });
    if (sharesPromises()) this.#pending.set(name, started);
    return started;
  }

  forget(token: string): void {
    const name = this.#cache.nameOf(token);
    this.#generation++;
    this.#pending.delete(name);
    this.#cache.delete(name);
  }

  clear(): void {
    this.#generation++;
    this.#pending.clear();
    this.#cache.clear();
  }

  close(): void {
    this.#closed = true;
    this.#cache.clear();
    this.#jwks?.close();
    for (const controller of this.#controllers) {
      controller.abort(new Error('the introspector was closed'));
    }
  }

  /** Whether an entry counts `extra` seconds after `cacheFor`. Never past `exp`. */
  #isUsable(entry: ActiveEntry, extra: number): boolean {
    return (
      this.#elapsed() - entry.at < this.#cacheFor + extra &&
      readClock(this.#clock) / 1000 < entry.exp
    );
  }

  async #exchange(
    token: string,
    name: string,
    entry: ActiveEntry | undefined,
    address: string | undefined,
  ): Promise<Readonly<Claims> | Fault> {
    try {
      if (!this.#mayExchange(entry)) throw this.#unavailable();
      const result = await this.#gate.run(address, async () => {
        // Others may have failed while this one waited.
        if (!this.#mayExchange(entry)) throw this.#unavailable();
        return this.#load(token, name, entry);
      });
      if (result !== TOO_MANY) return result;
      throw new IntrospectionError(this.#message('too many tokens wait for introspection'));
    } catch (error) {
      if (this.#closed || !entry || !this.#isUsable(entry, this.#staleFor)) throw error;
      publishStale(this.#shownUrl, this.#elapsed() - entry.at);
      return entry.claims;
    }
  }

  #mayExchange(entry: ActiveEntry | undefined): boolean {
    this.#checkOpen();
    return this.#backoff.allows(entry, this.#elapsed());
  }

  async #load(
    token: string,
    name: string,
    entry: ActiveEntry | undefined,
  ): Promise<Readonly<Claims> | Fault> {
    const at = this.#elapsed();
    const generation = this.#generation;
    const started = this.#backoff.begin();
    const controller = new AbortController();
    this.#controllers.add(controller);
    try {
      const response = await introspectOnce(this.#plan, token, controller);
      this.#checkOpen();
      this.#backoff.succeed(entry);
      const claims = this.#check(response, Math.floor(readClock(this.#clock) / 1000));
      if (generation === this.#generation) this.#store(name, claims, at);
      return claims;
    } catch (error) {
      this.#checkOpen();
      const { status, message, cause } = error as ExchangeFailure;
      const failures = this.#backoff.fail(status, entry, started, this.#elapsed());
      publishFailed(this.#shownUrl, message, status, failures);
      this.#lastError = new IntrospectionError(this.#message(message), cause);
      throw this.#lastError;
    } finally {
      this.#backoff.end(started);
      this.#controllers.delete(controller);
    }
  }

  #store(name: string, claims: Readonly<Claims> | Fault, at: number): void {
    if (claims instanceof Fault) {
      this.#cache.reject(name, { fault: claims, at: this.#elapsed() });
      return;
    }
    const exp = (ownClaim(claims, 'exp') as number | undefined) ?? Number.POSITIVE_INFINITY;
    this.#cache.accept(name, { claims, at, exp, failures: 0, retryAt: 0 });
  }

  #message(reason: string): string {
    return `no introspection at ${this.#shownUrl}: ${reason}`;
  }

  #unavailable(): IntrospectionError {
    const { message = this.#message('it failed'), cause } = this.#lastError ?? {};
    return new IntrospectionError(message, cause);
  }

  #closedError(): IntrospectionError {
    return new IntrospectionError(this.#message('the introspector was closed'));
  }

  #checkOpen(): void {
    if (this.#closed) throw this.#closedError();
  }
}

function discoveredFor(own: IntrospectorOptions, timeout: number): DiscoveredJwks {
  const { fetch, clock } = own;
  return createDiscoveredJwks(own.issuer, {
    timeout,
    ...(fetch && { fetch }),
    ...(clock && { clock }),
  });
}
