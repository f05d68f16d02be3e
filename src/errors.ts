/** The error classes and the one table of codes. */

/** Every `error.code`; the word after `ERR_` names the stage that refused. */
export const errorCodes = {
  ERR_OPTION_INVALID: 'an option is unknown, of the wrong type, or contradicts another',
  ERR_TOKEN_MISSING: 'no token was given',
  ERR_TOKEN_TYPE: 'the token is not a string',
  ERR_TOKEN_TOO_LONG: 'the token is longer than maxTokenLength',
  ERR_TOKEN_MALFORMED: 'the token is not three parts of canonical base64url',
  ERR_TOKEN_ENCRYPTED: 'the token has five parts: an encrypted JWE, which is not verified here',
  ERR_HEADER_INVALID: 'the header is not the UTF-8 text of one JSON object',
  ERR_HEADER_ALG: 'the "alg" of the header is not allowed',
  ERR_HEADER_TYP: 'the "typ" of the header is not the expected one',
  ERR_HEADER_CRIT: 'the header demands an extension that is not understood',
  ERR_HEADER_KID: 'the "kid" of the header is not a short printable string',
  ERR_KEY_MISSING: 'no key was given',
  ERR_KEY_INVALID: 'the key argument is not usable key material',
  ERR_KEY_TYPE: 'the key does not fit the algorithm or the purpose',
  ERR_KEY_WEAK: 'the key is smaller than its algorithm demands',
  ERR_KEY_NOT_FOUND: 'the key source knows no key for this token',
  ERR_KEY_SOURCE: 'the key source failed: nothing is known about the token',
  ERR_SIGNATURE_MISSING: 'the token is not signed',
  ERR_SIGNATURE_INVALID: 'the signature does not match',
  ERR_PAYLOAD_INVALID: 'the payload cannot be signed, or is not what a JWT carries',
  ERR_CLAIM_EXPIRED: 'the time named by "exp" has come',
  ERR_CLAIM_NOT_ACTIVE: 'the time named by "nbf" has not come',
  ERR_CLAIM_TOO_OLD: '"iat" is further back than maxAge',
  ERR_CLAIM_MISSING: 'a claim that is needed is absent',
  ERR_CLAIM_INVALID: 'a claim has the wrong type, or stands in payload and options',
  ERR_CLAIM_MISMATCH: 'a claim is not the expected one',
  ERR_CLAIM_SCHEMA: 'the schema refused the claims',
  ERR_SESSION_UNKNOWN: 'no such session: it ended, was logged out, or never was',
  ERR_SESSION_REVOKED: 'the session was ended because one of its refresh tokens came twice',
  ERR_SESSION_REUSED: 'a refresh token that was replaced came again: the session is ended',
  ERR_SESSION_AHEAD: 'the refresh token is newer than what the store knows of its session',
  ERR_SESSION_UNAVAILABLE: 'the session store failed: nothing is known about the session',
} as const;

/**
 * The closed set of `error.code` values.
 *
 * @example
 * ```ts
 * const retry: ErrorCode[] = ['ERR_CLAIM_EXPIRED', 'ERR_CLAIM_TOO_OLD'];
 * if (error instanceof JsonWebTokenError && error.code) console.log(retry.includes(error.code));
 * ```
 */
export type ErrorCode = keyof typeof errorCodes;

/**
 * The token was refused, and the token is to blame: answer 401.
 *
 * `name` and `message` are own enumerable fields as in jsonwebtoken, so `JSON.stringify(error)`
 * tells both; {@link code} and {@link claim} are not enumerable.
 *
 * @example
 * ```ts
 * try {
 *   verify(token, secret);
 * } catch (error) {
 *   if (error instanceof JsonWebTokenError) console.log(error.code, error.message);
 * }
 * ```
 */
export class JsonWebTokenError extends Error {
  /** The error handed to the constructor; jotkit itself never sets it. */
  declare inner: Error;
  /** Which rule refused. Absent only on errors that were not made by jotkit. */
  declare readonly code?: ErrorCode;
  /** The claim at fault, for the `ERR_CLAIM_…` codes. */
  declare readonly claim?: string;

  constructor(message: string, error?: Error) {
    // Without the message, which would come first and not be enumerable: JSON.stringify has always shown
    // name and message. To delete and set it again would cost a refusal a tenth of its time. The stack
    // opens with both all the same, because its text is made when it is read.
    super();
    this.name = new.target.prototype.name;
    this.message = message;
    if (error) this.inner = error;
  }
}

/**
 * The token was good once: its `exp` has passed, or it is older than `maxAge`.
 *
 * @example
 * ```ts
 * if (error instanceof TokenExpiredError) console.log('since', error.expiredAt);
 * ```
 */
export class TokenExpiredError extends JsonWebTokenError {
  /** When it ended. */
  expiredAt: Date;

  constructor(message: string, expiredAt: Date) {
    super(message);
    this.expiredAt = expiredAt;
  }
}

/**
 * The token is not good yet: its `nbf` lies ahead.
 *
 * @example
 * ```ts
 * if (error instanceof NotBeforeError) console.log('not before', error.date);
 * ```
 */
export class NotBeforeError extends JsonWebTokenError {
  /** When it begins. */
  date: Date;

  constructor(message: string, date: Date) {
    super(message);
    this.date = date;
  }
}

/**
 * The key source failed, so nothing is known about the token: answer 503, not 401.
 * `cause` holds what the source threw.
 *
 * @example
 * ```ts
 * if (error instanceof KeySourceError) response.statusCode = 503;
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
 * Sets the name on the prototype, so that the stack of a subclass opens with its own name. Both members are
 * writable there: a frozen Error.prototype would forbid to assign them to an error.
 */
export function nameErrors(type: new (...args: never[]) => Error, name: string): void {
  defineHidden(type.prototype, 'name', name);
  defineHidden(type.prototype, 'message', '');
}

/** Adds the code, and the claim at fault, out of sight of `JSON.stringify`. */
export function withCode<E extends Error>(error: E, code: ErrorCode, claim?: string): E {
  defineHidden(error, 'code', code);
  if (claim !== undefined) defineHidden(error, 'claim', claim);
  return error;
}

/** Sets a field that is not enumerable. */
export function defineHidden(error: Error, name: string, value: unknown): void {
  // Without a prototype: a polluted `get` would make every refusal a TypeError.
  const descriptor = { __proto__: null, value, configurable: true, writable: true };
  Object.defineProperty(error, name, descriptor);
}

/** The token's fault. */
export function tokenError(code: ErrorCode, message: string, claim?: string): JsonWebTokenError {
  return withCode(new JsonWebTokenError(message), code, claim);
}

/** The programmer's fault. */
export function usageError(code: ErrorCode, message: string): TypeError {
  return withCode(new TypeError(message), code);
}

/** The programmer's fault, where jsonwebtoken has a plain Error. */
export function plainError(code: ErrorCode, message: string): Error {
  return withCode(new Error(message), code);
}
