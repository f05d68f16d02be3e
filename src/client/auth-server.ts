/** Requests to the session handlers, repeated once if the response is lost. */

import { pause } from './pause.ts';
import { RefreshError } from './refresh-error.ts';

const RETRY_MS = 500;

/** What the session handlers respond with. */
export interface AuthResponse {
  status: number;
  /** Lifetime of the new access token; 0 if the response has no tokens. */
  seconds: number;
  /** The new access token, unless it is in a cookie. */
  token: string | undefined;
  reason: string;
}

/** Sends a POST request below the path of the handlers. Rejects with a RefreshError if there is no response. */
export type Post = (path: string) => Promise<AuthResponse>;

export function createPost(base: string, timeout: number, fetch: typeof globalThis.fetch): Post {
  const send = async (path: string) =>
    readTokens(
      await fetch(base + path, {
        method: 'POST',
        credentials: 'include',
        // A tab that closes now still gets its cookies.
        keepalive: true,
        signal: AbortSignal.timeout(timeout),
      }),
    );

  return async (path) => {
    try {
      // If only the response was lost, the server responds to the same token with the same successor.
      return await send(path).catch(() => pause(RETRY_MS).then(() => send(path)));
    } catch (error) {
      throw new RefreshError(0, 'network', error);
    }
  };
}

/** Rejects if the connection breaks within the body. */
export async function readTokens(response: Response): Promise<AuthResponse> {
  const text = await response.text();
  let body: { expires_in?: number; access_token?: string; reason?: string } | null = null;
  try {
    body = JSON.parse(text);
  } catch {
    // The page of a proxy.
  }
  return {
    status: response.status,
    seconds: (response.ok && body?.expires_in) || 0,
    token: body?.access_token,
    reason: body?.reason ?? 'unexpected',
  };
}
