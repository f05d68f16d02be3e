/** Sends an `AuthError` as the response of Node.js. */

import type { AuthError } from '../http/auth-error.ts';

/** The part of a Node.js or Express response that is used. */
export interface NodeResponse {
  readonly headersSent: boolean;
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body?: string): unknown;
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

export function setHeaders(
  response: Pick<NodeResponse, 'setHeader'>,
  headers: Readonly<Record<string, string>>,
): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}
