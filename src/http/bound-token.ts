/** Checks that the sender of a token has the key that the token is bound to (RFC 7800, RFC 8705, RFC 9449). */

import { isJsonObject } from '../core/encoding/strict-json.ts';
import { isString } from '../core/option-rules.ts';
import { ownClaim } from '../core/token/claim-checks.ts';
import { tokenError, usageError } from '../errors.ts';
import type { RequestLike } from './request.ts';
import type { CertificateSource, SenderProof } from './sender-proof.ts';

/** What an authenticator checks of a bound token. */
export interface SenderOptions {
  readonly dpop?: SenderProof | undefined;
  readonly mtls?: CertificateSource | undefined;
  readonly allowUnconfirmed?: boolean | undefined;
  readonly origin?: string | undefined;
}

/** A verified token, and how it was sent. */
export interface SentToken {
  readonly token: string;
  /** Whether `Authorization: DPoP` had the token. */
  readonly isDpop: boolean;
  /** Absent for a token without a request. */
  readonly request: RequestLike | undefined;
  readonly context: unknown;
}

/** Throws or rejects for a sender without the key. Returns a promise only if a proof must be verified. */
export type SenderCheck = (claims: object, sent: SentToken) => Promise<void> | undefined;

/**
 * A bound token without its proof can be stolen, so it is rejected also without options. Other members of `cnf`
 * are ignored (RFC 7800 §3.1).
 */
export function compileSender(options: SenderOptions): SenderCheck {
  const { dpop, mtls, allowUnconfirmed, origin } = options;
  return (claims, sent) => {
    const { token, request, context } = sent;
    const cnf = ownClaim(claims, 'cnf');
    // Three comparisons for most tokens.
    if (cnf === undefined && !dpop && !sent.isDpop) return undefined;
    const jkt = thumbprintOf(cnf, 'jkt');
    const certificate = thumbprintOf(cnf, 'x5t#S256');
    if (certificate !== undefined && !allowUnconfirmed) {
      const presented = request && mtls?.(request, context);
      if (presented !== certificate) throw mismatch(mtls ? OTHER_CERTIFICATE : NO_MTLS);
    }
    if (sent.isDpop && jkt === undefined) throw mismatch('the token is not bound to a key of DPoP');
    if (dpop?.required && !sent.isDpop) {
      throw tokenError('ERR_PROOF_MISSING', 'the token was not sent with the scheme DPoP');
    }
    if (jkt === undefined || allowUnconfirmed) return undefined;
    if (!dpop)
      throw mismatch('the token is bound to a key, and no "dpop" is set to verify a proof');
    if (!sent.isDpop || !request) {
      throw mismatch('the token is bound to a key, but was not sent with the scheme DPoP');
    }
    return dpop.verify(request, { token, jkt, origin });
  };
}

const OTHER_CERTIFICATE = 'the token is bound to another certificate than that of the client';
const NO_MTLS =
  'the token is bound to a certificate, and no "mtls" is set to read that of the client';

/** `undefined` if the member is absent. A token whose binding cannot be read is not a bearer token. */
function thumbprintOf(cnf: unknown, member: string): string | undefined {
  if (cnf === undefined) return undefined;
  const value = isJsonObject(cnf) ? ownClaim(cnf, member) : null;
  if (value === undefined || (isString(value) && value !== '')) return value;
  throw mismatch(`"cnf" must be an object, and its "${member}" a non-empty string`);
}

const mismatch = (message: string) => tokenError('ERR_PROOF_MISMATCH', message);

/** Rejects options that contradict each other. */
export function checkSenderOptions({ dpop, mtls, allowUnconfirmed, origin }: SenderOptions): void {
  if (allowUnconfirmed && (dpop || mtls)) {
    const message = `"allowUnconfirmed" cannot be combined with "${dpop ? 'dpop' : 'mtls'}"`;
    throw usageError('ERR_OPTION_INVALID', message);
  }
  if (dpop && dpop.origins.length === 0 && origin === undefined) {
    const message = '"dpop" needs an origin: createDpop({ origin: "https://api.example" })';
    throw usageError('ERR_OPTION_INVALID', message);
  }
}
