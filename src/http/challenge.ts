/** Compiles what the errors of one authenticator have in common: the challenge of its responses. */

import type { GuardSettings } from './auth.ts';
import { AuthError, type AuthErrorOptions } from './auth-error.ts';
import type { AuthReason } from './auth-reasons.ts';
import type { AuthenticatorSettings } from './authenticator-options.ts';
import { compileGrants } from './grants.ts';
import { compileImplies } from './implied-scopes.ts';
import type { ProtectedResource, ResourcePlan } from './protected-resource.ts';
import type { SenderProof } from './sender-proof.ts';

/** Creates the errors of an authenticator, and the settings for guards after it. */
export interface Challenger {
  /** `isDpop`: whether the request used the scheme DPoP, so that its challenge has the `error`. */
  authError(reason: AuthReason, isDpop: boolean, options?: AuthErrorOptions): AuthError;
  settings(isDpop: boolean): GuardSettings;
}

type Settings = Pick<
  AuthenticatorSettings<never, unknown, never>,
  'realm' | 'challengeParams' | 'scopes' | 'scopesFrom' | 'rolesFrom' | 'implies'
> & { resource?: ProtectedResource };

export function compileChallenger(
  own: Settings,
  plan: ResourcePlan | undefined,
  dpop: SenderProof | undefined,
): Challenger {
  const metadata = own.resource && { resource_metadata: own.resource.metadataUrl };
  const challenge = {
    realm: own.realm ?? plan?.realm ?? 'api',
    challengeParams: { ...metadata, ...own.challengeParams },
  };
  const rest = {
    grants: compileGrants(own.scopesFrom, own.rolesFrom),
    implies: own.implies && compileImplies(own.implies),
  };
  const settingsOf = (isUsed: boolean): GuardSettings => {
    if (!dpop) return { challenge, ...rest };
    const { algorithms, required } = dpop;
    return { challenge: { ...challenge, dpop: { algorithms, required, isUsed } }, ...rest };
  };
  const [bearer, used] = [settingsOf(false), settingsOf(true)];
  const settings = (isDpop: boolean) => (isDpop ? used : bearer);
  // RFC 6750 §3, and a SHOULD of MCP: the client learns which scopes to ask for.
  const scope = own.scopes === undefined ? {} : { scope: [own.scopes].flat().join(' ') };
  const [ofBearer, ofUsed] = [bearer, used].map(({ challenge }) => ({ ...challenge, ...scope }));

  return {
    settings,
    authError(reason, isDpop, options) {
      const common: AuthErrorOptions = { ...(isDpop ? ofUsed : ofBearer), ...options };
      if (dpop && common.dpop) common.dpop = { ...common.dpop, nonce: dpop.nonce() };
      return new AuthError(reason, common);
    },
  };
}
