/** Creates a key source of an issuer that is discovered with its first token. */

import { sharesPromises } from '../../core/keys/runtime.ts';
import { copyOwnProperties } from '../../core/option-rules.ts';
import { ownClaim } from '../../core/token/claim-checks.ts';
import type { UnverifiedToken } from '../../core/token/token.ts';
import { listKeys, withLister } from '../../core/verify/listed-keys.ts';
import { KeySourceError } from '../../errors.ts';
import { Backoff } from './backoff.ts';
import type { RemoteJwks, RemoteJwksOptions } from './create-remote-jwks.ts';
import { checkIssuer, type Discovered, discoverIssuer, type IssuerMetadata } from './discovery.ts';
import type { DocumentRequest } from './fetch-document.ts';
import { shownUrl } from './jwks-url.ts';
import { createMonotonicClock } from './monotonic-clock.ts';
import { publishFailed } from './remote-events.ts';
import { hasPublicKeys } from './remote-set.ts';

/**
 * {@link RemoteJwks} of an issuer, whose metadata is fetched when it is first needed.
 *
 * @example
 * ```ts
 * const jwks: DiscoveredJwks = createDiscoveredJwks('https://id.example');
 * const { jwks_uri } = await jwks.metadata();
 * console.log(jwks_uri); // → https://id.example/jwks.json
 * ```
 */
export interface DiscoveredJwks extends RemoteJwks {
  /** Resolves to the metadata of the issuer. Rejects with KeySourceError if they cannot be fetched. */
  metadata(): Promise<IssuerMetadata>;
}

/**
 * Creates a key source of an issuer that is discovered with its first token. Use it instead of {@link discover}
 * where an issuer that is down must not stop the start of your server. Fetches nothing for tokens of another
 * `iss`.
 *
 * If the metadata cannot be fetched, it throws KeySourceError, and tries again after 1 to 60 seconds. One
 * request runs at a time. The metadata are fetched once, and again by `reload`. Options are those of
 * {@link createRemoteJwks} and apply to both documents.
 *
 * Throws TypeError for an issuer that is not an `https:` URL (except on this machine) or has a query, and for
 * invalid options.
 *
 * @example
 * ```ts
 * const jwks = createDiscoveredJwks('https://id.example');
 * const verify = createVerifier(jwks, { issuer: 'https://id.example', audience: 'api' });
 * ```
 */
export function createDiscoveredJwks(
  issuer: string,
  options: RemoteJwksOptions = {},
): DiscoveredJwks {
  const found = new LazyDiscovery(issuer, checkIssuer(issuer, options), options);
  // Checked before the discovery, so that no token of another issuer causes one.
  const source = async (token: UnverifiedToken) => {
    if (ownClaim(token.payload, 'iss') !== issuer || !hasPublicKeys(token.header.alg)) return [];
    return (await found.get()).jwks(token);
  };
  const jwks = Object.assign(source, {
    metadata: async () => (await found.get()).metadata,
    reload: () => found.reload(),
    close: () => found.close(),
  });
  return withLister(jwks, () => listKeys(found.current?.jwks) ?? []);
}

/** Discovers an issuer once, with a back-off while that fails. */
class LazyDiscovery {
  readonly #issuer: string;
  readonly #request: DocumentRequest;
  readonly #options: RemoteJwksOptions;
  readonly #now: () => number;
  readonly #backoff = new Backoff();
  readonly #controllers = new Set<AbortController>();
  #pending: Promise<Discovered> | undefined;
  #lastError: unknown;
  #closed = false;
  /** What the last discovery found. */
  current: Discovered | undefined;

  constructor(issuer: string, request: DocumentRequest, options: RemoteJwksOptions) {
    // A copy, without a prototype: the caller can change the object later.
    const own: RemoteJwksOptions = copyOwnProperties(options);
    this.#issuer = issuer;
    this.#request = request;
    this.#options = own;
    this.#now = createMonotonicClock(own.clock);
  }

  /** Throws KeySourceError. */
  async get(): Promise<Discovered> {
    this.#checkOpen();
    if (this.current) return this.current;
    if (!this.#pending && !this.#backoff.allows(this.#now())) throw this.#lastError;
    return this.#discover();
  }

  async reload(): Promise<void> {
    this.#checkOpen();
    const { jwks } = await this.#discover();
    await jwks.reload();
  }

  close(): void {
    this.#closed = true;
    this.current?.jwks.close();
    for (const controller of this.#controllers) {
      controller.abort(new Error('the key set was closed'));
    }
  }

  #discover(): Promise<Discovered> {
    if (this.#pending) return this.#pending;
    const pending = this.#load().finally(() => {
      if (this.#pending === pending) this.#pending = undefined;
    });
    if (sharesPromises()) this.#pending = pending;
    return pending;
  }

  async #load(): Promise<Discovered> {
    const controllers = new Set<AbortController>();
    try {
      const found = await discoverIssuer(this.#issuer, this.#request, this.#options, (one) => {
        controllers.add(one);
        this.#controllers.add(one);
      });
      // Closed meanwhile: nothing uses or closes these keys any more.
      if (this.#closed) found.jwks.close();
      this.#checkOpen();
      this.#backoff.succeed();
      return this.#replace(found);
    } catch (error) {
      if (this.#closed) throw closedError();
      this.#backoff.fail(this.#now(), Math.random());
      this.#lastError = error;
      const { message } = error as KeySourceError;
      publishFailed(shownUrl(this.#request.url), message, this.#backoff.failures);
      throw error;
    } finally {
      for (const controller of controllers) this.#controllers.delete(controller);
    }
  }

  /** The keys stay if their URL does: they are cached. */
  #replace(found: Discovered): Discovered {
    const { current } = this;
    const isSame = current?.metadata.jwks_uri === found.metadata.jwks_uri;
    this.current = current && isSame ? { ...found, jwks: current.jwks } : found;
    if (isSame) found.jwks.close();
    else current?.jwks.close();
    return this.current;
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError();
  }
}

function closedError(): KeySourceError {
  return new KeySourceError('the key set was closed');
}
