/** Chooses the authorization server that describes a token, so that no token goes to two. */

import { copyOwnProperties } from '../core/option-rules.ts';
import { usageError } from '../errors.ts';
import { IntrospectionEngine, type SharedIssuer } from './introspection-engine.ts';
import { checkIntrospection, type IntrospectorOptions } from './introspector-options.ts';
import { isOpaque } from './opaque-token.ts';
import { issuerNames, type ResourceOptions } from './resource-options.ts';

export interface IntrospectionServer {
  readonly issuer: string;
  readonly prefix: string;
  readonly jwts: boolean;
  readonly engine: IntrospectionEngine;
}

/** The servers, compiled. */
export interface IntrospectionServers {
  /** Returns the server of an opaque token; `undefined` for a JWT, and for a prefix of no server. */
  serverOf(token: unknown): IntrospectionServer | undefined;
  /** Returns the server that describes verified JWTs of this issuer, too. */
  serverOfJwts(issuer: string): IntrospectionServer | undefined;
  close(): void;
}

/** Compiles checked options. `sharedOf` returns what a resource has of an issuer. Throws TypeError. */
export function compileIntrospection(
  own: ResourceOptions,
  audience: string | readonly string[],
  sharedOf: (issuer: string) => SharedIssuer | undefined,
): IntrospectionServers {
  const entries = own.introspection === undefined ? [] : [own.introspection].flat();
  const trusted = issuerNames(own.issuers);
  const servers = entries.map((entry): IntrospectionServer => {
    const { clock, clockTolerance } = own;
    const checked = checkIntrospection(entry);
    const shared = sharedOf(checked.issuer);
    // Without a prototype: a polluted one adds no option.
    const options = copyOwnProperties({
      audience: shared?.audience ?? audience,
      ...checked,
      ...(clock && { clock }),
      ...(clockTolerance !== undefined && { clockTolerance }),
    }) as unknown as IntrospectorOptions;
    const { issuer, prefix = '', jwts = false } = options;
    if (trusted && !trusted.includes(issuer)) {
      const message = `the "issuer" of "introspection" must be one of "issuers", got "${issuer}"`;
      throw usageError('ERR_OPTION_INVALID', message);
    }
    return { issuer, prefix, jwts, engine: new IntrospectionEngine(options, shared) };
  });
  const prefixes = servers.map(({ prefix }) => prefix);
  if (new Set(prefixes).size < prefixes.length) {
    const message =
      'of several servers in "introspection", all but one need a "prefix", each another one';
    throw usageError('ERR_OPTION_INVALID', message);
  }
  // The longest prefix first; without a prefix, a server has the rest.
  const byPrefix = [...servers].sort((a, b) => b.prefix.length - a.prefix.length);
  return {
    serverOf: (token) => {
      if (byPrefix.length === 0 || !isOpaque(token)) return undefined;
      return byPrefix.find(({ prefix }) => token.startsWith(prefix));
    },
    serverOfJwts: (issuer) => servers.find((server) => server.jwts && server.issuer === issuer),
    close: () => {
      for (const { engine } of servers) engine.close();
    },
  };
}
