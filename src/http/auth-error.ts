/** `AuthError`: the reason for a rejected request and its HTTP response (RFC 6750 §3, RFC 9110 §11.6.1). */

import { checkOptions, isPlainObject, type OptionRules } from '../core/option-rules.ts';
import { defineHidden, nameErrors, usageError } from '../errors.ts';

/** The response for one reason; `error` is the parameter of the challenge. */
interface ReasonRow {
  readonly code: string;
  readonly status: number;
  readonly error?: string;
  readonly description: string;
}

const invalidToken = (description: string): ReasonRow => ({
  code: 'invalid_token',
  status: 401,
  error: 'invalid_token',
  description,
});

const UNAVAILABLE: ReasonRow = {
  code: 'unavailable',
  status: 503,
  description: 'The token cannot be checked at the moment',
};

/** Descriptions are constants: the response repeats nothing from the request. */
const reasonTable = {
  token_missing: {
    code: 'credentials_required',
    status: 401,
    description: 'No token was sent',
  },
  token_malformed: invalidToken('The token is malformed'),
  signature_invalid: invalidToken('The signature of the token is invalid'),
  alg_not_allowed: invalidToken('The algorithm of the token is not allowed'),
  typ_not_allowed: invalidToken('The token is of another type'),
  token_expired: invalidToken('The token has expired'),
  token_not_active: invalidToken('The token is not active yet'),
  too_old: invalidToken('The token is too old'),
  claim_mismatch: invalidToken('A claim of the token has an unexpected value'),
  unknown_issuer: invalidToken('The issuer of the token is not known'),
  token_revoked: {
    ...invalidToken('The token has been revoked'),
    code: 'revoked_token',
  },
  credentials_conflict: {
    code: 'invalid_request',
    status: 400,
    error: 'invalid_request',
    description: 'More than one token was sent',
  },
  insufficient_scope: {
    code: 'insufficient_scope',
    status: 403,
    error: 'insufficient_scope',
    description: 'The token does not have the scope that is needed',
  },
  forbidden: {
    code: 'forbidden',
    status: 403,
    error: 'insufficient_scope',
    description: 'The token does not allow this',
  },
  csrf_failed: {
    code: 'csrf_failed',
    status: 403,
    description: 'The request may come from another site',
  },
  key_unavailable: UNAVAILABLE,
  revocation_unavailable: UNAVAILABLE,
} satisfies Record<string, ReasonRow>;

/**
 * Why a request was rejected.
 *
 * @example
 * ```ts
 * const mayRefresh = (reason: AuthReason) => reason === 'token_expired';
 * ```
 */
export type AuthReason = keyof typeof reasonTable;

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
}

/** A challenge can escape quotes and backslashes, but a header has only printable ASCII. */
const isPrintable = (value: unknown): value is string => {
  return typeof value === 'string' && /^[\x20-\x7e]+$/.test(value);
};

export const challengeRules: OptionRules = {
  realm: { expected: 'a non-empty string of printable ASCII', test: isPrintable },
  challengeParams: {
    expected: 'an object of printable ASCII strings, without realm, scope and error',
    test(value) {
      if (!isPlainObject(value)) return false;
      return Object.entries(value).every(([name, param]) => {
        const isReserved = /^(realm|scope|error|error_description)$/i.test(name);
        return /^[\w!#$%&'*+.^`|~-]+$/.test(name) && !isReserved && isPrintable(param);
      });
    },
  },
};

const authErrorRules: OptionRules = {
  ...challengeRules,
  inner: { expected: 'any value', test: () => true },
  scope: {
    expected: 'scopes without quotes, separated by single spaces',
    test: (value) => typeof value === 'string' && SCOPES.test(value),
  },
};

/** RFC 6749 §3.3: printable ASCII without `"` and `\`. */
const SCOPES = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;

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
}

const brand = Symbol.for('jotkit.AuthError');

/**
 * Rejects a request. Express, Fastify, Koa and Hono respond correctly without an error handler: they read
 * `status`, `headers` and `getResponse`. `stack` is empty, because some of them print it.
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
  /** 400, 401, 403 or 503. */
  readonly status: number;
  /** Equals {@link status}. */
  readonly statusCode: number;
  /** Sent as `error` in the body; the codes of express-jwt where they exist. */
  readonly code: string;
  /** Lets a front end decide, for example to refresh on `token_expired`. */
  readonly reason: AuthReason;
  /** `WWW-Authenticate`, `Cache-Control`, `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The cause, such as a JsonWebTokenError; not enumerable. */
  declare readonly inner?: unknown;

  constructor(reason: AuthReason, options: AuthErrorOptions = {}) {
    if (!Object.hasOwn(reasonTable, reason)) {
      const reasons = Object.keys(reasonTable).join(', ');
      throw usageError('ERR_OPTION_INVALID', `"reason" must be one of ${reasons}`);
    }
    const { code, status, description }: ReasonRow = reasonTable[reason];
    // Fastify and Koa respond with the message alone, so it names the reason.
    super(`${description} (${reason})`);
    defineHidden(this, 'stack', '');
    this.name = 'UnauthorizedError';
    this.status = status;
    this.statusCode = status;
    this.expose = status < 500;
    this.code = code;
    this.reason = reason;
    const own = checkOptions(options, authErrorRules) as AuthErrorOptions;
    this.headers = headersFor(reasonTable[reason], own);
    if (own.inner !== undefined) defineHidden(this, 'inner', own.inner);
  }

  /** Returns the JSON body: `{ error, error_description, reason }`. */
  toJSON(): AuthErrorBody {
    const { description } = reasonTable[this.reason];
    return { error: this.code, error_description: description, reason: this.reason };
  }

  /** Returns a `Response`, for fetch and Hono. */
  getResponse(): Response {
    const headers = { ...this.headers, 'Content-Type': 'application/json' };
    return new Response(JSON.stringify(this), { status: this.status, headers });
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
  return { 'WWW-Authenticate': challenge(row, options), 'Cache-Control': 'no-store' };
}

/** RFC 6750 §3.1: no error code for a request without a token. */
function challenge({ error, description }: ReasonRow, options: AuthErrorOptions): string {
  const { realm = 'api', challengeParams = {}, scope } = options;
  const params = {
    realm,
    ...(error && { error, error_description: description }),
    ...(scope && { scope }),
    ...challengeParams,
  };
  const pairs = Object.entries(params).map(([name, value]) => `${name}=${quoted(value)}`);
  return `Bearer ${pairs.join(', ')}`;
}

/** RFC 9110 §5.6.4. */
function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}
