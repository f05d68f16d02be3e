/** The options of every adapter: what they may be, and what is compiled of them. */

import type { KeyInput, KeySource } from '../core/keys/key-input.ts';
import * as option from '../core/option-rules.ts';
import type { StandardSchema } from '../core/token/standard-schema.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { type VerifierOptions, verifierRules } from '../core/verify/create-verifier.ts';
import { usageError } from '../errors.ts';
import type { Auth } from './auth.ts';
import { type CsrfOptions, csrfRule } from './csrf.ts';
import type { Extractor } from './extractors.ts';
import { type Demand, roleRule, rolesDemand, scopeRule, scopesDemand } from './guards.ts';
import type { RequestLike } from './request.ts';
import { guardedVerifier, type TokenVerifier, verifierFor } from './token-verifier.ts';

/**
 * Options of {@link createAuthenticator} and of every adapter: those of `createVerifier`, and these. An
 * option that is present and undefined, empty, misspelt or of another type is a TypeError.
 *
 * `Context` is what the framework has for a request; hooks get it as their last argument. They are methods to
 * the compiler, so that they may name the type that their framework has for it.
 *
 * @example
 * ```ts
 * const options: AuthenticatorOptions = {
 *   key: secret,
 *   audience: 'api',
 *   scopes: ['orders:read'],
 *   isRevoked: async ({ payload }) => payload.jti === 'stolen',
 * };
 * ```
 */
export interface AuthenticatorOptions<
  Claims extends object = JwtPayload,
  User = Claims,
  Context = unknown,
> extends Omit<VerifierOptions, 'complete' | 'schema'> {
  /** A key, keys to try in order (rotation, at most 16), or a KeySource, which gets the context, too. */
  key?: KeyInput | readonly KeyInput[] | KeySource;
  /** Instead of `key`: a prepared verifier, for example of several issuers. */
  verifier?: TokenVerifier;
  /** A Standard Schema validator; what it answers with becomes the payload. */
  schema?: StandardSchema<Claims> | false;
  /** Where the token stands; the first that has one counts, cookies last. Default: `bearer()`. */
  from?: Extractor<Context> | readonly Extractor<Context>[];
  /** `reject` refuses a request with tokens in more than one place (400). Default: `first`. */
  multiple?: 'first' | 'reject';
  /** Refuse a request without a token. Default: true. */
  credentialsRequired?: boolean;
  /** `anonymous` treats a bad token as none, with `credentialsRequired: false`. Default: `reject`. */
  onInvalid?: 'reject' | 'anonymous';
  /** Lets requests through without a look at their token. */
  skip?(request: RequestLike, context: Context): boolean;
  /** How requests with a cookie are held against forgery. Default: true. */
  csrf?: boolean | CsrfOptions;
  /**
   * Whether the token was taken back: true or false, or a promise. Ask by `jti` or session id, not by the
   * text of the token. What it throws is a 503, unless it is an AuthError; see `onUnavailable`.
   */
  isRevoked?(auth: Auth<Claims, unknown>, context: Context): boolean | Promise<boolean>;
  /** `allow` lets requests through where `isRevoked` fails. Default: `reject`, a 503. */
  onUnavailable?: 'reject' | 'allow';
  /** Scopes that the token must have, all of them. */
  scopes?: string | readonly string[];
  /** Scopes of which the token must have one. */
  anyScope?: string | readonly string[];
  /** Roles that the token must have, all of them. */
  roles?: string | readonly string[];
  /** Roles of which the token must have one. */
  anyRole?: string | readonly string[];
  /** Whether the request is allowed: true or false, or a promise. False is a 403. */
  authorize?(auth: Auth<Claims, unknown>, context: Context): boolean | Promise<boolean>;
  /** The user, who lands on the request. Null or undefined: there is none any more, a 401. */
  user?(
    auth: Auth<Claims, unknown>,
    context: Context,
  ): User | null | undefined | Promise<User | null | undefined>;
  /** `realm` of the challenge. Default: `api`. */
  realm?: string;
  /** More parameters of the challenge, such as `resource_metadata` (RFC 9728). */
  challengeParams?: Readonly<Record<string, string>>;
}

/** Options that are known to let no request in without a token. */
export type Strict = { credentialsRequired?: true; skip?: never };

const word = (...words: string[]): option.OptionRule => ({
  expected: words.map((word) => `"${word}"`).join(' or '),
  test: (value) => words.includes(value as string),
});

/** Quotes and backslashes are escaped; what is not printable ASCII has no place in a header. */
const isPrintable = (value: unknown): value is string => {
  return typeof value === 'string' && /^[\x20-\x7e]+$/.test(value);
};

const { complete: _, ...verifierOptions } = verifierRules;

const ownRules: option.OptionRules = {
  key: { expected: 'a key, an array of keys, or a KeySource', test: () => true },
  verifier: option.callable,
  from: {
    expected: 'an extractor such as bearer(), or a non-empty array of these',
    test: (value) => {
      if (!Array.isArray(value)) return typeof value === 'function';
      return value.length > 0 && [...value].every((one) => typeof one === 'function');
    },
  },
  multiple: word('first', 'reject'),
  credentialsRequired: option.boolean,
  onInvalid: word('reject', 'anonymous'),
  skip: option.callable,
  csrf: csrfRule,
  isRevoked: option.callable,
  onUnavailable: word('reject', 'allow'),
  scopes: scopeRule,
  anyScope: scopeRule,
  roles: roleRule,
  anyRole: roleRule,
  authorize: option.callable,
  user: option.callable,
  realm: { expected: 'a non-empty string of printable ASCII', test: isPrintable },
  challengeParams: {
    expected: 'an object of printable ASCII strings, without realm, scope and error',
    test(value) {
      if (!option.isPlainObject(value)) return false;
      return Object.entries(value).every(([name, text]) => {
        const taken = /^(realm|scope|error|error_description)$/i.test(name);
        return /^[\w!#$%&'*+.^`|~-]+$/.test(name) && !taken && isPrintable(text);
      });
    },
  },
};

/** Options whose values have the types that the rules name. */
type Checked = Omit<
  AuthenticatorOptions,
  'schema' | 'from' | 'skip' | 'isRevoked' | 'authorize' | 'user'
>;

export function checkOptions<Options extends object>(options: Options): Options {
  return option.checkOptions(options, { ...ownRules, ...verifierOptions }) as Options;
}

/** Access tokens, by the name of RFC 9068, by the general name, or without one; no refresh token. */
const ACCESS_TYPES = [null, 'JWT', 'at+jwt'] as const;

/** The verifier that the options describe, or bring. */
export function compileVerifier(own: Checked): TokenVerifier {
  const typ = own.typ ?? ACCESS_TYPES;
  const given: VerifierOptions = {};
  for (const name of Object.keys(verifierOptions)) {
    if (Object.hasOwn(own, name)) Object.assign(given, { [name]: Reflect.get(own, name) });
  }
  if (!own.verifier) return verifierFor(own.key, { ...given, typ });

  const { typ: _, clock: __, ...others } = given;
  const [other] = [...Object.keys(others), ...(own.key === undefined ? [] : ['key'])];
  if (other) {
    throw usageError(
      'ERR_OPTION_INVALID',
      `"${other}" may not stand beside "verifier", which decides it`,
    );
  }
  return guardedVerifier(own.verifier, typ === false ? undefined : asList(typ));
}

/** The scopes and roles that the options demand. */
export function compileDemands(own: Checked): Demand[] {
  const demands: Demand[] = [];
  if (own.scopes) demands.push(scopesDemand(asList(own.scopes), 'every'));
  if (own.anyScope) demands.push(scopesDemand(asList(own.anyScope), 'some'));
  if (own.roles) demands.push(rolesDemand(asList(own.roles), 'every'));
  if (own.anyRole) demands.push(rolesDemand(asList(own.anyRole), 'some'));
  return demands;
}

export function asList<Item>(value: Item | readonly Item[]): readonly Item[] {
  return Array.isArray(value) ? value : [value as Item];
}
