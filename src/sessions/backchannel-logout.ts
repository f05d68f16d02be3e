/** Ends the sessions of a user who logged out at the identity provider: OpenID Connect Back-Channel Logout §2.5. */

import * as option from '../core/option-rules.ts';
import { JsonWebTokenError, usageError, withCallerStack } from '../errors.ts';
import type { LogoutTokenClaims } from '../profiles/logout-token.ts';
import { isStorable, type UserId } from './arguments.ts';
import { codeDescriptions } from './code-descriptions.ts';
import { objectWith } from './handler-options.ts';
import { readParameters } from './request-body.ts';
import { emptyResponse, errorResponse, jsonResponse, NO_STORE } from './responses.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';

/**
 * Options of {@link createBackchannelLogout}.
 *
 * @example
 * ```ts
 * const optionsOf = (
 *   sessions: Sessions,
 *   verify: BackchannelLogoutOptions['verify'],
 * ): BackchannelLogoutOptions => ({ sessions, verify });
 * ```
 */
export interface BackchannelLogoutOptions {
  /** Verifies logout tokens: what `createLogoutTokenVerifier` of `jotkit/profiles` returns. */
  verify: (token: string) => Promise<LogoutTokenClaims>;
  sessions: Pick<Sessions, 'list' | 'revoke'>;
  /**
   * Returns your id of the user, or its promise. Required if your ids are not the `sub` of the provider, and for
   * tokens without `sub`. Default: `sub`.
   */
  userOf?: (
    claims: LogoutTokenClaims,
  ) => UserId | null | undefined | Promise<UserId | null | undefined>;
}

const logoutRules: option.OptionRules = {
  verify: option.callable,
  sessions: objectWith('list', 'revoke'),
  userOf: option.callable,
};

/** A login this long after the logout can have been before it: the clocks of the two servers differ. */
const CLOCK_DIFFERENCE_MS = 60_000;

/**
 * Creates the handler of the `backchannel_logout_uri` of your client: a `POST` of a form with `logout_token`. Ends the
 * sessions of the user whose `upstream` is the `sid` of the token. Give it at the login: `issue(uid, { upstream: sid })`.
 * Sessions without `upstream` end, too, and all sessions of the user if the token has no `sid`.
 *
 * Ends only sessions that were created before `iat` and 60 seconds. A token that is sent again therefore ends no later
 * login, and no store of `jti` is needed. Access tokens stay valid until they expire, unless your API calls
 * {@link Sessions.isRevoked}.
 *
 * Responds with 200, also if no session is left; with 400 and `error` to an invalid token and to one that names no
 * user; with 503 while the store or the keys cannot be reached. The provider can then send the token again. Responses
 * are never cached. An error of `userOf` is thrown, except an AuthError, which becomes the response.
 *
 * Throws TypeError for invalid options.
 *
 * @example
 * ```ts
 * import { createBackchannelLogout, createSessions } from 'jotkit/sessions';
 * import { createMemoryStore } from 'jotkit/sessions/memory';
 * import { createLogoutTokenVerifier } from 'jotkit/profiles';
 * import { randomBytes } from 'node:crypto';
 *
 * const sessions = createSessions({
 *   store: createMemoryStore(),
 *   access: { key: randomBytes(32) },
 *   refresh: { key: randomBytes(32) },
 *   issuer: 'https://shop.example',
 *   audience: 'api',
 * });
 * const { JWT_PUBLIC_KEY = '' } = process.env;
 * const provider = { issuer: 'https://id.example', clientId: 'shop' };
 * const verify = createLogoutTokenVerifier(JWT_PUBLIC_KEY, provider);
 * const handleLogout = createBackchannelLogout({ verify, sessions });
 * ```
 */
export function createBackchannelLogout(
  options: BackchannelLogoutOptions,
): (request: Request) => Promise<Response> {
  return withCallerStack(createBackchannelLogout, () => {
    const own = option.checkOptions(options, logoutRules);
    const { verify, sessions, userOf } = own as unknown as BackchannelLogoutOptions;
    const missing = !verify ? 'verify' : !sessions ? 'sessions' : undefined;
    if (missing) throw usageError('ERR_OPTION_INVALID', `"${missing}" is missing`);

    async function logOut(request: Request): Promise<Response> {
      const token = (await readParameters(request, 'form')).required('logout_token');
      const claims = await verify(token);
      const { iat, sid, sub } = readClaims(claims);
      const uid = userOf ? await userOf(claims) : storableOrUndefined(sub);
      if (uid === null || uid === undefined) return unknownUser();
      const latestMs = iat * 1000 + CLOCK_DIFFERENCE_MS;
      const ended = (await sessions.list(uid)).filter((session) => {
        return isOf(session, sid) && session.createdAt.getTime() < latestMs;
      });
      await Promise.all(ended.map(({ uid, sid }) => sessions.revoke({ uid, sid })));
      return emptyResponse(200);
    }

    return async (request) => {
      if (request.method !== 'POST')
        return jsonResponse(405, { error: 'invalid_request' }, { Allow: 'POST' });
      try {
        return await logOut(request);
      } catch (error) {
        return rejection(error);
      }
    };
  });
}

/** To end too much is the safe side: a session without `upstream` may be the one that the provider ended. */
function isOf({ upstream }: Session, sid: string | undefined): boolean {
  return sid === undefined || upstream === null || upstream === sid;
}

/** Own members only. Another verifier may return claims by which no session would end. */
function readClaims(claims: unknown) {
  const { iat, sid, sub } = option.copyOwnProperties(Object(claims));
  const isName = (value: unknown) => value === undefined || option.isString(value);
  if (Number.isFinite(iat) && isName(sid) && isName(sub)) {
    return { iat: iat as number, sid: sid as string | undefined, sub };
  }
  const message = '"verify" must return the claims of a logout token';
  throw usageError('ERR_OPTION_INVALID', message);
}

/** No user of this server has an id that its stores cannot hold. */
function storableOrUndefined(sub: unknown): string | undefined {
  return isStorable(sub) ? sub : undefined;
}

function unknownUser(): Response {
  return invalidRequest('the logout token names no user of this server');
}

function invalidRequest(description: string, reason?: string): Response {
  return jsonResponse(400, { error: 'invalid_request', error_description: description, reason });
}

/** OpenID Connect Back-Channel Logout §2.8. Throws errors that are not about the request or a failure. */
function rejection(error: unknown): Response {
  if (error instanceof JsonWebTokenError) {
    const { code } = error;
    const description = code ? codeDescriptions[code] : 'the token is rejected';
    return invalidRequest(description, code?.replace(/^ERR_/, '').toLowerCase());
  }
  const response = errorResponse(error, false);
  for (const [name, value] of Object.entries(NO_STORE)) response.headers.set(name, value);
  return response;
}
