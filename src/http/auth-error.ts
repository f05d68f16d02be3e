/** `AuthError`: the reason for a rejected request and its HTTP response (RFC 6750 §3, RFC 9110 §11.6.1). */

import * as option from '../core/option-rules.ts';
import { defineHidden, nameErrors, usageError } from '../errors.ts';
import {
  type AuthReason,
  type ReasonRow,
  type RegisteredClaim,
  reasonTable,
  registeredClaims,
} from './auth-reasons.ts';
import { oneOf } from './one-of.ts';
import { isScope } from './scope.ts';

/**
 * Options of {@link AuthError}.
 *
 * @example
 * ```ts
 * const options: AuthErrorOptions = { realm: 'orders', scope: 'orders:read' };
 * ```
 */
export interface AuthErrorOptions {
  /** The cause; never sent to the client. */
  inner?: unknown;
  /** `realm` of the challenge. Default `api`. */
  realm?: string;
  /** More parameters of the challenge, such as `resource_metadata` (RFC 9728). */
  challengeParams?: Readonly<Record<string, string>>;
  /** `scope` of the challenge: the required scopes, separated by spaces. */
  scope?: string;
  /** The claim that has an unexpected value. Only a registered name, such as `aud`. */
  claim?: RegisteredClaim;
  /** Adds a challenge for DPoP. */
  dpop?: DpopChallenge;
}

/**
 * A challenge for DPoP (RFC 9449 §7.1, §7.2).
 *
 * @example
 * ```ts
 * const error = new AuthError('token_missing', { dpop: { algorithms: ['ES256'] } });
 * console.log(error.headers['WWW-Authenticate']); // → Bearer realm="api", DPoP realm="api", algs="ES256"
 * ```
 */
export interface DpopChallenge {
  /** The algorithms of proofs, for `algs`. */
  readonly algorithms: readonly string[];
  /** Whether bearer tokens are rejected, so that DPoP is the only challenge. Default: false. */
  readonly required?: boolean;
  /** Whether the request used the scheme DPoP, so that its challenge has the `error`. Default: false. */
  readonly isUsed?: boolean;
  /** The header `DPoP-Nonce` of a 401 response. */
  readonly nonce?: string | undefined;
}

/** A challenge can escape quotes and backslashes, but a header has only printable ASCII. */
const isPrintable = (value: unknown): value is string => {
  return typeof value === 'string' && /^[\x20-\x7e]+$/.test(value);
};

export const challengeRules: option.OptionRules = {
  realm: { expected: 'a non-empty string of printable ASCII', test: isPrintable },
  challengeParams: {
    expected: 'an object of printable ASCII strings, without realm, scope and error',
    test(value) {
      if (!option.isPlainObject(value)) return false;
      return Object.entries(value).every(([name, param]) => {
        const isReserved = /^(realm|scope|error|error_description)$/i.test(name);
        return /^[\w!#$%&'*+.^`|~-]+$/.test(name) && !isReserved && isPrintable(param);
      });
    },
  },
};

const authErrorRules: option.OptionRules = {
  ...challengeRules,
  inner: { expected: 'any value', test: () => true },
  scope: {
    expected: 'scopes without quotes, separated by single spaces',
    test: (value) => typeof value === 'string' && value.split(' ').every(isScope),
  },
  claim: oneOf(...registeredClaims),
  dpop: {
    expected: 'an object with algorithms, an array of printable ASCII strings',
    test: (value) =>
      option.isPlainObject(value) && option.isListOf(isPrintable)(value['algorithms']),
  },
};

/** When a client can retry after a failed lookup of a key or a revocation. */
const RETRY_AFTER_SECONDS = '5';

/**
 * The JSON body of the response.
 *
 * @example
 * ```ts
 * const isExpired = (body: AuthErrorBody) => body.reason === 'token_expired';
 * ```
 */
export interface AuthErrorBody {
  /** Equals {@link AuthError.code}. */
  error: string;
  error_description: string;
  reason: AuthReason;
  /** The claim that your options require and that has another value; never the value. */
  claim?: string;
}

/**
 * The `extensions` of a GraphQL error. Servers send `http` as the status and the headers of the response.
 *
 * @example
 * ```ts
 * const isLoggedOut = ({ code }: AuthErrorExtensions) => code === 'UNAUTHENTICATED';
 * ```
 */
export interface AuthErrorExtensions {
  [name: string]: unknown;
  /** `UNAUTHENTICATED` (401), `FORBIDDEN` (403), `BAD_REQUEST` (400) or `SERVICE_UNAVAILABLE` (503). */
  code: string;
  reason: AuthReason;
  http: {
    status: number;
    headers: ReadonlyMap<string, string> & Readonly<Record<string, string>>;
  };
}

const brand = Symbol.for('jotkit.AuthError');

/** What GraphQL servers call these responses. */
const graphqlCodes: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  503: 'SERVICE_UNAVAILABLE',
};

/**
 * Rejects a request. Frameworks respond correctly without an error handler: Express, Fastify and Koa read
 * `status` and `headers`, Hono `getResponse`, Elysia `toResponse`, h3 `statusCode`, `headers` and `data`, GraphQL
 * servers `extensions`. `stack` is empty, because some of them print it.
 *
 * `instanceof` works across module formats.
 *
 * @example
 * ```ts
 * const error = new AuthError('token_expired');
 * console.log(error.status, error.code, error.headers['WWW-Authenticate']);
 * ```
 */
export class AuthError extends Error {
  /** Whether frameworks show the message instead of logging the error: true below 500. */
  readonly expose: boolean;
  readonly status: 400 | 401 | 403 | 503;
  /** Equals {@link status}. */
  readonly statusCode: 400 | 401 | 403 | 503;
  /** Sent as `error` in the body; the codes of express-jwt where they exist. */
  readonly code: string;
  /** Lets a front end decide, for example to refresh on `token_expired`. */
  readonly reason: AuthReason;
  /** `WWW-Authenticate`, `Cache-Control`, `Retry-After`, `DPoP-Nonce`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The claim of `claim_mismatch` and `unknown_issuer`, if its name is registered. */
  declare readonly claim?: string;
  /** The cause, such as a JsonWebTokenError; not enumerable. */
  declare readonly inner?: unknown;

  constructor(reason: AuthReason, options: AuthErrorOptions = {}) {
    if (!Object.hasOwn(reasonTable, reason)) {
      const reasons = Object.keys(reasonTable).join(', ');
      throw usageError('ERR_OPTION_INVALID', `"reason" must be one of ${reasons}`);
    }
    const { code, status, description }: ReasonRow = reasonTable[reason];
    const own = option.checkOptions(options, authErrorRules) as AuthErrorOptions;
    // Fastify and Koa respond with the message alone, so it names the reason.
    super(`${description} (${reason}${own.claim ? `: ${own.claim}` : ''})`);
    defineHidden(this, 'stack', '');
    this.name = 'UnauthorizedError';
    this.status = status;
    this.statusCode = status;
    this.expose = status < 500;
    this.code = code;
    this.reason = reason;
    if (own.claim) this.claim = own.claim;
    this.headers = headersFor(reasonTable[reason], own);
    if (own.inner !== undefined) defineHidden(this, 'inner', own.inner);
  }

  /** Returns the JSON body: `{ error, error_description, reason }`, and `claim` if it is known. */
  toJSON(): AuthErrorBody {
    const { code, reason, claim } = this;
    const { description } = reasonTable[reason];
    return { error: code, error_description: description, reason, ...(claim && { claim }) };
  }

  /** Returns a `Response`, for fetch and Hono. */
  getResponse(): Response {
    const headers = { ...this.headers, 'Content-Type': 'application/json' };
    return new Response(JSON.stringify(this), { status: this.status, headers });
  }

  /** Equals {@link getResponse}, for Elysia. */
  toResponse(): Response {
    return this.getResponse();
  }

  /** Equals {@link toJSON}: what h3 and socket.io send. You can replace it. */
  get data(): AuthErrorBody {
    return this.toJSON();
  }

  /** Replaces the data, as h3 and socket.io allow. */
  set data(value: unknown) {
    defineHidden(this, 'data', value);
  }

  /** What GraphQL servers read of an error that a resolver throws. */
  get extensions(): AuthErrorExtensions {
    const { reason, status, headers } = this;
    // Apollo requires a Map; Yoga reads own members.
    const both = Object.assign(new Map(Object.entries(headers)), headers);
    return { code: graphqlCodes[status] ?? '', reason, http: { status, headers: both } };
  }
}

/** Defines `inner`, not enumerable, by a function that runs when it is read. */
export function withLazyInner(error: AuthError, get: () => unknown): AuthError {
  const set = (value: unknown) => defineHidden(error, 'inner', value);
  const accessor = { __proto__: null, get, set, configurable: true };
  Object.defineProperty(error, 'inner', accessor);
  return error;
}

nameErrors(AuthError, 'UnauthorizedError');
// Descriptors without a prototype: a polluted one would supply `get`.
const isBranded = { __proto__: null, value: true };
Object.defineProperty(AuthError.prototype, brand, isBranded);
const hasInstance = {
  __proto__: null,
  value(this: unknown, error: unknown): boolean {
    // The brand matches instances of other copies of this class; a subclass matches only its own.
    if (this !== AuthError) return Function.prototype[Symbol.hasInstance].call(this, error);
    return typeof error === 'object' && error !== null && brand in error;
  },
};
Object.defineProperty(AuthError, Symbol.hasInstance, hasInstance);

function headersFor(row: ReasonRow, options: AuthErrorOptions): Record<string, string> {
  if (row.status === 503)
    return { 'Retry-After': RETRY_AFTER_SECONDS, 'Cache-Control': 'no-store' };
  if (row.status === 403 && !row.error) return { 'Cache-Control': 'no-store' };
  // Without a prototype: a polluted one adds no nonce.
  const dpop = options.dpop && (option.copyOwnProperties(options.dpop) as unknown as DpopChallenge);
  const nonce = row.status === 401 ? dpop?.nonce : undefined;
  return {
    'WWW-Authenticate': dpop ? challenges(row, options, dpop) : challenge('Bearer', row, options),
    'Cache-Control': 'no-store',
    ...(nonce !== undefined && { 'DPoP-Nonce': nonce }),
  };
}

/** Bearer first: MCP clients ignore a header that begins otherwise. Only the scheme that was used has an error. */
function challenges(row: ReasonRow, options: AuthErrorOptions, dpop: DpopChallenge): string {
  const { description } = row;
  const own = dpop.isUsed ? row : { description };
  const params = { algs: dpop.algorithms.join(' '), ...options.challengeParams };
  const second = challenge('DPoP', own, { ...options, challengeParams: params });
  if (dpop.required) return second;
  return `${challenge('Bearer', dpop.isUsed ? { description } : row, options)}, ${second}`;
}

/** RFC 6750 §3.1: no error code for a request without a token. */
function challenge(
  scheme: string,
  { error, description }: Pick<ReasonRow, 'error' | 'description'>,
  options: AuthErrorOptions,
): string {
  const { realm = 'api', challengeParams = {}, scope } = options;
  const params = {
    realm,
    ...(error && { error, error_description: description }),
    ...(scope && { scope }),
    ...challengeParams,
  };
  const pairs = Object.entries(params).map(([name, value]) => `${name}=${quoted(value)}`);
  return `${scheme} ${pairs.join(', ')}`;
}

/** RFC 9110 §5.6.4. */
function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}
