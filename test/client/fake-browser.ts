/** A browser with tabs that share storage, locks, channels and a server, in this process. */

import { vi } from 'vitest';
import { type Client, type ClientOptions, createClient } from '../../src/client/index.ts';

export const ORIGIN = 'https://app.example';

/** Resolves relative URLs as a page does. */
class PageRequest extends Request {
  constructor(input: RequestInfo | URL, init?: RequestInit) {
    super(typeof input === 'string' ? new URL(input, ORIGIN) : input, init);
  }
}

export type Handler = (request: Request) => Response | Promise<Response>;

export class FakeBrowser {
  /** `POST /auth/refresh`, in the order of arrival. */
  readonly log: string[] = [];
  readonly requests: Request[] = [];
  readonly storage = new Map<string, string>();
  readonly sent: unknown[] = [];
  readonly #handlers = new Map<string, Handler>();
  readonly #channels = new Set<FakeChannel>();
  readonly #listeners = new Map<string, Array<() => void>>();
  #locked: Promise<unknown> = Promise.resolve();
  /** Tokens that the server accepts; a refresh replaces them. */
  generation = 1;
  /** What the cookie of the browser holds. */
  cookie = 0;

  constructor() {
    const browser = this;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: 1_700_000_000_000 });
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => {
      const controller = new AbortController();
      const late = new DOMException('The operation timed out', 'TimeoutError');
      setTimeout(() => controller.abort(late), milliseconds);
      return controller.signal;
    });
    vi.stubGlobal('location', { origin: ORIGIN });
    vi.stubGlobal('Request', PageRequest);
    vi.stubGlobal('fetch', (input: RequestInfo, init?: RequestInit) => this.#fetch(input, init));
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => this.storage.get(key) ?? null,
      setItem: (key: string, value: string) => this.storage.set(key, value),
    });
    vi.stubGlobal('navigator', {
      locks: {
        request: (_name: string, { signal }: { signal: AbortSignal }, work: () => unknown) =>
          this.#lock(signal, work),
      },
    });
    vi.stubGlobal('addEventListener', (type: string, listener: () => void) => {
      this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
    });
    vi.stubGlobal(
      'BroadcastChannel',
      class extends FakeChannel {
        constructor(name: string) {
          super(name, browser.#channels, browser.sent);
        }
      },
    );
    this.on('/auth/login', () => this.newTokens());
    this.on('/auth/refresh', () => this.newTokens());
    this.on('/auth/logout', () => new Response(null, { status: 204 }));
    this.on('/api', () => this.api());
  }

  close(): void {
    vi.useRealTimers();
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  }

  on(path: string, handler: Handler): void {
    this.#handlers.set(path, handler);
  }

  /** Adds tokens to the browser, as a login or refresh does. */
  newTokens(body: object = {}): Response {
    this.generation += 1;
    this.cookie = this.generation;
    return Response.json({ expires_in: 600, ...body });
  }

  api(): Response {
    return new Response(null, { status: this.cookie === this.generation ? 200 : 401 });
  }

  /** Makes the access token invalid, without the knowledge of any client. */
  expire(): void {
    this.cookie = 0;
  }

  tab(options: ClientOptions = {}): Tab {
    const heard: string[] = [];
    const client = createClient({
      onSignedIn: () => heard.push('in'),
      onSignedOut: (reason) => heard.push(reason),
      ...options,
    });
    return Object.assign(client, { heard });
  }

  async signedIn(options: ClientOptions = {}): Promise<Tab> {
    const tab = this.tab(options);
    await this.run(tab.login('/auth/login', { method: 'POST' }));
    tab.heard.length = 0;
    this.log.length = 0;
    this.requests.length = 0;
    await this.wait(100);
    return tab;
  }

  /** How often the path was requested. */
  count(path: string): number {
    return this.log.filter((line) => line.endsWith(` ${path}`)).length;
  }

  dispatch(type: string): void {
    for (const listener of this.#listeners.get(type) ?? []) listener();
  }

  wait(milliseconds: number): Promise<unknown> {
    return vi.advanceTimersByTimeAsync(milliseconds);
  }

  /** Ends the connection before the response, each time or the first `times`. */
  cut(path: string, times = Number.POSITIVE_INFINITY, before = () => {}): void {
    const handler = this.#handlers.get(path);
    let left = times;
    this.on(path, (request) => {
      left -= 1;
      if (left < 0 && handler) return handler(request);
      before();
      throw new TypeError('Failed to fetch');
    });
  }

  /** Lets time pass until the promise is settled. */
  async run<Result>(promise: Promise<Result>): Promise<Result> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    for (let passed = 0; !isSettled && passed < 120_000; passed += 10) await this.wait(10);
    if (!isSettled) throw new Error('the promise is not settled after two minutes');
    return promise;
  }

  async #fetch(input: RequestInfo, init?: RequestInit): Promise<Response> {
    const request = new PageRequest(input, init);
    request.signal.throwIfAborted();
    const { pathname, search, origin } = new URL(request.url);
    this.log.push(`${request.method} ${origin === ORIGIN ? '' : origin}${pathname}${search}`);
    this.requests.push(request);
    const { signal } = request;
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
    // The network takes a while.
    const late = new Promise((resolve) => setTimeout(resolve, 20));
    const handler = this.#handlers.get(pathname) ?? (() => new Response());
    return Promise.race([aborted, late.then(() => handler(request))]);
  }

  #lock(signal: AbortSignal, work: () => unknown): Promise<unknown> {
    const turn = this.#locked;
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
    let isOver = false;
    const waiting = turn.then(() => (isOver ? undefined : work()));
    const granted = turn.then(() => undefined);
    this.#locked = waiting.catch(() => undefined);
    return Promise.race([granted, aborted]).then(
      () => waiting,
      (error) => {
        isOver = true;
        throw error;
      },
    );
  }
}

class FakeChannel {
  onmessage: ((event: { data: unknown }) => void) | undefined;
  readonly #name: string;
  readonly #all: Set<FakeChannel>;
  readonly #sent: unknown[];

  constructor(name: string, all: Set<FakeChannel>, sent: unknown[]) {
    this.#name = name;
    this.#all = all;
    this.#sent = sent;
    all.add(this);
  }

  postMessage(data: unknown): void {
    this.#sent.push(data);
    for (const other of this.#all) {
      if (other === this || other.#name !== this.#name) continue;
      setTimeout(() => other.onmessage?.({ data: structuredClone(data) }), 5);
    }
  }
}

export type Tab = Client & { heard: string[] };
