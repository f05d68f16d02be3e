/** Verifies signed introspection responses (RFC 9701 §5). */

import { parseDuration } from '../core/encoding/duration.ts';
import type { KeyInput, KeySource } from '../core/keys/key-input.ts';
import type { Claims } from '../core/token/claim-checks.ts';
import { createVerifier } from '../core/verify/create-verifier.ts';
import { usageError } from '../errors.ts';
import type { IntrospectorOptions } from './introspector-options.ts';

/** The clock of the server may be a minute off. The response is from a moment ago, never an old one. */
const TOLERANCE_SECONDS = 60;
const MAX_AGE = '5m';

/** Creates the function that verifies a response. `clientId` is that of this resource server, the audience. */
export function createResponseVerifier(
  key: KeyInput | KeySource,
  own: IntrospectorOptions,
  clientId: string | undefined,
): (jwt: string) => Promise<Claims> {
  const audience = clientId ?? own.audience;
  if (audience === false) {
    const message = '"signed" needs a "clientId" in "auth", or an "audience"';
    throw usageError('ERR_OPTION_INVALID', message);
  }
  const tolerance = parseDuration(own.clockTolerance)?.seconds ?? 0;
  return createVerifier(key as KeySource, {
    issuer: own.issuer,
    audience,
    typ: 'token-introspection+jwt',
    maxAge: MAX_AGE,
    clockTolerance: Math.max(tolerance, TOLERANCE_SECONDS),
    async: true,
    ...(own.clock && { clock: own.clock }),
  });
}
