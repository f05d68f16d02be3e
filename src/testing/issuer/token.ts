/** Signs the tokens of a test issuer. */

import { decodeBase64url, encodeBase64url } from '../../core/encoding/base64url.ts';
import { addDuration } from '../../core/encoding/duration.ts';
import { isPlainObject, typeNameOf } from '../../core/option-rules.ts';
import { createSigner } from '../../core/sign/create-signer.ts';
import { usageError } from '../../errors.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { applyFaults, type TokenFault, type TokenPlan } from './faults.ts';
import { type IssuerKeys, strangerKey } from './keys.ts';
import type { IssuerSettings } from './options.ts';

/** What the tokens of an issuer share. */
export interface TokenSource {
  readonly settings: IssuerSettings;
  readonly keys: IssuerKeys;
  /** `iss` and `aud`. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Returns the time in milliseconds. */
  readonly now: () => number;
}

/** Signs a token. Throws TypeError for claims that cannot be signed, and for unknown faults. */
export async function createToken(
  source: TokenSource,
  claims: object,
  faults: TokenFault | readonly TokenFault[],
): Promise<string> {
  if (!isPlainObject(claims)) {
    const message = `payload must be a plain object, got ${typeNameOf(claims)}`;
    throw usageError('ERR_PAYLOAD_INVALID', message);
  }
  const { keys, settings } = source;
  const { algorithm, lifetime, typ } = settings;
  const now = Math.floor(source.now() / 1000);
  const times = { iat: now, exp: addDuration(now, lifetime) };
  const plan: TokenPlan = {
    // A claim set to undefined replaces a default one: the token does not have it.
    claims: withoutUndefined({ ...source.claims, ...times, ...claims }),
    kid: 'issuer',
    key: 'issuer',
    isTampered: false,
    now,
    lifetime,
  };
  applyFaults(plan, faults);

  const needsStranger = [plan.kid, plan.key].includes('stranger');
  const keysByOwner = {
    issuer: keys.current(),
    stranger: needsStranger ? await strangerKey(algorithm) : undefined,
    none: undefined,
  };
  const kid = keysByOwner[plan.kid]?.kid;
  const key = keysByOwner[plan.key];
  const options = {
    header: { typ },
    ...(kid !== undefined && { keyid: kid }),
    // Without it, the signer adds an `iat` that the caller omits.
    noTimestamp: plan.claims['iat'] === undefined,
  };
  const token = key
    ? await createSigner(key, { ...options, algorithm, async: true })(plan.claims)
    : createSigner(null, { ...options, algorithm: 'none' })(plan.claims);
  return plan.isTampered ? changePayload(token) : token;
}

/** Adds a member to the payload, under the signature of the original. */
function changePayload(token: string): string {
  const [header, payload = '', signature] = token.split('.');
  const claims = JSON.parse(decodeBase64url(payload).toString());
  const changed = encodeBase64url(JSON.stringify({ ...claims, tampered: true }));
  return [header, changed, signature].join('.');
}
