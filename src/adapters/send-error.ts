/** Sends an error as the response of Node.js. */

import type { AuthError } from '../http/auth-error.ts';

/** The part of a Node.js or Express response that is used. */
export interface NodeResponse {
  readonly headersSent: boolean;
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  readonly writableEnded?: boolean;
  end(body?: string): unknown;
  destroy?(): unknown;
}

/** Sends the error without reading the request body. Node.js omits the response body for HEAD. */
export function sendError(response: NodeResponse, error: AuthError): void {
  // Another middleware responded during verification.
  if (response.headersSent) return;
  response.statusCode = error.status;
  setHeaders(response, error.headers);
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(error));
}

/** Prints an error that no caller would catch, and sends an empty 500 or ends a response that has started. */
export function sendServerError(response: NodeResponse, error: unknown): void {
  console.error(error);
  if (!response.headersSent) {
    response.statusCode = 500;
    response.end();
    // A complete response can still reach its client.
  } else if (!response.writableEnded) response.destroy?.();
}

export function setHeaders(
  response: Pick<NodeResponse, 'setHeader'>,
  headers: Readonly<Record<string, string>>,
): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}
