/** Describes why a proof is invalid. */

import { errorOf, Fault, type FaultDetails } from '../core/token/fault.ts';

/** A rule that the proof breaks. */
export function invalidProof(reason: string, claim?: string, details?: FaultDetails): Fault {
  return new Fault('ERR_PROOF_INVALID', `invalid DPoP proof: ${reason}`, claim, details);
}

/** A rule of every token that the proof breaks: `cause` is the error of that rule. */
export function invalidToken(fault: Fault): Fault {
  const reason = `invalid DPoP proof: ${fault.message}`;
  return new Fault('ERR_PROOF_INVALID', reason, fault.claim, { cause: errorOf(fault) });
}
