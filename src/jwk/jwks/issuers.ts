/** Verifies the tokens of several issuers, each with its own keys and options. */

import type { KeyInput, KeySource } from '../../core/keys/key-input.ts';
import { copyOwnProperties, isPlainObject, typeNameOf } from '../../core/option-rules.ts';
import { type JwtPayload, MAX_TOKEN_LENGTH } from '../../core/token/token.ts';
import { createVerifier, type Verifier } from '../../core/verify/create-verifier.ts';
import type { VerifierOptions } from '../../core/verify/verifier-options.ts';
import { usageError } from '../../errors.ts';
import { createFoundIssuers, type FoundIssuersOptions } from './found-issuers.ts';
import { createIssuerVerifier, type IssuerRegistry } from './issuer-verifier.ts';

/**
 * Key and options for the tokens of one issuer.
 *
 * @example
 * ```ts
 * const partner: IssuerOptions = { key: await generateKey('ES256'), audience: 'api' };
 * const verify = createIssuers({ 'https://partner.example': partner });
 * ```
 */
export interface IssuerOptions extends Omit<VerifierOptions, 'issuer' | 'complete' | 'async'> {
  /** Key or key source of this issuer. Tokens of other issuers are never verified with it. */
  key: KeyInput | KeySource;
}

/**
 * Finds the key and options for the tokens of an issuer. Returns `null` for one that you do not trust.
 *
 * @example
 * ```ts
 * const tenants = new Map<string, IssuerOptions>();
 * const find: FindIssuer = (iss) => tenants.get(iss) ?? null;
 * const verify = createIssuers(find, { ttl: '1m' });
 * ```
 */
export type FindIssuer = (
  iss: string,
) => IssuerOptions | null | undefined | Promise<IssuerOptions | null | undefined>;

/**
 * Creates one verifier for several issuers. The unverified `iss` of a token only selects one of the
 * registered issuers, compared exactly. Key, signature, `iss` and all else are then verified with the
 * options of that issuer. Nothing is ever fetched from a URL in a token.
 *
 * Pass a function if the issuers are in a database. It receives `iss`, at most 2,048 printable characters, and
 * returns the entry of that issuer, or `null` to reject the token. An entry is used for `ttl`, a rejected name
 * stays rejected for 60 seconds, and one call runs at a time for each name. What the function throws becomes a
 * KeySourceError, a 503. Return the same object for an unchanged entry: its cached keys are then used again.
 *
 * Rejects with JsonWebTokenError if `iss` is missing or not registered, and with what
 * {@link createVerifier} throws. Throws TypeError without an issuer, and for invalid options.
 *
 * @example
 * ```ts
 * const { JWT_PUBLIC_KEY = '' } = process.env;
 * const verify = createIssuers({
 *   'https://id.example': { key: JWT_PUBLIC_KEY, audience: 'api' },
 *   'https://partner.example': { key: createRemoteJwks('https://partner.example/jwks.json') },
 * });
 * ```
 */
export function createIssuers<Claims extends object = JwtPayload>(
  issuers: Readonly<Record<string, IssuerOptions>>,
): Verifier<Promise<Claims>>;
export function createIssuers<Claims extends object = JwtPayload>(
  find: FindIssuer,
  options?: FoundIssuersOptions,
): Verifier<Promise<Claims>>;
export function createIssuers<Claims extends object = JwtPayload>(
  issuers: Readonly<Record<string, IssuerOptions>> | FindIssuer,
  options?: FoundIssuersOptions,
): Verifier<Promise<Claims>> {
  if (typeof issuers === 'function') return findIssuers<Claims>(issuers, options);
  if (options !== undefined) {
    const message = 'options are only for a function that finds issuers';
    throw usageError('ERR_OPTION_INVALID', message);
  }
  return registerIssuers<Claims>(issuers);
}

function registerIssuers<Claims extends object>(
  issuers: Readonly<Record<string, IssuerOptions>>,
): Verifier<Promise<Claims>> {
  const verifiers = new Map<string, Verifier<Promise<Claims>>>();
  let maxTokenLength = 0;
  for (const [issuer, entry] of checkIssuers(issuers)) {
    verifiers.set(issuer, compileIssuer<Claims>(issuer, entry));
    // Own members only: a polluted prototype sets no limit.
    const own: Partial<IssuerOptions> = copyOwnProperties(entry);
    maxTokenLength = Math.max(maxTokenLength, own.maxTokenLength ?? MAX_TOKEN_LENGTH);
  }
  const registry: IssuerRegistry<Claims> = {
    find: (iss) => verifiers.get(iss),
    forget: (token) => {
      for (const verifier of verifiers.values()) verifier.forget(token);
    },
    clear: () => {
      for (const verifier of verifiers.values()) verifier.clear();
    },
  };
  return createIssuerVerifier(registry, maxTokenLength);
}

function findIssuers<Claims extends object>(
  find: FindIssuer,
  options: FoundIssuersOptions | undefined,
): Verifier<Promise<Claims>> {
  const compile = (issuer: string, entry: IssuerOptions) => {
    checkEntry(issuer, entry);
    return compileIssuer<Claims>(issuer, entry);
  };
  const found = createFoundIssuers(find, compile, options);
  const forget = (token: string, iss: string | undefined) => {
    if (iss !== undefined) found.cached(iss)?.forget(token);
  };
  return createIssuerVerifier({ ...found, forget }, MAX_TOKEN_LENGTH);
}

/** Adds the issuer to an error: there may be many, configured elsewhere. */
function compileIssuer<Claims extends object>(
  issuer: string,
  { key, ...options }: IssuerOptions,
): Verifier<Promise<Claims>> {
  try {
    return createVerifier<Claims>(key, { ...options, issuer, async: true });
  } catch (error) {
    (error as Error).message += `, for the issuer "${issuer}"`;
    throw error;
  }
}

const RESERVED_OPTIONS = ['issuer', 'complete', 'async'];

function checkIssuers(issuers: unknown): Array<[string, IssuerOptions]> {
  const entries = isPlainObject(issuers) ? Object.entries(issuers) : [];
  if (entries.length === 0) {
    const message = `issuers must be an object with an entry per issuer, got ${typeNameOf(issuers)}`;
    throw usageError('ERR_OPTION_INVALID', message);
  }
  for (const [issuer, entry] of entries) {
    if (issuer === '') throw usageError('ERR_OPTION_INVALID', 'the name of an issuer is empty');
    checkEntry(issuer, entry);
  }
  return entries as Array<[string, IssuerOptions]>;
}

function checkEntry(issuer: string, entry: unknown): void {
  if (!isPlainObject(entry) || !Object.hasOwn(entry, 'key')) {
    const message = `the issuer "${issuer}" must be an object with a "key"`;
    throw usageError('ERR_OPTION_INVALID', message);
  }
  const reserved = RESERVED_OPTIONS.find((name) => Object.hasOwn(entry, name));
  if (reserved) {
    const message = `"${reserved}" is not an option of the issuer "${issuer}"`;
    throw usageError('ERR_OPTION_INVALID', message);
  }
}
