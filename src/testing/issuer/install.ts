/** Replaces the global `fetch` for one origin. */

import { disposable, type Undo } from './disposal.ts';

/** Members can be undefined: openid-client passes such a `body`. */
type FetchInit = { readonly [Name in keyof RequestInit]?: RequestInit[Name] | undefined };

/** Fetches as the global function does, without what only some runtimes have. */
export type FetchFunction = (input: string | URL | Request, init?: FetchInit) => Promise<Response>;

/** What a function in the place of the global one replaced. */
interface Installation {
  isActive: boolean;
  readonly previous: FetchFunction;
}

const installations = new WeakMap<object, Installation>();

/**
 * Sends requests for `origin` to `own`, and others to the function that was the global one. Returns the undo.
 * Undo several in any order: one that is no longer active passes every request on.
 */
export function installFetch(own: FetchFunction, origin: string): Undo {
  const installation: Installation = {
    isActive: true,
    previous: globalThis.fetch as FetchFunction,
  };
  const replacement: FetchFunction = (input, init) => {
    const { isActive, previous } = installation;
    return isActive && originOf(input) === origin ? own(input, init) : previous(input, init);
  };
  installations.set(replacement, installation);
  globalThis.fetch = replacement;
  return disposable(() => {
    installation.isActive = false;
    removeInactive();
  });
}

/** Only from the top: what others put over a function of ours calls it. */
function removeInactive(): void {
  let top = installations.get(globalThis.fetch);
  while (top && !top.isActive) {
    globalThis.fetch = top.previous as typeof globalThis.fetch;
    top = installations.get(globalThis.fetch);
  }
}

/** Returns the origin of what `fetch` receives; `undefined` for what is not an absolute URL. */
export function originOf(input: string | URL | Request): string | undefined {
  const url = typeof input === 'object' && 'url' in input ? input.url : String(input);
  return URL.canParse(url) ? new URL(url).origin : undefined;
}
