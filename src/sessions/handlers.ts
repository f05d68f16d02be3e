/** HTTP handlers of sessions: login, refresh, logout, revocation and introspection. */

import * as option from '../core/option-rules.ts';
import { errorCodes, JsonWebTokenError, KeySourceError, usageError } from '../errors.ts';
import { AuthError } from '../http/auth-error.ts';
import { checkCsrf } from '../http/csrf.ts';
import { type TokenCookies, tokenCookies } from '../http/token-cookies.ts';
import { type IssueOptions, loginRules, type PendingTokens, type UserId } from './arguments.ts';
import { SessionError } from './error.ts';
import type { IssuedTokens } from './issued-tokens.ts';
import { BodyError, readParameters } from './request-body.ts';
import type { Sessions } from './sessions.ts';

/**
 * Options of {@link createSessionHandlers}.
 *
 * @example
 * ```ts
 * const handlersOf = (sessions: Sessions) => {
 *   const meta = (request: Request) => request.headers.get('user-agent');
 *   const options: SessionHandlersOptions = { sessions, meta };
 *   return createSessionHandlers(options);
 * };
 * ```
 */
export interface SessionHandlersOptions {
  sessions: Sessions;
  /**
   * The cookies that hold both tokens in a browser, hidden from scripts. Default: `tokenCookies()`. With
   * `false`, tokens travel in bodies, as in OAuth 2.0: for clients that are not browsers.
   *
   * An object of your own can omit `check`. With it, tokens that are too large change nothing.
   */
  cookies?:
    | (Pick<TokenCookies, 'set' | 'clear' | 'read'> & Partial<Pick<TokenCookies, 'check'>>)
    | false;
  /**
   * Other origins whose pages can log in, refresh and log out, such as `https://app.example`. To let them
   * read the responses, add the CORS headers yourself.
   */
  origins?: readonly string[];
  /** Returns `meta` for the session at a login and at every refresh, such as an address, or its promise. */
  meta?: (request: Request) => unknown;
  /**
   * Whether the request comes from a server that is allowed to introspect tokens: RFC 7662 §2.1. Without it
   * every introspection is rejected.
   */
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
  /** Starts a session of the user. Check the password before you call it. */
  login(request: Request, uid: UserId, options?: IssueOptions): Promise<Response>;
  /**
   * `POST`: replaces both tokens. Responds with 401 if the session has ended: log in again. Responds with
   * 409 if concurrent refreshes replaced the token: try again with the new cookie.
   */
  refresh(request: Request): Promise<Response>;
  /** `POST`: ends the session and clears the cookies. */
  logout(request: Request): Promise<Response>;
  /** `POST token=…`: ends the session of either token, RFC 7009. */
  revocation(request: Request): Promise<Response>;
  /**
   * `POST token=…`: reports the state of a token, RFC 7662, to clients that `isClient` accepts. A refresh
   * token is active only with `token_type_hint=refresh_token`.
   */
  introspection(request: Request): Promise<Response>;
}

/** `Retry-After` of a 503 response. */
const STORE_RETRY_SECONDS = '5';

/** `Retry-After` of a 409 response: by then, the browser has the cookies of the other refresh. */
const SUPERSEDED_RETRY_SECONDS = '1';

/**
 * Creates the handlers of an authentication server, for every framework with Request and Response. Mount
 * them on other frameworks with `toListener` of `jotkit/node`.
 *
 * With cookies, a login, refresh or logout must come from a page of the same origin or of `origins`. If the
 * store fails, the response is 503 with `Retry-After` and leaves the cookies unchanged: the session may be
 * live. Tokens that are too large for their cookies throw a TypeError before the store changes.
 *
 * An error of your hook is thrown, except an AuthError, which becomes the response: throw
 * `new AuthError('forbidden')` in `claims` for a banned user.
 *
 * Throws TypeError for invalid options.
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
  const own = option.checkOptions(options, handlersRules) as unknown as SessionHandlersOptions;
  const { sessions, meta, isClient } = own;
  if (!sessions) throw usageError('ERR_OPTION_INVALID', '"sessions" is missing');
  const origins = own.origins ?? [];
  const cookies = own.cookies ?? tokenCookies();
  // Throws for an invalid origin now, not at the first request.
  checkCsrf({ method: 'GET', headers: {} }, origins);

  const metaOf = async (request: Request) => (meta ? { meta: await meta(request) } : {});

  /** Checks the size of the cookies before the store changes, then calls the `accept` of the caller. */
  const acceptFor = (request: Request, own?: IssueOptions['accept']) => ({
    async accept(pending: PendingTokens) {
      if (cookies) await cookies.check?.(pending, request);
      await own?.(pending);
    },
  });

  function tokensResponse(request: Request, issued: IssuedTokens): Response {
    const { access, refresh, expiresIn, persistent } = issued;
    const tokens = { access_token: access, token_type: 'Bearer', refresh_token: refresh };
    const response = jsonResponse(200, { ...(cookies ? {} : tokens), expires_in: expiresIn });
    if (cookies) cookies.set(response.headers, { access, refresh, persistent }, request);
    return response;
  }

  async function refreshTokenOf(request: Request): Promise<string> {
    if (!cookies) return (await readParameters(request)).required('refresh_token');
    const { refresh } = cookies.read(request);
    if (refresh) return refresh;
    throw new AuthError('token_missing');
  }

  /** Accepts either token. An invalid token has no session to end. */
  async function endSession(token: string): Promise<boolean> {
    try {
      return await sessions.revoke(namedByAccess(token) ?? token);
    } catch (error) {
      if (!(error instanceof JsonWebTokenError)) throw error;
      return false;
    }
  }

  function namedByAccess(token: string): { uid: string; sid: string } | undefined {
    try {
      const { sub, sid } = sessions.verifyAccess(token);
      return { uid: sub, sid };
    } catch (error) {
      if (!(error instanceof JsonWebTokenError)) throw error;
      return undefined;
    }
  }

  /** Responds to errors of the request and of the store. Throws all others. */
  function toHandler(serve: (request: Request) => Promise<Response>, withCookie = false) {
    return async (request: Request): Promise<Response> => {
      if (request.method !== 'POST')
        return jsonResponse(405, { error: 'invalid_request' }, { Allow: 'POST' });
      try {
        if (withCookie && cookies) checkCsrf(request, origins);
        return await serve(request);
      } catch (error) {
        const response = errorResponse(error);
        // A session that ended needs no cookies. After a 503 it may be live.
        const hasEnded = withCookie && response.status === 401;
        if (hasEnded && cookies) cookies.clear(response.headers, request);
        return response;
      }
    };
  }

  return {
    async login(request, uid, options = {}) {
      // The spread below would accept null and any other value.
      const own = option.checkOptions(options, loginRules) as IssueOptions;
      const serve = async () => {
        const login = { ...(await metaOf(request)), ...own, ...acceptFor(request, own.accept) };
        return tokensResponse(request, await sessions.issue(uid, login));
      };
      return toHandler(serve, true)(request);
    },

    refresh: toHandler(async (request) => {
      const token = await refreshTokenOf(request);
      const update = { ...(await metaOf(request)), ...acceptFor(request) };
      return tokensResponse(request, await sessions.refresh(token, update));
    }, true),

    logout: toHandler(async (request) => {
      if (!cookies) {
        await endSession((await readParameters(request)).required('refresh_token'));
      } else {
        // Browsers do not send the refresh cookie outside its path, and a subdomain can set another one. The
        // access token names the session too.
        const { refresh, access } = cookies.read(request);
        const ended = refresh !== undefined && (await endSession(refresh));
        if (!ended && access) await endSession(access);
      }
      const response = new Response(null, { status: 204, headers: NO_STORE });
      if (cookies) cookies.clear(response.headers, request);
      return response;
    }, true),

    revocation: toHandler(async (request) => {
      await endSession((await readParameters(request)).required('token'));
      return new Response(null, { status: 200, headers: NO_STORE });
    }),

    introspection: toHandler(async (request) => {
      if ((await isClient?.(request)) !== true) {
        const challenge = { 'WWW-Authenticate': 'Basic realm="introspection"' };
        return jsonResponse(401, { error: 'invalid_client' }, challenge);
      }
      const { required, optional } = await readParameters(request);
      const isRefresh = optional('token_type_hint') === 'refresh_token';
      // RFC 7662 §2.1: any other hint changes nothing.
      const options = isRefresh ? ({ hint: 'refresh_token' } as const) : {};
      return jsonResponse(200, await sessions.introspect(required('token'), options));
    }),
  };
}

/** RFC 6749 §5.1 requires both. */
const NO_STORE = { 'Cache-Control': 'no-store', Pragma: 'no-cache' };

const objectWith = (...names: string[]): option.OptionRule => ({
  expected: `an object with ${names.join(', ')}`,
  test(value) {
    const members = Object(value) as Record<string, unknown>;
    return names.every((name) => typeof members[name] === 'function');
  },
});

const handlersRules: option.OptionRules = {
  sessions: objectWith('issue', 'refresh', 'revoke', 'introspect', 'verifyAccess'),
  cookies: option.orFalse(objectWith('set', 'clear', 'read')),
  origins: { expected: 'an array of origins', test: Array.isArray },
  meta: option.callable,
  isClient: option.callable,
};

function jsonResponse(status: number, body: object, headers: object = {}): Response {
  return Response.json(body, { status, headers: { ...NO_STORE, ...headers } });
}

/** RFC 6749 §5.2, with 401 if a login helps. Contains nothing of the request. */
function errorResponse(error: unknown): Response {
  if (error instanceof AuthError) return error.getResponse();
  if (error instanceof BodyError) {
    const body = { error: 'invalid_request', error_description: error.message };
    return jsonResponse(error.status, body);
  }
  if (error instanceof JsonWebTokenError || error instanceof SessionError) {
    const { code } = error;
    const reason = code?.replace(/^ERR_/, '').toLowerCase();
    const description = code ? errorCodes[code] : 'the token is rejected';
    const body = { error_description: description, reason };
    if (error instanceof SessionError && error.status !== 401)
      return retryResponse(error.status, body);
    const challenge = { 'WWW-Authenticate': 'Bearer error="invalid_token"' };
    return jsonResponse(401, { error: 'invalid_grant', ...body }, challenge);
  }
  if (error instanceof KeySourceError) return retryResponse(503, { reason: 'key_source' });
  throw error;
}

function retryResponse(status: 409 | 503, body: object): Response {
  const seconds = status === 409 ? SUPERSEDED_RETRY_SECONDS : STORE_RETRY_SECONDS;
  const error = { error: 'temporarily_unavailable', ...body };
  return jsonResponse(status, error, { 'Retry-After': seconds });
}
