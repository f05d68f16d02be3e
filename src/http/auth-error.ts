/** Why a request is refused, and how it is told: RFC 6750 §3, RFC 9110 §11.6.1. */

import { copyOwnProperties } from '../core/option-rules.ts';
import { defineHidden, nameErrors, usageError } from '../errors.ts';

/** What a refusal looks like; `error` is the parameter of the challenge. */
interface Row {
  readonly code: string;
  readonly status: number;
  readonly error?: string;
  readonly description: string;
}

const invalid = (description: string): Row => ({
  code: 'invalid_token',
  status: 401,
  error: 'invalid_token',
  description,
});

const unavailable: Row = {
  code: 'unavailable',
  status: 503,
  description: 'The token cannot be checked at the moment',
};

/** Descriptions are constants: nothing that came with the request is sent back. */
const table = {
  token_missing: {
    code: 'credentials_required',
    status: 401,
    description: 'No token was sent',
  },
  token_malformed: invalid('The token is malformed'),
  signature_invalid: invalid('The signature of the token is invalid'),
  alg_not_allowed: invalid('The algorithm of the token is not allowed'),
  typ_not_allowed: invalid('The token is of another type'),
  token_expired: invalid('The token has expired'),
  token_not_active: invalid('The token is not active yet'),
  too_old: invalid('The token is too old'),
  claim_mismatch: invalid('A claim of the token is not the expected one'),
  unknown_issuer: invalid('The issuer of the token is not known'),
  token_revoked: {
    ...invalid('The token has been revoked'),
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
  key_unavailable: unavailable,
  revocation_unavailable: unavailable,
} satisfies Record<string, Row>;

/**
 * Why a request was refused.
 *
 * @example
 * ```ts
 * const mayRefresh = (reason: AuthReason) => reason === 'token_expired';
 * ```
 */
export type AuthReason = keyof typeof table;

/**
 * What {@link AuthError} is made of beside its reason.
 *
 * @example
 * ```ts
 * const options: AuthErrorOptions = { realm: 'orders', scope: 'orders:read' };
 * ```
 */
export interface AuthErrorOptions {
  /** The error behind it; not shown to the client. */
  inner?: unknown;
  /** `realm` of the challenge. Default `api`. */
  realm?: string;
  /** More parameters of the challenge, such as `resource_metadata` (RFC 9728). */
  challengeParams?: Readonly<Record<string, string>>;
  /** `scope` of the challenge: the scopes that are needed, with spaces between them. */
  scope?: string;
}

/** Seconds after which a client may ask again when keys or revocations could not be looked up. */
const RETRY_AFTER = '5';

/**
 * The body of the answer where jotkit writes it.
 *
 * @example
 * ```ts
 * const isExpired = (body: AuthErrorBody) => body.reason === 'token_expired';
 * ```
 */
export interface AuthErrorBody {
  /** As {@link AuthError.code}. */
  error: string;
  error_description: string;
  reason: AuthReason;
}

const brand = Symbol.for('jotkit.AuthError');

/**
 * The request is refused. Express, Fastify, Koa and Hono make the right answer of it without a handler:
 * they read `status`, `headers` and `getResponse`. `stack` is empty, because some of them print it.
 *
 * `instanceof` knows it across module formats.
 *
 * @example
 * ```ts
 * const error = new AuthError('token_expired');
 * console.log(error.status, error.code, error.headers['WWW-Authenticate']);
 * ```
 */
export class AuthError extends Error {
  /** Whether the message may be shown: it is a constant, but a 503 is worth a line in the log. */
  readonly expose: boolean;
  /** 400, 401, 403 or 503. */
  readonly status: number;
  /** As {@link status}. */
  readonly statusCode: number;
  /** In the words of express-jwt where it has one. */
  readonly code: string;
  /** What a front end needs to decide, for example to refresh on `token_expired`. */
  readonly reason: AuthReason;
  /** `WWW-Authenticate`, `Cache-Control`, `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The error behind it, such as a JsonWebTokenError; not enumerable. */
  declare readonly inner?: unknown;

  constructor(reason: AuthReason, options: AuthErrorOptions = {}) {
    if (!Object.hasOwn(table, reason)) {
      throw usageError('ERR_OPTION_INVALID', `reason must be one of ${reasons.join(', ')}`);
    }
    const { code, status, description }: Row = table[reason];
    super(description);
    defineHidden(this, 'stack', '');
    this.name = 'UnauthorizedError';
    this.status = status;
    this.statusCode = status;
    this.expose = status < 500;
    this.code = code;
    this.reason = reason;
    const own: AuthErrorOptions = copyOwnProperties(options);
    this.headers = headersFor(table[reason], own);
    if (own.inner !== undefined) defineHidden(this, 'inner', own.inner);
  }

  /** What the client is told: `{ error, error_description, reason }`. */
  toJSON(): AuthErrorBody {
    return { error: this.code, error_description: this.message, reason: this.reason };
  }

  /** The answer as fetch and Hono have it. */
  getResponse(): Response {
    const headers = { ...this.headers, 'Content-Type': 'application/json' };
    return new Response(JSON.stringify(this), { status: this.status, headers });
  }
}

nameErrors(AuthError, 'UnauthorizedError');
// Descriptors without a prototype: a polluted one would supply `get`.
const isBranded = { __proto__: null, value: true };
Object.defineProperty(AuthError.prototype, brand, isBranded);
const hasInstance = {
  __proto__: null,
  value(this: unknown, error: unknown): boolean {
    // Of a subclass only its own instances; of this class those of another copy of it, too.
    if (this !== AuthError) return Function.prototype[Symbol.hasInstance].call(this, error);
    return typeof error === 'object' && error !== null && brand in error;
  },
};
Object.defineProperty(AuthError, Symbol.hasInstance, hasInstance);

const reasons = Object.keys(table);

function headersFor(row: Row, options: AuthErrorOptions): Record<string, string> {
  if (row.status === 503) return { 'Retry-After': RETRY_AFTER, 'Cache-Control': 'no-store' };
  if (row.status === 403 && !row.error) return { 'Cache-Control': 'no-store' };
  return { 'WWW-Authenticate': challenge(row, options), 'Cache-Control': 'no-store' };
}

/** RFC 6750 §3.1: a request without a token is told nothing but where it is. */
function challenge({ error, description }: Row, options: AuthErrorOptions): string {
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
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
