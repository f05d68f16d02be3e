/** Turns a look-up of issuers into a verifier: the unverified `iss` of a token selects its verifier. */

import { Fault, orThrow } from '../../core/token/fault.ts';
import { type JwtPayload, parsePaddedOrNot } from '../../core/token/token.ts';
import type { Verifier } from '../../core/verify/create-verifier.ts';
import { publishError } from '../../core/verify/token-events.ts';
import { rememberResult } from '../../core/verify/verification-result.ts';
import { settle, toResult } from '../../core/verify/verify-token.ts';

/** Returns what is registered for an issuer; `undefined` for an unknown one. */
export type IssuerLookUp<Found> = (iss: string) => Found | undefined | Promise<Found | undefined>;

/**
 * Creates a function that returns what is registered for the unverified `iss` of a token, or why the token is
 * rejected. Longer tokens than `maxTokenLength` select nothing.
 */
export function createIssuerSelector<Found>(
  find: IssuerLookUp<Found>,
  maxTokenLength: number,
): (token: unknown) => Found | Fault | PromiseLike<Found | Fault> {
  return (token) => {
    const iss = readIssuer(token, maxTokenLength);
    if (iss instanceof Fault) return iss;
    return settle(find(iss), (found): Found | Fault => found ?? ISSUER_UNKNOWN);
  };
}

/** The look-up, and what its verifiers have in their caches. */
export interface IssuerRegistry<Claims extends object> {
  readonly find: IssuerLookUp<Verifier<Promise<Claims>>>;
  /** Removes a token of this issuer from a cache; `undefined` if the token has no readable `iss`. */
  forget(token: string, iss: string | undefined): void;
  clear(): void;
}

/** Creates the verifier; see {@link createIssuerSelector}. */
export function createIssuerVerifier<Claims extends object = JwtPayload>(
  registry: IssuerRegistry<Claims>,
  maxTokenLength: number,
): Verifier<Promise<Claims>> {
  const select = createIssuerSelector(registry.find, maxTokenLength);
  const verify = async (token: string, context?: unknown) => {
    const verifier = await publishError(async () => orThrow(await select(token)));
    return verifier(token, context);
  };
  const verifier = Object.assign(verify, {
    result: (async (token: string, context?: unknown) => {
      const verifier = await publishError(async () => select(token));
      if (verifier instanceof Fault) return toResult<Claims>(verifier);
      return verifier.result(token, context);
    }) as Verifier<Promise<Claims>>['result'],
    forget: (token: string) => {
      const iss = readIssuer(token, Number.POSITIVE_INFINITY);
      registry.forget(token, iss instanceof Fault ? undefined : iss);
    },
    clear: () => registry.clear(),
  });
  rememberResult(verifier);
  return verifier;
}

// Without their names: the client need not learn which issuers this service trusts.
const NOT_REGISTERED = 'jwt issuer invalid. expected: one that is registered';
const ISSUER_MISSING = new Fault('ERR_CLAIM_MISSING', NOT_REGISTERED, 'iss');
const ISSUER_UNKNOWN = new Fault('ERR_CLAIM_MISMATCH', NOT_REGISTERED, 'iss');

/** Own claims only: a polluted prototype selects no issuer. */
function readIssuer(token: unknown, maxTokenLength: number): string | Fault {
  const parsed = parsePaddedOrNot(token, maxTokenLength);
  const payload = parsed instanceof Fault ? parsed : parsed.readClaims();
  if (payload instanceof Fault) return payload;
  const iss: unknown = Object.hasOwn(payload, 'iss') ? payload.iss : undefined;
  if (typeof iss === 'string') return iss;
  return iss === undefined ? ISSUER_MISSING : ISSUER_UNKNOWN;
}
