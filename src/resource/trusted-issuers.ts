/** Compiles the issuers that a resource trusts, and finds that of a token. */

import type { KeyInput, KeySource } from '../core/keys/key-input.ts';
import type { Verifier } from '../core/verify/create-verifier.ts';
import { KeySourceError } from '../errors.ts';
import { compileImplies, type Widen } from '../http/implied-scopes.ts';
import { createFoundIssuers } from '../jwk/jwks/found-issuers.ts';
import type { IssuerLookUp } from '../jwk/jwks/issuer-verifier.ts';
import { createDiscoveredJwks, type DiscoveredJwks } from '../jwk/remote/discovered.ts';
import { type AccessTokenOptions, createAccessTokenVerifier } from '../profiles/access-token.ts';
import {
  checkTrustedIssuer,
  type FindTrustedIssuer,
  issuerNames,
  type ResourceOptions,
  type TrustedIssuer,
} from './resource-options.ts';

/** One issuer, compiled. */
export interface CompiledIssuer {
  readonly issuer: string;
  readonly verifier: Verifier<Promise<object>>;
  readonly key: KeyInput | KeySource;
  /** `undefined` if you passed its key. */
  readonly jwks: DiscoveredJwks | undefined;
  /** `undefined`: that of the resource. */
  readonly audience: string | readonly string[] | undefined;
  readonly widen: Widen | undefined;
}

/** All issuers. */
export interface TrustedIssuers {
  readonly find: IssuerLookUp<CompiledIssuer>;
  /** Returns an issuer that the options name; `undefined` for one that only a function knows. */
  registered(issuer: string): CompiledIssuer | undefined;
  close(): void;
}

/** Compiles checked options; `audience` is that of the resource. Throws TypeError. */
export function compileIssuers(
  own: ResourceOptions,
  audience: string | readonly string[],
): TrustedIssuers {
  const { issuers } = own;
  const compile = (issuer: string, entry: unknown, reused?: DiscoveredJwks) => {
    return compileIssuer(issuer, entry, own, audience, reused);
  };
  if (typeof issuers === 'function') return findIssuers(issuers, compile, own.clock);

  const compiled = new Map<string, CompiledIssuer>();
  for (const name of issuerNames(issuers) ?? []) {
    const entry = isRecord(issuers) ? issuers[name] : {};
    compiled.set(name, compile(name, entry));
  }
  return {
    find: (iss) => compiled.get(iss),
    registered: (issuer) => compiled.get(issuer),
    close: () => {
      for (const { jwks } of compiled.values()) jwks?.close();
    },
  };
}

function isRecord(
  issuers: ResourceOptions['issuers'],
): issuers is Readonly<Record<string, TrustedIssuer>> {
  return typeof issuers === 'object' && !Array.isArray(issuers);
}

function findIssuers(
  find: FindTrustedIssuer,
  compile: (issuer: string, entry: unknown, jwks?: DiscoveredJwks) => CompiledIssuer,
  clock: (() => number) | undefined,
): TrustedIssuers {
  const discovered = new Map<string, Discovered>();
  const compileFound = (issuer: string, entry: TrustedIssuer) => {
    // The function returns a new object each time: the keys stay if nothing that they depend on changed.
    const options = Object(entry).jwks as unknown;
    const earlier = discovered.get(issuer);
    const reused = earlier?.options === options ? earlier?.jwks : undefined;
    const compiled = compile(issuer, entry, reused);
    discovered.delete(issuer);
    if (compiled.jwks) discovered.set(issuer, { options, jwks: compiled.jwks });
    const [oldest] = discovered.keys();
    if (oldest !== undefined && discovered.size > MAX_DISCOVERED) discovered.delete(oldest);
    return compiled;
  };
  const found = createFoundIssuers(find, compileFound, clock ? { clock } : {});
  let isClosed = false;
  return {
    find: async (iss) => {
      // The function would find an issuer that was evicted, and open its keys again.
      if (isClosed) throw closedError();
      const issuer = await found.find(iss);
      // Again: `close` during the call closed no keys of this issuer.
      if (isClosed) throw closedError();
      return issuer;
    },
    registered: () => undefined,
    close: () => {
      isClosed = true;
      for (const { jwks } of discovered.values()) jwks.close();
    },
  };
}

const closedError = () => new KeySourceError('the resource was closed');

/** The keys of an issuer, with the option that they were created with. */
interface Discovered {
  readonly options: unknown;
  readonly jwks: DiscoveredJwks;
}

/** As many as `createIssuers` caches. */
const MAX_DISCOVERED = 100;

function compileIssuer(
  issuer: string,
  entry: unknown,
  { clock, clockTolerance, implies }: ResourceOptions,
  resourceAudience: string | readonly string[],
  reused?: DiscoveredJwks,
): CompiledIssuer {
  try {
    const own = checkTrustedIssuer(entry);
    const { key: ownKey, jwks: jwksOptions, implies: ownImplies, ...others } = own;
    const discover = () =>
      createDiscoveredJwks(issuer, { ...(clock && { clock }), ...jwksOptions });
    const jwks = ownKey === undefined ? (reused ?? discover()) : undefined;
    const key = ownKey ?? (jwks as DiscoveredJwks);
    const options: AccessTokenOptions = {
      issuer,
      audience: resourceAudience,
      ...(clock && { clock }),
      ...(clockTolerance !== undefined && { clockTolerance }),
      ...others,
    };
    const widens = ownImplies ?? implies;
    return {
      issuer,
      verifier: createAccessTokenVerifier(key, options),
      key,
      jwks,
      audience: own.audience,
      widen: widens && compileImplies(widens),
    };
  } catch (error) {
    (error as Error).message += `, for the issuer "${issuer}"`;
    throw error;
  }
}
