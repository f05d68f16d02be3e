/** Sessions over HTTP, from Request to Response: login, refresh, logout, revocation, introspection. */

import * as option from '../core/option-rules.ts';
import { errorCodes, JsonWebTokenError, KeySourceError, usageError } from '../errors.ts';
import { AuthError } from '../http/auth-error.ts';
import { checkCsrf } from '../http/csrf.ts';
import { type TokenCookies, tokenCookies } from '../http/token-cookies.ts';
import type { IssueOptions } from './arguments.ts';
import { SessionError } from './error.ts';
import { BodyError, parameterOf } from './request-body.ts';
import type { IssuedTokens, Sessions } from './sessions.ts';

/**
 * Options of {@link createSessionHandlers}.
 *
 * @example
 * ```ts
 * const options: SessionHandlersOptions = {
 *   sessions,
 *   meta: (request) => request.headers.get('user-agent'),
 * };
 * const handlers = createSessionHandlers(options);
 * ```
 */
export interface SessionHandlersOptions {
  sessions: Sessions;
  /**
   * The cookies in which browsers keep both tokens; scripts see neither. Default: `tokenCookies()`. With
   * `false` tokens go through bodies, as in OAuth 2.0: for clients that are no browsers.
   */
  cookies?: TokenCookies | false;
  /**
   * Other origins whose pages may log in, refresh and log out, such as `https://app.example`. The headers
   * of CORS that let them read the answers are not sent here.
   */
  origins?: readonly string[];
  /** What is kept with the session at a login and at every refresh, such as an address; or its promise. */
  meta?: (request: Request) => unknown;
  /** Whether the request comes from a server that may introspect tokens: RFC 7662 §2.1. Default: none. */
  isClient?: (request: Request) => boolean | Promise<boolean>;
}

/**
 * See {@link createSessionHandlers}.
 *
 * @example
 * ```ts
 * const routes = (auth: SessionHandlers) => ({ '/refresh': auth.refresh, '/logout': auth.logout });
 * ```
 */
export interface SessionHandlers {
  /** The answer to a login, once the password is right: starts a session of the user. */
  login(request: Request, uid: string, options?: IssueOptions): Promise<Response>;
  /** `POST`: replaces both tokens. 401 where the session is over: log in again. */
  refresh(request: Request): Promise<Response>;
  /** `POST`: ends the session and takes the cookies away. */
  logout(request: Request): Promise<Response>;
  /** `POST token=…`: ends the session of either token, RFC 7009. */
  revocation(request: Request): Promise<Response>;
  /** `POST token=…`: what either token is worth, RFC 7662; for clients that `isClient` knows. */
  introspection(request: Request): Promise<Response>;
}

/** Seconds after which a client may ask again. */
const RETRY_AFTER = '5';

/**
 * The handlers of an authentication server, for every framework that has Request and Response; `toListener`
 * of `jotkit/node` mounts them on the others.
 *
 * With cookies a request that changes something has to come from a page of the same origin, or of
 * `origins`. Where the store fails the answer is 503 with `Retry-After`, and no cookie is touched: the
 * session may be alive. What a hook of yours throws is thrown, but for an AuthError, which is the answer:
 * `new AuthError('forbidden')` in `claims` for a user who is banned.
 *
 * Throws TypeError for wrong options.
 *
 * @example
 * ```ts
 * import { createSessionHandlers, createSessions } from 'jotkit/sessions';
 * import { createMemoryStore } from 'jotkit/sessions/memory';
 * import { randomBytes } from 'node:crypto';
 *
 * const sessions = createSessions({
 *   store: createMemoryStore(),
 *   access: { key: randomBytes(32) },
 *   refresh: { key: randomBytes(32) },
 *   issuer: 'https://id.example',
 *   audience: 'api',
 * });
 * const handlers = createSessionHandlers({ sessions });
 *
 * const headers = { origin: 'https://id.example', host: 'id.example' };
 * const request = new Request('https://id.example/auth/login', { method: 'POST', headers });
 * const response = await handlers.login(request, 'ada');
 * console.log(response.status, response.headers.getSetCookie().length); // → 200 2
 * ```
 */
export function createSessionHandlers(options: SessionHandlersOptions): SessionHandlers {
  const own = option.checkOptions(options, rules) as unknown as SessionHandlersOptions;
  const { sessions, meta, isClient } = own;
  if (!sessions) throw usageError('ERR_OPTION_INVALID', '"sessions" is missing');
  const origins = own.origins ?? [];
  const cookies = own.cookies ?? tokenCookies();
  // Says now what a request would say later.
  checkCsrf({ method: 'GET', headers: {} }, origins);

  const metaOf = async (request: Request) => (meta ? { meta: await meta(request) } : {});

  function granted(request: Request, pair: IssuedTokens): Response {
    const { access, refresh, expiresIn } = pair;
    const tokens = { access_token: access, token_type: 'Bearer', refresh_token: refresh };
    const body = { ...(cookies ? {} : tokens), expires_in: expiresIn };
    const response = json(200, body);
    if (cookies) cookies.set(response.headers, { access, refresh }, request);
    return response;
  }

  async function refreshTokenOf(request: Request): Promise<string> {
    if (!cookies) return parameterOf(request, 'refresh_token');
    const { refresh } = cookies.read(request);
    if (refresh) return refresh;
    throw new AuthError('token_missing');
  }

  /** Either token; one that is neither is nobody's, and revoked enough. */
  async function end(token: string): Promise<boolean> {
    try {
      return await sessions.revoke(sessionOf(token) ?? token);
    } catch (error) {
      if (!(error instanceof JsonWebTokenError)) throw error;
      return false;
    }
  }

  function sessionOf(token: string): { uid: string; sid: string } | undefined {
    try {
      const { sub, sid } = sessions.verifyAccess(token);
      return { uid: sub, sid };
    } catch (error) {
      if (!(error instanceof JsonWebTokenError)) throw error;
      return undefined;
    }
  }

  /** What was sent is answered; what was not foreseen is thrown. */
  function handler(serve: (request: Request) => Promise<Response>, withCookie = false) {
    return async (request: Request): Promise<Response> => {
      if (request.method !== 'POST')
        return json(405, { error: 'invalid_request' }, { Allow: 'POST' });
      try {
        if (withCookie && cookies) checkCsrf(request, origins);
        return await serve(request);
      } catch (error) {
        const response = refusal(error);
        // A session that is over has no use for its cookies; one that nobody could ask about has.
        const isOver = withCookie && response.status === 401;
        if (isOver && cookies) cookies.clear(response.headers, request);
        return response;
      }
    };
  }

  return {
    login(request, uid, options = {}) {
      const serve = async () => {
        return granted(
          request,
          await sessions.issue(uid, { ...(await metaOf(request)), ...options }),
        );
      };
      return handler(serve, true)(request);
    },

    refresh: handler(async (request) => {
      const token = await refreshTokenOf(request);
      return granted(request, await sessions.refresh(token, await metaOf(request)));
    }, true),

    logout: handler(async (request) => {
      if (!cookies) await end(await parameterOf(request, 'refresh_token'));
      else {
        // Outside its path the refresh cookie is not sent, and a subdomain may have sent another one: the
        // access token names the session as well.
        const { refresh, access } = cookies.read(request);
        const ended = refresh !== undefined && (await end(refresh));
        if (!ended && access) await end(access);
      }
      const response = new Response(null, { status: 204, headers: NO_STORE });
      if (cookies) cookies.clear(response.headers, request);
      return response;
    }, true),

    revocation: handler(async (request) => {
      await end(await parameterOf(request, 'token'));
      return new Response(null, { status: 200, headers: NO_STORE });
    }),

    introspection: handler(async (request) => {
      if ((await isClient?.(request)) !== true) {
        return json(
          401,
          { error: 'invalid_client' },
          { 'WWW-Authenticate': 'Basic realm="introspection"' },
        );
      }
      return json(200, await sessions.introspect(await parameterOf(request, 'token')));
    }),
  };
}

/** RFC 6749 §5.1 wants both. */
const NO_STORE = { 'Cache-Control': 'no-store', Pragma: 'no-cache' };

const methods = (...names: string[]): option.OptionRule => ({
  expected: `an object with ${names.join(', ')}`,
  test(value) {
    const holder = Object(value) as Record<string, unknown>;
    return names.every((name) => typeof holder[name] === 'function');
  },
});

const rules: option.OptionRules = {
  sessions: methods('issue', 'refresh', 'revoke', 'introspect', 'verifyAccess'),
  cookies: option.orFalse(methods('set', 'clear', 'read')),
  origins: { expected: 'an array of origins', test: Array.isArray },
  meta: option.callable,
  isClient: option.callable,
};

function json(status: number, body: object, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { ...NO_STORE, ...headers } });
}

/** RFC 6749 §5.2, with 401 where a login helps. Nothing of the request is sent back. */
function refusal(error: unknown): Response {
  if (error instanceof AuthError) return error.getResponse();
  if (error instanceof BodyError) {
    return json(error.status, { error: 'invalid_request', error_description: error.message });
  }
  if (error instanceof JsonWebTokenError || error instanceof SessionError) {
    const { code } = error;
    const reason = code?.replace(/^ERR_/, '').toLowerCase();
    const description = code ? errorCodes[code] : 'the token is refused';
    const body = { error_description: description, reason };
    if (error instanceof SessionError && error.status === 503) return unavailable(body);
    const challenge = { 'WWW-Authenticate': 'Bearer error="invalid_token"' };
    return json(401, { error: 'invalid_grant', ...body }, challenge);
  }
  if (error instanceof KeySourceError) return unavailable({ reason: 'key_source' });
  throw error;
}

function unavailable(body: object): Response {
  return json(503, { error: 'temporarily_unavailable', ...body }, { 'Retry-After': RETRY_AFTER });
}
