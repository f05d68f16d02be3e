/** The reasons for rejected requests, and what the response to each contains. */

/** The response for one reason; `error` is the parameter of the challenge. */
export interface ReasonRow {
  readonly code: string;
  readonly status: 400 | 401 | 403 | 503;
  readonly error?: string;
  readonly description: string;
}

const invalidToken = (description: string): ReasonRow => ({
  code: 'invalid_token',
  status: 401,
  error: 'invalid_token',
  description,
});

const invalidProof = (description: string): ReasonRow => ({
  code: 'invalid_dpop_proof',
  status: 401,
  error: 'invalid_dpop_proof',
  description,
});

const UNAVAILABLE: ReasonRow = {
  code: 'unavailable',
  status: 503,
  description: 'The token cannot be checked at the moment',
};

/** Descriptions are constants: the response repeats nothing from the request. */
export const reasonTable = {
  token_missing: {
    code: 'credentials_required',
    status: 401,
    description: 'No token was sent',
  },
  token_malformed: invalidToken('The token is malformed'),
  signature_invalid: invalidToken('The signature of the token is invalid'),
  alg_not_allowed: invalidToken('The algorithm of the token is not allowed'),
  typ_not_allowed: invalidToken('The token is of another type'),
  token_inactive: invalidToken('The token is not active'),
  token_expired: invalidToken('The token has expired'),
  token_not_active: invalidToken('The token is not active yet'),
  too_old: invalidToken('The token is too old'),
  claim_mismatch: invalidToken('A claim of the token has an unexpected value'),
  unknown_issuer: invalidToken('The issuer of the token is not known'),
  token_revoked: {
    ...invalidToken('The token has been revoked'),
    code: 'revoked_token',
  },
  sender_mismatch: invalidToken('The token is bound to a key that the sender did not prove'),
  proof_missing: invalidProof('No DPoP proof was sent'),
  proof_invalid: invalidProof('The DPoP proof is invalid'),
  proof_replayed: invalidProof('The DPoP proof was used before'),
  nonce_required: {
    code: 'use_dpop_nonce',
    status: 401,
    error: 'use_dpop_nonce',
    description: 'The DPoP proof needs the nonce of this response',
  },
  user_not_found: invalidToken('The user of the token was not found'),
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
  introspection_unavailable: UNAVAILABLE,
  replay_unavailable: UNAVAILABLE,
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

/** The names that a response can contain: those of RFC 7519 §4.1 and `nonce`. */
export const registeredClaims = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'nonce'] as const;

export type RegisteredClaim = (typeof registeredClaims)[number];

export function isRegisteredClaim(name: unknown): name is RegisteredClaim {
  return (registeredClaims as readonly unknown[]).includes(name);
}
