/** Sends the metadata of a protected resource (RFC 9728) as a response of Node.js. */

import { typeNameOf } from '../core/option-rules.ts';
import { usageError } from '../errors.ts';
import { type ProtectedResource, planOf } from '../http/protected-resource.ts';
import type { RequestLike } from '../http/request.ts';
import { type NodeResponse, setHeaders } from './send-error.ts';

/** Throws TypeError for what `createResource` did not return. */
export function checkResource(api: unknown): void {
  if (planOf(api)) return;
  const message = `protectedResource() needs what createResource() returned, got ${typeNameOf(api)}`;
  throw usageError('ERR_OPTION_INVALID', message);
}

/** Responds if the request is for the document. Returns `undefined` for every other one. */
export function sendDocument(
  api: ProtectedResource,
  request: RequestLike,
  response: NodeResponse,
): Promise<void> | undefined {
  const document = api.serve(request);
  return document && !response.headersSent ? send(response, document) : undefined;
}

async function send(response: NodeResponse, document: Response): Promise<void> {
  response.statusCode = document.status;
  setHeaders(response, Object.fromEntries(document.headers));
  response.end(await document.text());
}
