/** Verifies the tokens of several issuers, each with its own keys and options. */

import type { KeyInput, KeySource } from '../../core/keys/key-input.ts';
import { copyOwnProperties, isPlainObject, typeNameOf } from '../../core/option-rules.ts';
import { Fault, orThrow } from '../../core/token/fault.ts';
import { type JwtPayload, MAX_TOKEN_LENGTH, parsePaddedOrNot } from '../../core/token/token.ts';
import { createVerifier, type Verifier } from '../../core/verify/create-verifier.ts';
import { publishError } from '../../core/verify/token-events.ts';
import { rememberResult } from '../../core/verify/verification-result.ts';
import type { VerifierOptions } from '../../core/verify/verifier-options.ts';
import { toResult } from '../../core/verify/verify-token.ts';
import { usageError } from '../../errors.ts';

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
 * Creates one verifier for several issuers. The unverified `iss` of a token only selects one of the
 * registered issuers, compared exactly. Key, signature, `iss` and all else are then verified with the
 * options of that issuer. Nothing is ever fetched from a URL in a token.
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
): Verifier<Promise<Claims>> {
  const verifiers = new Map<string, Verifier<Promise<Claims>>>();
  let maxTokenLength = 0;
  for (const [issuer, entry] of checkIssuers(issuers)) {
    verifiers.set(issuer, compileIssuer<Claims>(issuer, entry));
    // Own members only: a polluted prototype sets no limit.
    const own: Partial<IssuerOptions> = copyOwnProperties(entry);
    maxTokenLength = Math.max(maxTokenLength, own.maxTokenLength ?? MAX_TOKEN_LENGTH);
  }
  const all = [...verifiers.values()];
  const selectVerifier = (token: string): Verifier<Promise<Claims>> | Fault => {
    const parsed = parsePaddedOrNot(token, maxTokenLength);
    const payload = parsed instanceof Fault ? parsed : parsed.readClaims();
    if (payload instanceof Fault) return payload;
    const iss = issOf(payload);
    const verifier = typeof iss === 'string' ? verifiers.get(iss) : undefined;
    return verifier ?? (iss === undefined ? ISSUER_MISSING : ISSUER_UNKNOWN);
  };
  const verify = async (token: string, context?: unknown) => {
    const verifier = publishError(() => orThrow(selectVerifier(token)));
    return verifier(token, context);
  };
  const verifier = Object.assign(verify, {
    result: async (token: string, context?: unknown) => {
      const verifier = selectVerifier(token);
      if (verifier instanceof Fault) return toResult<Claims>(verifier);
      return verifier.result(token, context);
    },
    forget: (token: string) => {
      for (const verifier of all) verifier.forget(token);
    },
    clear: () => {
      for (const verifier of all) verifier.clear();
    },
  });
  rememberResult(verifier);
  return verifier;
}

// Without their names: the client need not learn which issuers this service trusts.
const NOT_REGISTERED = 'jwt issuer invalid. expected: one that is registered';
const ISSUER_MISSING = new Fault('ERR_CLAIM_MISSING', NOT_REGISTERED, 'iss');
const ISSUER_UNKNOWN = new Fault('ERR_CLAIM_MISMATCH', NOT_REGISTERED, 'iss');

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

/** Own claims only: a polluted prototype selects no issuer. */
function issOf(payload: JwtPayload): unknown {
  return Object.hasOwn(payload, 'iss') ? payload.iss : undefined;
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
  return entries as Array<[string, IssuerOptions]>;
}
