/** A refusal, written on the response of Node.js. */

import type { AuthError } from '../http/auth-error.ts';

/** The part of a Node.js response that is used: Express has it, too. */
export interface NodeResponse {
  readonly headersSent: boolean;
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(text?: string): unknown;
}

/** At once, without a look at the body of the request. Node.js leaves the text out for HEAD. */
export function sendError(response: NodeResponse, error: AuthError): void {
  // Somebody answered while the token was judged.
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
