/** Requests of a page whose access token is refreshed for it. */

import { type AuthResponse, createPost, readTokens } from './auth-server.ts';
import { pause } from './pause.ts';
import { RefreshError } from './refresh-error.ts';
import { createLock } from './refresh-lock.ts';
import { createSessionState } from './session-state.ts';

/**
 * Options of {@link createClient}.
 *
 * @example
 * ```ts
 * const options: ClientOptions = { path: '/api/auth', onSignedOut: (reason) => console.log(reason) };
 * ```
 */
export interface ClientOptions {
  /** The `path` of the session handlers, or its URL if they have another origin. Default: `/auth`. */
  path?: string;
  /** Clients of the same name share their session. Default: `path`. Name the applications of one origin. */
  name?: string;
  /**
   * Whether the access token is in memory and sent in the `Authorization` header. The server then has
   * `tokenCookies({ access: false })`. Default: false, both tokens are in cookies.
   */
  bearer?: boolean;
  /**
   * Origins that requests go to with credentials, such as `https://api.example`. A request elsewhere is sent as
   * it is. Default: the origin of the page. Throws TypeError for an entry that is not a URL.
   */
  origins?: readonly string[];
  /** Seconds before the end of the access token from which a request refreshes it first. Default: 30. */
  early?: number;
  /** Longest time for one request to the session handlers, and for the wait for other tabs. Seconds, default 10. */
  timeout?: number;
  /** Sends all requests. Default: the global `fetch`, looked up at each request. */
  fetch?: typeof fetch;
  /** Called in every tab after a login, also of another user: reload what the page shows. */
  onSignedIn?: () => void;
  /**
   * Called in every tab when the session has ended. `reason` is `logout`, or that of the rejected refresh, such as
   * `session_revoked` or `token_missing`.
   */
  onSignedOut?: (reason: string) => void;
}

/**
 * See {@link createClient}.
 *
 * @example
 * ```ts
 * const orders = async (client: Client) => (await client.fetch('/api/orders')).json();
 * ```
 */
export interface Client {
  /**
   * Sends a request as the global `fetch` does. Refreshes first if the access token is about to expire. After a
   * 401 response, refreshes once and repeats the request once, unless its body is a stream.
   *
   * Rejects with {@link RefreshError} if it had to refresh and could not.
   */
  readonly fetch: typeof fetch;
  /**
   * Sends the request that logs in. A 2xx response with `expires_in`, as from `handlers.login`, signs all tabs in.
   * Resolves to the response.
   */
  readonly login: typeof fetch;
  /**
   * Refreshes, unless that has happened after `startedAt`, a time in milliseconds. Resolves to whether the user is
   * signed in: if so, repeat the request that you sent at `startedAt`. Default: now.
   *
   * Rejects with {@link RefreshError} if the session may be live.
   */
  refresh(startedAt?: number): Promise<boolean>;
  /** Ends the session and signs all tabs out. Rejects with {@link RefreshError} if the session may be live. */
  logout(): Promise<void>;
  /** Whether the user is signed in, as far as this browser knows. */
  readonly signedIn: boolean;
}

/** The 409 response has `Retry-After: 1`: by then the browser has the cookies of the other refresh. */
const SUPERSEDED_MS = 1000;

const SUPERSEDED_RETRIES = 2;

/** A tab waits 300 ms for the access token of the tab that refreshed. */
const TOKEN_POLL_MS = 20;
const TOKEN_POLLS = 15;

/**
 * Creates the client of the session handlers for a page. All tabs of a browser refresh as one, without a timer.
 *
 * @example
 * ```ts
 * const client = createClient({ onSignedOut: (reason) => console.log(reason) });
 * const logIn = (body: FormData) => client.login('/auth/login', { method: 'POST', body });
 * const orders = async () => (await client.fetch('/api/orders')).json();
 * const logOut = () => client.logout();
 * ```
 */
export function createClient(options: ClientOptions = {}): Client {
  const {
    path = '/auth',
    name = path,
    bearer = false,
    origins: allowed,
    early = 30,
    timeout = 10,
    fetch = (...request) => globalThis.fetch(...request),
    onSignedIn,
    onSignedOut,
    // Members of a changed Object.prototype are not options.
  } = { __proto__: null, ...options } as ClientOptions;

  // Throws TypeError for what is no URL, and accepts a slash at the end.
  const origins = allowed?.map((url) => new URL(url).origin);
  const state = createSessionState(name, onSignedIn, onSignedOut);
  const locked = createLock(`jotkit:${name}`, timeout * 1000);
  const post = createPost(path.replace(/\/+$/, ''), timeout * 1000, fetch);
  /** The time of the tokens that a request is sent with. */
  const tokensAt = () => state.at(bearer);

  /** The time of the login; 0 while signed out. */
  const since = () => state.last().since;

  let refreshing: Promise<boolean> | undefined;

  /** Whether the response has tokens, which are then those of all tabs. */
  function accept({ seconds, token }: AuthResponse, isLogin: boolean): boolean {
    if (seconds) state.signIn(seconds, bearer ? token : undefined, isLogin);
    return seconds > 0;
  }

  /** Whether the user is signed in, with tokens that are newer than `since`; undefined if only a refresh can tell. */
  function isKnown(since: number): boolean | undefined {
    state.look(since);
    // A sign-out is known, and no login since.
    if (state.last().reason) return false;
    return tokensAt() > since || undefined;
  }

  /** The same after another tab has refreshed: its access token arrives later than the news. */
  async function isKnownSoon(since: number): Promise<boolean | undefined> {
    for (let polls = TOKEN_POLLS; ; polls--) {
      const known = isKnown(since);
      if (known !== undefined || state.at() <= since || !polls) return known;
      await pause(TOKEN_POLL_MS);
    }
  }

  async function renew(startedAt: number): Promise<boolean> {
    for (let retries = SUPERSEDED_RETRIES; ; retries--) {
      const known = await isKnownSoon(startedAt);
      if (known !== undefined) return known;
      const before = state.at();
      const loginAt = since();
      const response = await post('/refresh');
      // Without Web Locks, another tab can log in or out meanwhile.
      const other = isKnown(before);
      // The tokens are those of the session before.
      if (other === false || (other && since() !== loginAt)) return other;
      const { status, reason } = response;
      if (accept(response, false) || (other && status === 401)) return true;
      if (status === 401) {
        await post('/logout?if=over').catch(() => {});
        state.signOut(reason);
        return false;
      }
      if (status !== 409 || !retries) throw new RefreshError(status, reason);
      await pause(SUPERSEDED_MS);
    }
  }

  async function refresh(startedAt = Date.now()): Promise<boolean> {
    const known = isKnown(startedAt);
    if (known !== undefined) return known;
    refreshing ??= locked(() => renew(startedAt)).finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  }

  /** Whether there are tokens that last longer than `early`, or than half of their lifetime if that is less. */
  function isUsable(early: number): boolean {
    const { at, ends } = state.last();
    return tokensAt() > 0 && Date.now() < ends - Math.min(early, (ends - at) / 2);
  }

  async function send(request: Request, again: Request | undefined): Promise<Response> {
    state.look();
    if (since() && !isUsable(early * 1000)) {
      await refresh(state.at()).catch((error) => {
        if (!isUsable(0)) throw error;
      });
    }
    const startedAt = Date.now();
    const loginAt = since();
    const response = await fetch(authorized(request));
    if (response.status !== 401 || !(await refresh(startedAt)) || !again) return response;
    // What the page wanted to change is not repeated for another user.
    if (loginAt && since() !== loginAt && request.method !== 'GET') return response;
    return fetch(authorized(again));
  }

  function authorized(request: Request): Request {
    const token = state.access();
    if (token) request.headers.set('Authorization', `Bearer ${token}`);
    return request;
  }

  return {
    async fetch(input, init) {
      const { origin } = new URL((input as Request).url ?? new Request(input).url);
      const own = location.origin;
      if (!(origins ?? [own]).includes(origin)) return fetch(input, init);
      const credentials = bearer || origin === own ? undefined : { credentials: 'include' };
      const request = new Request(input, { ...credentials, ...init } as RequestInit);
      const again = init?.body instanceof ReadableStream ? undefined : request.clone();
      const { signal } = request;
      // The caller does not wait for a refresh of a request that it has aborted.
      const aborted = new Promise<never>((_resolve, reject) => {
        signal.onabort = () => reject(signal.reason);
      });
      return Promise.race([aborted, send(request, again)]);
    },

    async login(input, init) {
      const request = new Request(input, { credentials: 'include', ...init });
      return locked(async () => {
        const response = await fetch(request);
        accept(await readTokens(response.clone()), true);
        return response;
      });
    },

    refresh,

    logout: () =>
      locked(async () => {
        const { status, reason } = await post('/logout');
        if (status > 299 && status !== 401) throw new RefreshError(status, reason);
        state.signOut('logout');
      }),

    get signedIn() {
      return since() > 0;
    },
  };
}
