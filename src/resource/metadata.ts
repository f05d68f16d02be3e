/** Writes the metadata of a protected resource, and serves them (RFC 9728). */

import { deepFreeze, isJsonObject } from '../core/encoding/strict-json.ts';
import * as option from '../core/option-rules.ts';
import { usageError } from '../errors.ts';
import type { ResourceMetadata } from '../http/protected-resource.ts';
import type { RequestLike } from '../http/request.ts';
import type { SenderProof } from '../http/sender-proof.ts';
import { readUrl } from '../jwk/remote/jwks-url.ts';

/** What the document is written from. */
export interface MetadataSource {
  /** As the caller wrote it, which clients compare (RFC 9728 §3.3). */
  readonly resource: string;
  readonly authorizationServers: readonly string[];
  readonly scopes?: readonly string[] | undefined;
  readonly dpop?: SenderProof | undefined;
  readonly hasCertificates: boolean;
  /** Members that the caller adds. */
  readonly more?: Readonly<Record<string, unknown>> | undefined;
}

const WELL_KNOWN = '/.well-known/oauth-protected-resource';

/** A challenge quotes the URL, so it has no quotes and no backslashes. */
const URL_CHARACTERS = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Returns the URL of a resource (RFC 9728 §1.2). Throws TypeError. */
export function readResource(value: unknown): URL {
  const url = typeof value === 'string' ? readUrl(value, false) : 'must be a string';
  if (typeof url === 'string') throw usageError('ERR_OPTION_INVALID', `"resource" ${url}`);
  const text = String(value);
  if (/[?#]/.test(text)) {
    throw usageError('ERR_OPTION_INVALID', '"resource" must have no query and no fragment');
  }
  // Clients compare strings, and each sends the URL as its own parser writes it.
  const isNormalized = text === url.href || (url.pathname === '/' && `${text}/` === url.href);
  if (!isNormalized || !URL_CHARACTERS.test(text)) {
    const message = `"resource" must be a normalized URL: write ${url.href}`;
    throw usageError('ERR_OPTION_INVALID', message);
  }
  return url;
}

/** Inserts the well-known path before that of the resource, without the slash after the host (RFC 9728 §3.1). */
export function metadataUrlOf({ origin, pathname }: URL): string {
  return `${origin}${WELL_KNOWN}${pathname === '/' ? '' : pathname}`;
}

/** Members that other options write, and one that jotkit does not sign. */
const RESERVED_MEMBERS = [
  'resource',
  'authorization_servers',
  'scopes_supported',
  'dpop_signing_alg_values_supported',
  'dpop_bound_access_tokens_required',
  'tls_client_certificate_bound_access_tokens',
  'signed_metadata',
];

export const metadataRule: option.OptionRule = {
  expected: `an object of JSON values without ${RESERVED_MEMBERS.join(', ')}`,
  test: (value) =>
    option.isPlainObject(value) &&
    !RESERVED_MEMBERS.some((name) => Object.hasOwn(value, name)) &&
    Object.values(value).every((member) => member !== undefined && isJson(member)),
};

function isJson(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return [...value].every(isJson);
  return option.isPlainObject(value) && Object.values(value).every(isJson);
}

/** Returns the document (RFC 9728 §2), deeply frozen. */
export function createMetadata(source: MetadataSource): ResourceMetadata {
  const { dpop, scopes } = source;
  const document = {
    resource: source.resource,
    authorization_servers: source.authorizationServers,
    ...(scopes && { scopes_supported: scopes }),
    bearer_methods_supported: ['header'],
    ...(dpop && { dpop_signing_alg_values_supported: dpop.algorithms }),
    ...(dpop?.required && { dpop_bound_access_tokens_required: true }),
    ...(source.hasCertificates && { tls_client_certificate_bound_access_tokens: true }),
    ...source.more,
  };
  // A copy: the caller can change lists and objects later.
  const copy: unknown = JSON.parse(JSON.stringify(document));
  return deepFreeze(copy as ResourceMetadata);
}

/** Any page can read the document: it contains nothing about the user. */
const CORS = { 'access-control-allow-origin': '*' };
const METHODS = 'GET, HEAD, OPTIONS';

const PREFLIGHT = {
  ...CORS,
  'access-control-allow-methods': METHODS,
  // MCP clients send MCP-Protocol-Version.
  'access-control-allow-headers': '*',
  'access-control-max-age': '86400',
};

const DOCUMENT = {
  ...CORS,
  'cache-control': 'public, max-age=300',
  'content-type': 'application/json',
};

/** Creates the function that serves the document, at its own path only. */
export function createDocumentServer(
  metadata: ResourceMetadata,
  metadataUrl: string,
): (request: RequestLike) => Response | undefined {
  const path = pathOf(metadataUrl);
  const body = JSON.stringify(metadata);
  return (request) => {
    if (!isJsonObject(request)) {
      const message = `the request must be an object, got ${option.typeNameOf(request)}`;
      throw usageError('ERR_OPTION_INVALID', message);
    }
    const { method = 'GET', originalUrl, url } = request as RequestLike;
    // A copy at the root, or at another spelling, would describe another resource (RFC 9728 §3.3).
    if (pathOf(String(originalUrl ?? url ?? '')) !== path) return undefined;
    if (method === 'OPTIONS') return new Response(null, { status: 204, headers: PREFLIGHT });
    if (method === 'GET') return new Response(body, { headers: DOCUMENT });
    if (method === 'HEAD') return new Response(null, { headers: DOCUMENT });
    return new Response(null, { status: 405, headers: { ...CORS, allow: METHODS } });
  };
}

/** The path of an absolute URL or of a request target, as text. `new URL` would take `//h/x` for a host. */
function pathOf(url: string): string {
  const [target = ''] = url.split(/[?#]/, 1);
  return target.replace(/^[a-z][a-z\d+.-]*:\/\/[^/]*/i, '');
}
