/** Sends the metadata of a protected resource (RFC 9728) as a response of Node.js. */

import type { ProtectedResource } from '../http/protected-resource.ts';
import type { RequestLike } from '../http/request.ts';
import { type NodeResponse, setHeaders } from './send-error.ts';

/** Responds if the request is for the document. Returns whether it did. */
export async function sendDocument(
  api: ProtectedResource,
  request: RequestLike,
  response: NodeResponse,
): Promise<boolean> {
  const document = api.serve(request);
  if (!document || response.headersSent) return false;
  response.statusCode = document.status;
  setHeaders(response, Object.fromEntries(document.headers));
  response.end(await document.text());
  return true;
}
