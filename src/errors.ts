/** Defines the error classes and the list of error codes. */

/** Every `error.code`; the word after `ERR_` names the stage that failed. */
export const errorCodes = [
  'ERR_OPTION_INVALID',
  'ERR_TOKEN_MISSING',
  'ERR_TOKEN_TYPE',
  'ERR_TOKEN_TOO_LONG',
  'ERR_TOKEN_MALFORMED',
  'ERR_TOKEN_DUPLICATE_MEMBER',
  'ERR_TOKEN_ENCRYPTED',
  'ERR_TOKEN_KIND',
  'ERR_TOKEN_INACTIVE',
  'ERR_HEADER_INVALID',
  'ERR_HEADER_ALG',
  'ERR_HEADER_TYP',
  'ERR_HEADER_CRIT',
  'ERR_HEADER_KID',
  'ERR_KEY_MISSING',
  'ERR_KEY_INVALID',
  'ERR_KEY_TYPE',
  'ERR_KEY_WEAK',
  'ERR_KEY_NOT_FOUND',
  'ERR_KEY_SOURCE',
  'ERR_SIGNATURE_MISSING',
  'ERR_SIGNATURE_INVALID',
  'ERR_PAYLOAD_INVALID',
  'ERR_CLAIM_EXPIRED',
  'ERR_CLAIM_NOT_ACTIVE',
  'ERR_CLAIM_TOO_OLD',
  'ERR_CLAIM_MISSING',
  'ERR_CLAIM_INVALID',
  'ERR_CLAIM_MISMATCH',
  'ERR_CLAIM_SCHEMA',
  'ERR_PROOF_MISSING',
  'ERR_PROOF_INVALID',
  'ERR_PROOF_REPLAYED',
  'ERR_PROOF_NONCE',
  'ERR_PROOF_MISMATCH',
  'ERR_INTROSPECTION',
  'ERR_REPLAY_STORE',
  'ERR_SESSION_UNKNOWN',
  'ERR_SESSION_REVOKED',
  'ERR_SESSION_REUSED',
  'ERR_SESSION_AHEAD',
  'ERR_SESSION_SUPERSEDED',
  'ERR_SESSION_UNAVAILABLE',
] as const;

/**
 * The closed set of `error.code` values.
 *
 * @example
 * ```ts
 * const retry: ErrorCode[] = ['ERR_CLAIM_EXPIRED', 'ERR_CLAIM_TOO_OLD'];
 * const isRetry = ({ code }: JsonWebTokenError) => code !== undefined && retry.includes(code);
 * ```
 */
export type ErrorCode = (typeof errorCodes)[number];

/** Whether a value is one of the codes. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return errorCodes.includes(code as ErrorCode);
}

/**
 * The token is invalid. Respond with 401.
 *
 * `name` and `message` are own enumerable fields as in jsonwebtoken, so `JSON.stringify(error)` includes
 * them. {@link code} and {@link claim} are not enumerable.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * try {
 *   verify('not a token', JWT_SECRET);
 * } catch (error) {
 *   if (error instanceof JsonWebTokenError) console.log(error.message); // → jwt malformed
 * }
 * ```
 */
export class JsonWebTokenError extends Error {
  /** The second argument of the constructor. jotkit never sets it. */
  declare inner: Error;
  /** The rule that failed. Absent only on errors that jotkit did not create. */
  declare readonly code?: ErrorCode;
  /** The claim that the rule is about, for the `ERR_CLAIM_…` codes. */
  declare readonly claim?: string;
  /** What the option allows, for a claim that has another value. Not enumerable. */
  declare readonly expected?: unknown;
  /** What the token has instead. Not enumerable; may be personal data, so think before you log it. */
  declare readonly actual?: unknown;

  constructor(message: string, error?: Error) {
    // Without the message: super(message) would define it first and not enumerable, and JSON.stringify
    // shows name, then message. Redefining it costs a tenth of a rejection. The stack still begins with
    // both, because V8 writes it when it is read.
    super();
    this.name = new.target.prototype.name;
    this.message = message;
    if (error) this.inner = error;
  }
}

/**
 * The token has expired: `exp` has passed, or the token is older than `maxAge`.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * try {
 *   verify(sign({ exp: 1 }, JWT_SECRET), JWT_SECRET);
 * } catch (error) {
 *   if (error instanceof TokenExpiredError) console.log(error.expiredAt.getTime()); // → 1000
 * }
 * ```
 */
export class TokenExpiredError extends JsonWebTokenError {
  /** The time of expiry. */
  expiredAt: Date;

  constructor(message: string, expiredAt: Date) {
    super(message);
    this.expiredAt = expiredAt;
  }
}

/**
 * The token is not active yet: `nbf` is in the future.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * try {
 *   verify(sign({}, JWT_SECRET, { notBefore: '1h' }), JWT_SECRET);
 * } catch (error) {
 *   if (error instanceof NotBeforeError) console.log(error.date > new Date()); // → true
 * }
 * ```
 */
export class NotBeforeError extends JsonWebTokenError {
  /** The time from which it is active. */
  date: Date;

  constructor(message: string, date: Date) {
    super(message);
    this.date = date;
  }
}

/**
 * The key source failed, so the token may be valid. Respond with 503, not 401.
 * `cause` is what the source threw.
 *
 * @example
 * ```ts
 * const statusOf = (error: unknown) => (error instanceof KeySourceError ? 503 : 401);
 * ```
 */
export class KeySourceError extends Error {
  declare readonly code: ErrorCode;

  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    withCode(this, 'ERR_KEY_SOURCE');
  }
}

nameErrors(JsonWebTokenError, 'JsonWebTokenError');
nameErrors(TokenExpiredError, 'TokenExpiredError');
nameErrors(NotBeforeError, 'NotBeforeError');
nameErrors(KeySourceError, 'KeySourceError');

/**
 * Sets the name on the prototype, so that the stack of a subclass begins with its own name. Both members are
 * writable there: a frozen Error.prototype would forbid to assign them to an error.
 */
export function nameErrors(type: new (...args: never[]) => Error, name: string): void {
  defineHidden(type.prototype, 'name', name);
  defineHidden(type.prototype, 'message', '');
}

/** Sets `code` and `claim`, which are not enumerable. */
export function withCode<E extends Error>(error: E, code: ErrorCode, claim?: string): E {
  defineHidden(error, 'code', code);
  if (claim !== undefined) defineHidden(error, 'claim', claim);
  return error;
}

/**
 * Runs a public function, and lets the stack of its usage errors begin with the caller's line. `entry` is
 * the function that the caller called.
 */
export function withCallerStack<Result>(
  entry: (...args: never[]) => unknown,
  run: () => Result,
): Result {
  try {
    return run();
  } catch (error) {
    // Not errors of the caller's own functions, such as getters.
    const isUsageError = error instanceof TypeError && Object.hasOwn(error, 'code');
    if (isUsageError) Error.captureStackTrace?.(error, entry);
    throw error;
  }
}

/** Sets a field that is not enumerable. */
export function defineHidden(error: Error, name: string, value: unknown): void {
  // Without a prototype: a polluted `get` would make every rejection a TypeError.
  const descriptor = { __proto__: null, value, configurable: true, writable: true };
  Object.defineProperty(error, name, descriptor);
}

/** Creates the error for an invalid token. */
export function tokenError(code: ErrorCode, message: string, claim?: string): JsonWebTokenError {
  return withCode(new JsonWebTokenError(message), code, claim);
}

/** Creates the error for a wrong argument of jotkit's own functions. */
export function usageError(code: ErrorCode, message: string): TypeError {
  return withCode(new TypeError(message), code);
}

/** Creates the plain Error of jsonwebtoken for a wrong argument. */
export function plainError(code: ErrorCode, message: string): Error {
  return withCode(new Error(message), code);
}
