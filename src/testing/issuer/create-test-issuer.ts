/** Creates an issuer for tests, which rotates and fails on command. */

import { readClock } from '../../core/clock.ts';
import { type Duration, parseDuration, type Timespan } from '../../core/encoding/duration.ts';
import * as option from '../../core/option-rules.ts';
import { usageError } from '../../errors.ts';
import { rememberSigningKey } from '../signing-key.ts';
import { type Closable, closedBy, type Undo } from './disposal.ts';
import { createDocuments, urlsOf } from './documents.ts';
import type { TokenFault } from './faults.ts';
import { type FetchFunction, installFetch, originOf } from './install.ts';
import { createIssuerKeys } from './keys.ts';
import { readIssuerOptions, type TestIssuerOptions } from './options.ts';
import { checkOutageKind, type OutageKind } from './outages.ts';
import { type IssuerRequest, IssuerResponder } from './responder.ts';
import { listenForIssuer } from './server.ts';
import { createToken } from './token.ts';

/**
 * An issuer for tests. Each function can be used detached from it.
 *
 * @example
 * ```ts
 * const issuer: TestIssuer = await createTestIssuer({ audience: 'api' });
 * const { jwks } = await discover(issuer.issuer, { fetch: issuer.fetch, clock: issuer.now });
 * const verify = createVerifier(jwks, { audience: 'api', clock: issuer.now });
 * const claims = await verify(await issuer.token({ sub: 'ada' }));
 * ```
 */
export interface TestIssuer extends Closable {
  /** Its name and URL: `iss` of its tokens. */
  readonly issuer: string;
  /** The URL of its JWK Set. */
  readonly jwksUri: string;
  /**
   * Fetches from the issuer without a network: pass it as the option `fetch`. Throws TypeError for URLs of
   * another origin.
   */
  readonly fetch: FetchFunction;
  /**
   * Replaces the global `fetch` for URLs of the issuer; requests to other origins pass through. Returns the
   * undo, which can be called again.
   */
  readonly install: () => Undo;
  /**
   * Signs a token with `iss`, `aud`, `iat` and `exp`. `claims` replace these; `undefined` omits one. Throws
   * TypeError for claims that cannot be signed, and for faults that are unknown or contradict each other.
   */
  readonly token: (claims?: object, faults?: TokenFault | readonly TokenFault[]) => Promise<string>;
  /**
   * Signs with a new key from now on. The previous key stays in the set until its tokens have expired. With
   * `keepOld: false` it is removed now, as after a theft. Resolves to the `kid` of the new key.
   */
  readonly rotate: (options?: { keepOld?: boolean }) => Promise<string>;
  /** Fails from now on, until `recover()`. Default `'status'`. */
  readonly outage: (kind?: OutageKind) => void;
  /** Delays each response from now on, in real time, until `recover()`: seconds or a timespan. */
  readonly slow: (duration: Timespan) => void;
  /** Ends the outage and the delay. */
  readonly recover: () => void;
  /** Moves the clock of the issuer forward: seconds or a timespan. */
  readonly advance: (duration: Timespan) => void;
  /** The clock of the issuer, in milliseconds: pass it as the option `clock`. */
  readonly now: () => number;
  /** What was fetched, first to last. */
  readonly requests: readonly IssuerRequest[];
  /** Ends all connections and undoes every `install`. `fetch` then throws. */
  readonly close: () => Promise<void>;
}

const durationRules: option.OptionRules = { duration: option.positiveDuration };
const rotateRules: option.OptionRules = { keepOld: option.boolean };

/**
 * Creates an issuer for tests. It publishes metadata and a JWK Set, as an identity provider does, and signs
 * the tokens of the test. Without a network, unless you set `listen`.
 *
 * Throws TypeError for an option that is unknown or of the wrong type, and if `NODE_ENV` is `production`.
 *
 * @example
 * ```ts
 * const issuer = await createTestIssuer({ audience: 'api' });
 * const { jwks } = await discover(issuer.issuer, { fetch: issuer.fetch, clock: issuer.now });
 * const verify = createVerifier(jwks, { audience: 'api', clock: issuer.now });
 *
 * const claims = await verify(await issuer.token({ sub: 'ada' }));
 * const expired = await verify.result(await issuer.token({ sub: 'ada' }, 'expired'));
 * console.log(expired.ok); // → false
 * await issuer.close();
 * ```
 */
export async function createTestIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  requireNoProduction();
  const settings = readIssuerOptions(options);
  const { algorithm, audience, lifetime, port, typ, clock } = settings;
  let advanced = 0;
  const now = () => readClock(clock) + advanced;
  const keys = await createIssuerKeys(algorithm, lifetime.seconds, now);

  const server = port === undefined ? undefined : await listenForIssuer(port);
  const issuer = server?.origin ?? settings.issuer ?? 'https://issuer.test';
  const { origin, jwksUri } = urlsOf(issuer);
  const responder = new IssuerResponder(createDocuments(issuer, algorithm, keys.ring), now);
  server?.serve((request) => responder.respond(request));

  const fetchOwn: FetchFunction = async (input, init) => {
    const target = originOf(input);
    if (target === origin) return responder.respond(new Request(input, init as RequestInit));
    const message = `the test issuer serves only ${origin}, got ${target ?? 'a relative URL'}`;
    throw usageError('ERR_OPTION_INVALID', message);
  };
  const undos: Array<() => void> = [];
  const close = async () => {
    for (const undo of undos) undo();
    responder.close();
    await server?.close();
  };
  const claims = { iss: issuer, ...(audience !== undefined && { aud: audience }) };
  const source = { settings, keys, claims, now };

  const testIssuer: TestIssuer = {
    issuer,
    jwksUri,
    fetch: fetchOwn,
    install() {
      const undo = installFetch(fetchOwn, origin);
      undos.push(undo);
      return undo;
    },
    async token(own = {}, faults = []) {
      return createToken(source, own, faults);
    },
    async rotate(rotation = {}) {
      const { keepOld = true } = option.checkOptions(rotation, rotateRules);
      return keys.rotate(keepOld as boolean);
    },
    outage(kind = 'status') {
      checkOutageKind(kind);
      responder.outage = kind;
    },
    slow(duration) {
      responder.delay = readMilliseconds(duration);
    },
    recover() {
      responder.outage = undefined;
      responder.delay = 0;
    },
    advance(duration) {
      const later = advanced + readMilliseconds(duration);
      // Otherwise each later token and response would fail.
      if (Number.isNaN(new Date(readClock(clock) + later).getTime())) {
        throw usageError('ERR_OPTION_INVALID', '"duration" must end before the year 275760');
      }
      advanced = later;
    },
    now,
    requests: responder.requests,
    close,
    ...closedBy(close),
  };
  rememberSigningKey(testIssuer, {
    get key() {
      return keys.current();
    },
    algorithm,
    claims,
    get header() {
      return { kid: keys.current().kid, typ };
    },
    clock: now,
  });
  return testIssuer;
}

/** Code in the process can sign any token: a service must not trust the issuer by accident. */
function requireNoProduction(): void {
  if (globalThis.process?.env?.['NODE_ENV'] !== 'production') return;
  const message = 'createTestIssuer is for tests: NODE_ENV must not be "production"';
  throw usageError('ERR_OPTION_INVALID', message);
}

function readMilliseconds(duration: Timespan): number {
  option.checkOption('duration', duration, durationRules);
  const { seconds } = parseDuration(duration) as Duration;
  return seconds * 1000;
}
