/** HTTP handlers of sessions: login, refresh, logout, renewal, revocation and introspection. */

import * as option from '../core/option-rules.ts';
import { warnOnce } from '../core/warn-once.ts';
import { usageError } from '../errors.ts';
import { checkCsrf } from '../http/csrf.ts';
import { tokenCookies } from '../http/token-cookies.ts';
import { type IssueOptions, isMetaValue, type PendingTokens, type UserId } from './arguments.ts';
import { SessionError } from './error.ts';
import {
  handlersRules,
  type LoginOptions,
  readLoginOptions,
  type SessionHandlersOptions,
} from './handler-options.ts';
import { createMount, pathOf } from './mount-path.ts';
import { createRenewal, type Renewal } from './renewal.ts';
import { BodyError, readParameters } from './request-body.ts';
import { emptyResponse, errorResponse, invalidGrant, jsonResponse } from './responses.ts';
import { createPresentedCookies, endSession } from './session-cookies.ts';
import { checkRedirect, createTokenResponse } from './token-response.ts';

/**
 * See {@link createSessionHandlers}. Hooks receive the optional `context` of each handler, which is the
 * request if absent.
 *
 * @example
 * ```ts
 * const routes = (auth: SessionHandlers) => ({ '/refresh': auth.refresh, '/logout': auth.logout });
 * ```
 */
export interface SessionHandlers<Context = unknown> {
  /**
   * Serves every path below `path`: `/login` (with the option `login`), `/refresh`, `/logout`, `/revocation`
   * and `/introspection`. Responds with 404 to any other path.
   */
  handle(request: Request, context?: Context): Promise<Response>;
  /**
   * Starts a session of the user, and ends the one that the browser held. Check the password before you call
   * it.
   */
  login(request: Request, uid: UserId, options?: LoginOptions<Context>): Promise<Response>;
  /**
   * `POST`: replaces both tokens. Responds with 401 if the session has ended: log in again. Responds with
   * 409 if concurrent refreshes replaced the token: try again with the new cookie.
   */
  refresh(request: Request, context?: Context): Promise<Response>;
  /**
   * `POST`: ends every session that a cookie names, and clears the cookies. With the query `?if=over`, ends
   * nothing, and clears the cookies only if none of these sessions is live.
   */
  logout(request: Request, context?: Context): Promise<Response>;
  /**
   * Verifies the access token of a page that a server renders, and refreshes it if it has expired. Add
   * `headers` to the response, and let the rendering see `cookie`.
   *
   * Needs a refresh cookie that browsers send with pages: `tokenCookies({ refresh: { name: '__Host-rt', path:
   * '/', sameSite: 'Lax' } })`. Needs a `grace` of at least 10 minutes, because a navigation that the browser
   * stops loses its cookies. Rejects with TypeError otherwise, and with SessionError 409 or 503 if the state
   * of the session is not known.
   */
  renew(request: Request, context?: Context): Promise<Renewal>;
  /** `POST token=…`: ends the session of either token, RFC 7009. */
  revocation(request: Request, context?: Context): Promise<Response>;
  /**
   * `POST token=…`: reports the state of a token, RFC 7662, to clients that `isClient` accepts. A refresh
   * token is active only with `token_type_hint=refresh_token`.
   */
  introspection(request: Request, context?: Context): Promise<Response>;
}

/**
 * Creates the handlers of an authentication server, for every framework with Request and Response. Mount
 * `handle` at `path`, or each handler alone. On other frameworks, use `toListener` of `jotkit/node`.
 *
 * With cookies, a login, refresh or logout must come from a page of the same origin or of `origins`. Only a
 * login and a logout change which cookies the browser has: a rejected refresh leaves them, because the
 * browser may have those of a new login by then. If the store fails, the response is 503 with `Retry-After`.
 * Tokens that are too large for their cookies throw a TypeError before the store changes.
 *
 * The signed session id of the access cookie decides which refresh cookie counts, because a subdomain can set
 * another one. So an access key stays in its list for `refresh.idle` after it signed its last token.
 *
 * An error of your hook is thrown, except an AuthError, which becomes the response: throw
 * `new AuthError('forbidden')` in `claims` for a banned user.
 *
 * Throws TypeError for invalid options. `refresh`, `logout` and the first `login` reject with a TypeError that
 * names both paths if they are mounted outside of `path`.
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
export function createSessionHandlers<Context = unknown>(
  options: SessionHandlersOptions<Context>,
): SessionHandlers<Context> {
  const own = option.checkOptions(options, handlersRules) as unknown as typeof options;
  const { sessions, meta, isClient } = own;
  if (!sessions) throw usageError('ERR_OPTION_INVALID', '"sessions" is missing');
  const origins = own.origins ?? [];
  const cookies = own.cookies ?? tokenCookies();
  const hasCookies = cookies !== false;
  const tokensResponse = createTokenResponse(cookies);
  const mount = createMount(own.path, cookies);
  const presented = cookies ? createPresentedCookies(cookies, sessions) : undefined;

  /** What a hook returns may come from the client, so a value that is too long is no error. */
  async function metaOf(request: Request, context: Context) {
    const value = await meta?.(request, context);
    if (value === undefined) return {};
    if (isMetaValue(value)) return { meta: value };
    const message =
      '"meta" of createSessionHandlers returned a value that is too long, or that JSON cannot represent: it is omitted.';
    warnOnce('JOTKIT_SESSION_META', message);
    return {};
  }

  /** Checks the size of the cookies before the store changes, then calls the `accept` of the caller. */
  const acceptFor = (request: Request, own?: IssueOptions['accept']) => ({
    async accept(pending: PendingTokens) {
      if (cookies) await cookies.check?.(pending, request);
      await own?.(pending);
    },
  });

  async function refreshTokenOf(request: Request): Promise<string> {
    if (!presented) return (await readParameters(request)).required('refresh_token');
    const token = presented.refreshToken(request);
    if (token === undefined) throw await presented.missingToken(request);
    return token;
  }

  /** Ends the session that a parameter of the body names: either token. */
  async function endNamed(request: Request, parameter: string): Promise<void> {
    const token = (await readParameters(request)).required(parameter);
    await endSession(sessions, sessions.nameOf(token) ?? token);
  }

  /** Ends the session that the browser held. The login has succeeded, and a failure is an event. */
  async function endPrevious(request: Request): Promise<void> {
    try {
      await presented?.revokeAll(request);
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
    }
  }

  /** Responds to errors of the request and of the store. Throws all others. */
  async function respond(serve: () => Promise<Response>): Promise<Response> {
    try {
      return await serve();
    } catch (error) {
      return errorResponse(error, hasCookies);
    }
  }

  type Serve = (request: Request, context: Context) => Promise<Response>;

  /** Serves a POST, with `withCookie` only from pages of the allowed origins. */
  function toHandler(serve: Serve, withCookie: boolean) {
    return async (request: Request, context = request as Context): Promise<Response> => {
      if (request.method !== 'POST')
        return jsonResponse(405, { error: 'invalid_request' }, { Allow: 'POST' });
      return respond(() => {
        if (withCookie && cookies) checkCsrf(request, origins);
        return serve(request, context);
      });
    };
  }

  const notFound = () => {
    const description = `no handler has this path; the handlers are below "${mount.path}"`;
    return jsonResponse(404, { error: 'not_found', error_description: description });
  };

  /** Serves a POST below `path`, the only place where browsers send the refresh cookie. */
  function toMounted(serve: Serve) {
    const handler = toHandler(serve, true);
    return async (request: Request, context?: Context): Promise<Response> => {
      return mount.check(request) ? handler(request, context) : notFound();
    };
  }

  async function refreshOptions(request: Request, context: Context) {
    return { ...(await metaOf(request, context)), ...acceptFor(request), context };
  }

  const handlers: SessionHandlers<Context> = {
    async handle(request, context) {
      const route = routes.get(pathOf(request));
      if (route) return route(request, context);
      return notFound();
    },

    async login(request, uid, options = {}) {
      const { context, csrf, response, accept, login } = readLoginOptions(options, hasCookies);
      checkRedirect(response.redirect, origins, request);
      if (cookies && csrf) mount.checkLogin(request);
      const serve: Serve = async (request, context) => {
        const own = { ...(await metaOf(request, context)), ...login };
        const issued = await sessions.issue(uid, { ...own, ...acceptFor(request, accept) });
        await endPrevious(request);
        return tokensResponse(request, issued, response);
      };
      const given = (context ?? request) as Context;
      return csrf ? toHandler(serve, true)(request, given) : respond(() => serve(request, given));
    },

    refresh: toMounted(async (request, context) => {
      const token = await refreshTokenOf(request);
      return tokensResponse(
        request,
        await sessions.refresh(token, await refreshOptions(request, context)),
      );
    }),

    logout: toMounted(async (request) => {
      if (!presented || !cookies) {
        await endNamed(request, 'refresh_token');
        return emptyResponse(204);
      }
      const condition = new URL(request.url).searchParams.get('if');
      if (condition !== null && condition !== 'over')
        throw new BodyError(400, '"if" must be "over", or absent');
      // A 401 that arrives late must not take the cookies of a new login.
      if (condition === null) await presented.revokeAll(request);
      else if (await presented.nameLiveSession(request)) return emptyResponse(204);
      const response = emptyResponse(204);
      cookies.clear(response.headers, request);
      return response;
    }),

    async renew(request, context = request as Context) {
      return renew(request, () => refreshOptions(request, context));
    },

    revocation: toHandler(async (request) => {
      await endNamed(request, 'token');
      return emptyResponse(200);
    }, false),

    introspection: toHandler(async (request, context) => {
      const { form, required, optional } = await readParameters(request);
      if ((await isClient?.(request, form, context)) !== true) {
        const challenge = { 'WWW-Authenticate': 'Basic realm="introspection"' };
        return jsonResponse(401, { error: 'invalid_client' }, challenge);
      }
      const isRefresh = optional('token_type_hint') === 'refresh_token';
      // RFC 7662 §2.1: any other hint changes nothing.
      const options = isRefresh ? ({ hint: 'refresh_token' } as const) : {};
      return jsonResponse(200, await sessions.introspect(required('token'), options));
    }, false),
  };

  const renew = createRenewal(sessions, cookies, presented);

  const login = toHandler(async (request, context) => {
    const found = await own.login?.(request, context);
    if (found === null || found === undefined) {
      const description = 'the credentials are not those of a user';
      return invalidGrant({ error_description: description, reason: 'login_failed' }, hasCookies);
    }
    // Own members only, so that a polluted Object.prototype supplies no user.
    const given = typeof found === 'object' ? option.copyOwnProperties(found) : { uid: found };
    const { uid, ...options } = given;
    // The origin was checked before the hook ran.
    return handlers.login(request, uid as UserId, { ...options, context, csrf: false });
  }, true);

  const { refresh, logout, revocation, introspection } = handlers;
  const served = { refresh, logout, revocation, introspection, ...(own.login && { login }) };
  const prefix = mount.path === '/' ? '' : mount.path;
  const routes = new Map(
    Object.entries(served).map(([name, handler]) => [`${prefix}/${name}`, handler]),
  );
  return handlers;
}
