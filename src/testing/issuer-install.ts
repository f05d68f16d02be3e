/** Replaces the global `fetch` for one origin. */

import { disposable, type Undo } from './issuer-disposal.ts';

/** Fetches as the global function does, without what only some runtimes have. */
export type FetchFunction = (
  input: string | URL | Request,
  init?: RequestInit,
) => Promise<Response>;

/** What a function in the place of the global one replaced. */
interface Installation {
  isActive: boolean;
  readonly previous: typeof globalThis.fetch;
}

const installations = new WeakMap<object, Installation>();

/**
 * Sends requests for `origin` to `own`, and others to the function that was the global one. Returns the undo.
 * Undo several in any order: one that is no longer active passes every request on.
 */
export function installFetch(own: FetchFunction, origin: string): Undo {
  const installation: Installation = { isActive: true, previous: globalThis.fetch };
  const replacement: FetchFunction = (input, init) => {
    const { isActive, previous } = installation;
    const send: FetchFunction = isActive && originOf(input) === origin ? own : previous;
    return send(input, init);
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
    globalThis.fetch = top.previous;
    top = installations.get(globalThis.fetch);
  }
}

/** Returns the origin of what `fetch` receives; `undefined` for what is not an absolute URL. */
export function originOf(input: string | URL | Request): string | undefined {
  const url = typeof input === 'object' && 'url' in input ? input.url : String(input);
  return URL.canParse(url) ? new URL(url).origin : undefined;
}
