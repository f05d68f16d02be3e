/** The authenticator of an adapter whose every request opens a socket. */

import type { JwtPayload } from '../core/token/token.ts';
import { usageError } from '../errors.ts';
import { type Authenticator, createAuthenticator } from '../http/authenticator.ts';
import type {
  AuthenticatorOptions,
  AuthenticatorSettings,
  KeyOrVerifier,
} from '../http/authenticator-options.ts';
import type { Extractor } from '../http/extractors.ts';
import type { Origins } from '../http/origins.ts';
import { planOf } from '../http/protected-resource.ts';

/** Options with `origins` instead of `csrf`. */
export type SocketOptions<Claims extends object, User, Context> = KeyOrVerifier &
  Omit<AuthenticatorSettings<Claims, User, Context>, 'csrf' | 'dpop'> & { origins?: Origins };

/** Throws TypeError as `createAuthenticator` does, for `csrf`, and for DPoP. */
export function createSocketAuthenticator<
  Claims extends object = JwtPayload,
  User = Claims,
  Context = unknown,
>(
  options: SocketOptions<Claims, User, Context>,
  from: readonly Extractor[],
): Authenticator<Claims, User, Context> {
  const { origins, ...rest } = options;
  if (Object.hasOwn(options, 'csrf')) {
    throw usageError('ERR_OPTION_INVALID', '"csrf" is not an option of sockets: set "origins"');
  }
  if (Object.hasOwn(options, 'dpop') || planOf(options.resource)?.dpop) {
    const message = '"dpop" is not for sockets: browsers cannot send a proof when they open one';
    throw usageError('ERR_OPTION_INVALID', message);
  }
  return createAuthenticator<Claims, User, Context>({
    from,
    ...rest,
    csrf: { handshake: true, ...(Object.hasOwn(options, 'origins') && { origins }) },
  } as AuthenticatorOptions<Claims, User, Context>);
}
