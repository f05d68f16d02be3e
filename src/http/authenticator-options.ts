/** The options of every adapter: their types, their rules and what they compile to. */

import type { KeyInput, KeySource } from '../core/keys/key-input.ts';
import * as option from '../core/option-rules.ts';
import type { StandardSchema } from '../core/token/standard-schema.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { type VerifierOptions, verifierRules } from '../core/verify/verifier-options.ts';
import { usageError } from '../errors.ts';
import type { Auth } from './auth.ts';
import { challengeRules } from './auth-error.ts';
import { checkSenderOptions, type SenderOptions } from './bound-token.ts';
import { type CsrfOptions, csrfRule } from './csrf.ts';
import { type Extractor, isExtractor } from './extractors.ts';
import { type GrantSource, grantSourceRule } from './grants.ts';
import { type ImpliedScopes, impliesRule } from './implied-scopes.ts';
import { oneOf } from './one-of.ts';
import {
  besideResource,
  type NeverBesideResource,
  type ProtectedResource,
  planOf,
  type ResourcePlan,
} from './protected-resource.ts';
import type { RequestLike } from './request.ts';
import {
  type Requirement,
  roleRule,
  rolesRequirement,
  scopeRule,
  scopesRequirement,
} from './requirements.ts';
import { type CertificateSource, isSenderProof, type SenderProof } from './sender-proof.ts';
import {
  createKeyVerifier,
  type ResultVerifier,
  type TokenVerifier,
  wrapVerifier,
} from './token-verifier.ts';

/**
 * What verifies tokens: one of `key`, `verifier` and `resource`.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const verification: KeyOrVerifier = { key: JWT_SECRET };
 * const authenticate = createAuthenticator({ ...verification, audience: 'api' });
 * ```
 */
export type KeyOrVerifier =
  | {
      /** Instead of `key`: a verifier, for example for several issuers. */
      verifier: TokenVerifier;
      key?: never;
      resource?: never;
    }
  | {
      /** A key, up to 16 keys to try in order (rotation), or a KeySource, which also receives the context. */
      key: KeyInput | readonly KeyInput[] | KeySource;
      verifier?: never;
      resource?: never;
    }
  | ({
      /** Instead of `key`: what `createResource` returned. Challenges name its metadata (RFC 9728 §5.1). */
      resource: ProtectedResource;
    } & NeverBesideResource);

/**
 * Options of {@link createAuthenticator} and of every adapter, in addition to those of `createVerifier`. Set
 * one of `key`, `verifier` and `resource`. An option that is undefined, empty, misspelled or of the wrong type throws
 * TypeError.
 *
 * `Context` is the framework's own request or context; hooks receive it as their last argument. Hooks are
 * declared as methods, so that yours can name the type of your framework.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const options: AuthenticatorOptions = {
 *   key: JWT_SECRET,
 *   audience: 'api',
 *   scopes: ['orders:read'],
 *   isRevoked: async ({ payload }) => payload.jti === 'stolen',
 * };
 * ```
 */
export type AuthenticatorOptions<
  Claims extends object = JwtPayload,
  User = Claims,
  Context = unknown,
> = KeyOrVerifier & AuthenticatorSettings<Claims, User, Context>;

/**
 * The options beside `key`, `verifier` and `resource`.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const settings: AuthenticatorSettings = { audience: 'api', scopes: ['orders:read'] };
 * const authenticate = createAuthenticator({ key: JWT_SECRET, ...settings });
 * ```
 */
export interface AuthenticatorSettings<
  Claims extends object = JwtPayload,
  User = Claims,
  Context = unknown,
> extends Omit<VerifierOptions, 'complete' | 'schema'> {
  /** A Standard Schema validator; its output becomes the payload. */
  schema?: StandardSchema<Claims> | false;
  /** Where to find the token. The first match is used; cookies are read last. Default: `bearer()`. */
  from?: Extractor<Context> | readonly Extractor<Context>[];
  /** `'reject'` responds with 400 to tokens in more than one place. Default: `'first'`. */
  multiple?: 'first' | 'reject';
  /** Whether to reject requests without a token. Default: true. */
  credentialsRequired?: boolean;
  /** `'anonymous'` ignores invalid tokens; needs `credentialsRequired: false`. Default: `'reject'`. */
  onInvalid?: 'reject' | 'anonymous';
  /** Accepts a request without checking its token. */
  skip?(request: RequestLike, context: Context): boolean | Promise<boolean>;
  /** Protects requests with a cookie against CSRF. Default: true. */
  csrf?: boolean | CsrfOptions;
  /**
   * Whether the token is revoked. Look up `jti` or the session id, never the token string. An error becomes
   * a 503, unless it is an AuthError; see `onUnavailable`.
   */
  isRevoked?(auth: Auth<Claims, unknown>, context: Context): boolean | Promise<boolean>;
  /** `'allow'` accepts requests if `isRevoked` fails. Default: `'reject'`, a 503. */
  onUnavailable?: 'reject' | 'allow';
  /** Where the token has its scopes; see {@link GrantSource}. Default: `scope`, else `scp`, else `permissions`. */
  scopesFrom?: GrantSource<Claims>;
  /** Where the token has its roles; see {@link GrantSource}. Default: `roles`, else `role`. */
  rolesFrom?: GrantSource<Claims>;
  /** Which scopes a scope implies; see {@link ImpliedScopes}. Default: none. */
  implies?: ImpliedScopes;
  /** Scopes that the token must all have. Challenges name them. */
  scopes?: string | readonly string[];
  /** Scopes of which the token must have at least one. */
  anyScope?: string | readonly string[];
  /** Roles that the token must all have. */
  roles?: string | readonly string[];
  /** Roles of which the token must have at least one. */
  anyRole?: string | readonly string[];
  /**
   * Returns the user to attach to the request. Return `null` to reject the request with 401, for example if
   * the account was deleted.
   */
  user?(
    auth: Auth<Claims, unknown>,
    context: Context,
  ): User | null | undefined | Promise<User | null | undefined>;
  /**
   * Whether the request is allowed; `false` becomes a 403. `auth.user` is the result of `user`. TypeScript
   * infers its type if you write `authorize` below `user`.
   */
  authorize?(auth: Auth<Claims, User>, context: Context): boolean | Promise<boolean>;
  /** Verifies DPoP proofs, for tokens with `cnf.jkt` (RFC 9449); see `createDpop` of `jotkit/dpop`. */
  dpop?: SenderProof;
  /** Reads the client's certificate, for tokens with `cnf["x5t#S256"]` (RFC 8705). */
  mtls?: CertificateSource;
  /** Whether to accept tokens that are bound to a key without its proof: only behind a gateway that verifies it. Default: false. */
  allowUnconfirmed?: boolean;
  /** `realm` of the challenge. Default: `api`. */
  realm?: string;
  /** More parameters of the challenge, such as `resource_metadata` (RFC 9728). */
  challengeParams?: Readonly<Record<string, string>>;
}

/** Options that never accept a request without a token. */
export type Strict = { credentialsRequired?: true; skip?: never };

const { complete: _, ...sharedVerifierRules } = verifierRules;

const authenticatorRules: option.OptionRules = {
  key: { expected: 'a key, an array of keys, or a KeySource', test: () => true },
  verifier: option.callable,
  resource: {
    expected: 'what createResource() returned',
    test: (value) => planOf(value) !== undefined,
  },
  from: {
    expected: 'an extractor such as bearer(), not bearer, or a non-empty array of these',
    test: (value) => {
      if (!Array.isArray(value)) return isExtractor(value);
      return value.length > 0 && [...value].every(isExtractor);
    },
  },
  multiple: oneOf('first', 'reject'),
  credentialsRequired: option.boolean,
  onInvalid: oneOf('reject', 'anonymous'),
  skip: option.callable,
  csrf: csrfRule,
  isRevoked: option.callable,
  onUnavailable: oneOf('reject', 'allow'),
  scopesFrom: grantSourceRule,
  rolesFrom: grantSourceRule,
  implies: impliesRule,
  scopes: scopeRule,
  anyScope: scopeRule,
  roles: roleRule,
  anyRole: roleRule,
  user: option.callable,
  authorize: option.callable,
  dpop: {
    expected: 'what createDpop() returned',
    test: isSenderProof,
  },
  mtls: option.callable,
  allowUnconfirmed: option.boolean,
  ...challengeRules,
};

/** Options after the rules have checked their types. */
type CheckedOptions = KeyOrVerifier &
  Omit<
    AuthenticatorSettings<object, unknown, unknown>,
    'schema' | 'from' | 'skip' | 'isRevoked' | 'scopesFrom' | 'rolesFrom' | 'user' | 'authorize'
  >;

/** What a resource already decides. */
const ofResource = ['key', 'verifier', 'dpop', 'mtls', 'allowUnconfirmed'];

/** Returns the plan of `resource`, if it is set. Rejects options that would contradict the resource. */
export function compileResource(
  own: CheckedOptions,
  extractors: readonly Extractor<never>[],
): ResourcePlan | undefined {
  const plan = planOf(own.resource);
  if (!plan) return undefined;
  const other = [...ofResource, ...Object.keys(sharedVerifierRules)].find((name) =>
    Object.hasOwn(own, name),
  );
  if (other) throw usageError('ERR_OPTION_INVALID', besideResource(other));
  // RFC 6750 §2.3, and a MUST NOT of MCP.
  if (extractors.some(({ source }) => source === 'query')) {
    const message = '"from" must not contain query() beside "resource": URLs are logged';
    throw usageError('ERR_OPTION_INVALID', message);
  }
  return plan;
}

/** What other middleware calls these options. */
const foreignNames = {
  secret: 'key',
  secretOrKey: 'key',
  getToken: 'from',
  jwtFromRequest: 'from',
};

export function checkAuthenticatorOptions<Options extends object>(options: Options): Options {
  for (const [name, own] of Object.entries(foreignNames)) {
    if (!Object.hasOwn(Object(options), name)) continue;
    throw usageError('ERR_OPTION_INVALID', `"${name}" is not an option: did you mean "${own}"?`);
  }
  return option.checkOptions(options, { ...authenticatorRules, ...sharedVerifierRules }) as Options;
}

/** Access tokens: without `typ`, `JWT`, or `at+jwt` of RFC 9068. Rejects refresh tokens. */
const ACCESS_TYPES = [null, 'JWT', 'at+jwt'] as const;

/** Returns what confirms the sender of a bound token. Rejects options that contradict each other. */
export function senderOptions(own: CheckedOptions, plan: ResourcePlan | undefined): SenderOptions {
  const { dpop, mtls } = plan ?? own;
  const options = { dpop, mtls, origin: plan?.origin, allowUnconfirmed: own.allowUnconfirmed };
  checkSenderOptions(options);
  return options;
}

/** Returns `verifier`, or creates one from `key` and the other options. */
export function compileTokenVerifier(own: CheckedOptions): ResultVerifier {
  const typ = own.typ ?? ACCESS_TYPES;
  const options: VerifierOptions = {};
  for (const name of Object.keys(sharedVerifierRules)) {
    if (Object.hasOwn(own, name)) Object.assign(options, { [name]: Reflect.get(own, name) });
  }
  if (!own.verifier) return createKeyVerifier(own.key, { ...options, typ });

  const { typ: _, clock: __, ...others } = options;
  const [other] = [...Object.keys(others), ...(own.key === undefined ? [] : ['key'])];
  if (other) {
    const message = `"${other}" cannot be combined with "verifier"; set it on the verifier`;
    throw usageError('ERR_OPTION_INVALID', message);
  }
  return wrapVerifier(own.verifier, typ === false ? undefined : toArray(typ));
}

/** Returns the scopes and roles that the options require. */
export function compileRequirements(own: CheckedOptions): Requirement[] {
  const requirements: Requirement[] = [];
  if (own.scopes) requirements.push(scopesRequirement(toArray(own.scopes), 'every'));
  if (own.anyScope) requirements.push(scopesRequirement(toArray(own.anyScope), 'some'));
  if (own.roles) requirements.push(rolesRequirement(toArray(own.roles), 'every'));
  if (own.anyRole) requirements.push(rolesRequirement(toArray(own.anyRole), 'some'));
  return requirements;
}

export function toArray<Item>(value: Item | readonly Item[]): readonly Item[] {
  return Array.isArray(value) ? value : [value as Item];
}
