/** Defines the error classes and the table of error codes. */

/** Every `error.code`; the word after `ERR_` names the stage that failed. */
export const errorCodes = {
  ERR_OPTION_INVALID: 'an option is unknown, of the wrong type, or contradicts another',
  ERR_TOKEN_MISSING: 'the token is absent or empty',
  ERR_TOKEN_TYPE: 'the token is not a string',
  ERR_TOKEN_TOO_LONG: 'the token is longer than maxTokenLength',
  ERR_TOKEN_MALFORMED: 'the token is not three parts of canonical base64url',
  ERR_TOKEN_DUPLICATE_MEMBER: 'an object in the token has two members of one name',
  ERR_TOKEN_ENCRYPTED: 'the token has five parts: an encrypted JWE, which is not verified here',
  ERR_HEADER_INVALID: 'the header is not one JSON object in UTF-8',
  ERR_HEADER_ALG: 'the "alg" of the header is not allowed',
  ERR_HEADER_TYP: 'the "typ" of the header is not the expected one',
  ERR_HEADER_CRIT: 'the header requires an extension that jotkit does not support',
  ERR_HEADER_KID: 'the "kid" of the header is not a short printable string',
  ERR_KEY_MISSING: 'the key is absent or empty',
  ERR_KEY_INVALID: 'the key argument is not usable key material',
  ERR_KEY_TYPE: 'the key does not fit the algorithm or the use',
  ERR_KEY_WEAK: 'the key is smaller than its algorithm requires',
  ERR_KEY_NOT_FOUND: 'the key source has no key for this token',
  ERR_KEY_SOURCE: 'the key source failed; the token may be valid',
  ERR_SIGNATURE_MISSING: 'the token has no signature',
  ERR_SIGNATURE_INVALID: 'the signature does not match the key',
  ERR_PAYLOAD_INVALID: 'the payload cannot be signed, or is not a JSON object',
  ERR_CLAIM_EXPIRED: 'the token has expired',
  ERR_CLAIM_NOT_ACTIVE: 'the token is not active yet',
  ERR_CLAIM_TOO_OLD: '"iat" is older than maxAge',
  ERR_CLAIM_MISSING: 'a required claim is absent',
  ERR_CLAIM_INVALID: 'a claim has the wrong type, or is in both payload and options',
  ERR_CLAIM_MISMATCH: 'a claim has another value than the expected one',
  ERR_CLAIM_SCHEMA: 'the claims do not match the schema',
  ERR_SESSION_UNKNOWN: 'the session does not exist: it ended or was logged out',
  ERR_SESSION_REVOKED:
    'the session was revoked: a refresh token was reused, or newer than the store',
  ERR_SESSION_REUSED: 'the refresh token was reused, so the session is revoked',
  ERR_SESSION_AHEAD: 'the refresh token is newer than the store, so the session is revoked',
  ERR_SESSION_SUPERSEDED: 'concurrent refreshes replaced the refresh token; the session is live',
  ERR_SESSION_UNAVAILABLE: 'the session store failed; the session may be valid',
} as const;

/**
 * The closed set of `error.code` values.
 *
 * @example
 * ```ts
 * const retry: ErrorCode[] = ['ERR_CLAIM_EXPIRED', 'ERR_CLAIM_TOO_OLD'];
 * const isRetry = ({ code }: JsonWebTokenError) => code !== undefined && retry.includes(code);
 * ```
 */
export type ErrorCode = keyof typeof errorCodes;

/** Whether a value is one of the codes. Own members only, so not `constructor`. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCodes, code);
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
