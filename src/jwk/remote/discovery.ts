/** Fetches the metadata of an issuer, and creates a key source from it. */

import { deepFreeze, isJsonObject, parseJson } from '../../core/encoding/strict-json.ts';
import { copyOwnProperties } from '../../core/option-rules.ts';
import type { UnverifiedToken } from '../../core/token/token.ts';
import { listKeys, withLister } from '../../core/verify/listed-keys.ts';
import { KeySourceError, usageError } from '../../errors.ts';
import {
  compileRemote,
  createRemoteJwks,
  type RemoteJwks,
  type RemoteJwksOptions,
} from './create-remote-jwks.ts';
import { type DocumentRequest, fetchDocument } from './fetch-document.ts';
import { isLoopback, readUrl, shownUrl } from './jwks-url.ts';

/**
 * Metadata of an issuer: OpenID Connect Discovery §3, RFC 8414 §2. Deeply frozen.
 *
 * @example
 * ```ts
 * const metadata: IssuerMetadata = (await discover('https://id.example')).metadata;
 * console.log(metadata.jwks_uri); // → https://id.example/jwks.json
 * ```
 */
export interface IssuerMetadata {
  readonly issuer: string;
  readonly jwks_uri: string;
  readonly [member: string]: unknown;
}

/**
 * What {@link discover} resolves to.
 *
 * @example
 * ```ts
 * const { issuer, jwks }: Discovered = await discover('https://id.example');
 * const verify = createVerifier(jwks, { issuer, audience: 'api' });
 * ```
 */
export interface Discovered {
  /** The issuer as in `iss`: exactly the string that you passed. */
  readonly issuer: string;
  /** Its keys, only for tokens whose `iss` is this issuer. */
  readonly jwks: RemoteJwks;
  readonly metadata: IssuerMetadata;
}

/**
 * Fetches the metadata of an issuer and creates a source of its keys. Tries OpenID Connect Discovery §4,
 * then RFC 8414 §3. Call it once, at start: the source refreshes the keys.
 *
 * The metadata must name exactly the issuer that you passed: a trailing slash counts. Options are those of
 * {@link createRemoteJwks} and apply to both documents. `headers` are sent to the origin of the issuer only.
 *
 * Throws KeySourceError if the metadata cannot be fetched or names another issuer. Throws TypeError for an
 * issuer that is not an `https:` URL (except on this machine) or has a query, and for invalid options.
 *
 * @example
 * ```ts
 * const { issuer, jwks } = await discover('https://id.example');
 * const verify = createVerifier(jwks, { issuer, audience: 'api' });
 * ```
 */
export async function discover(
  issuer: string,
  options: RemoteJwksOptions = {},
): Promise<Discovered> {
  return discoverIssuer(issuer, checkIssuer(issuer, options), options);
}

/** Checks an issuer and options. Returns the request for its metadata. Throws TypeError. */
export function checkIssuer(issuer: unknown, options: RemoteJwksOptions): DocumentRequest {
  if (typeof issuer !== 'string')
    throw usageError('ERR_OPTION_INVALID', 'the issuer must be a string');
  const { request } = compileRemote('the issuer', issuer, options);
  // RFC 8414 §2. No path can be appended to a query either.
  if (/[?#]/.test(issuer)) {
    throw usageError('ERR_OPTION_INVALID', 'the issuer must have no query and no fragment');
  }
  if (request.url.pathname.includes('/.well-known/')) {
    const message = 'the issuer must be without "/.well-known/…", which is the URL of its metadata';
    throw usageError('ERR_OPTION_INVALID', message);
  }
  return request;
}

/** Fetches the metadata of a checked issuer. `onFetch` receives what aborts each request. */
export async function discoverIssuer(
  issuer: string,
  request: DocumentRequest,
  options: RemoteJwksOptions,
  onFetch: (controller: AbortController) => void = () => {},
): Promise<Discovered> {
  const metadata = await fetchMetadata(issuer, request, onFetch);
  // Own members only: a polluted prototype allows nothing.
  const own: RemoteJwksOptions = copyOwnProperties(options);
  const url = readUrl(metadata['jwks_uri'], own.allowInsecureHttp ?? false);
  if (typeof url === 'string') throw discoveryError(request.url, `its "jwks_uri" ${url}`);
  // Metadata from the network must not make this process call services on its own machine.
  if (isLoopback(url) && !isLoopback(request.url)) {
    throw discoveryError(request.url, 'its "jwks_uri" must not name this machine');
  }
  if (url.protocol === 'http:' && request.url.protocol === 'https:' && !own.allowInsecureHttp) {
    throw discoveryError(request.url, 'its "jwks_uri" must start with https:, as the issuer does');
  }
  // Credentials for this host are not for others.
  const { headers, ...others } = own;
  const isSameOrigin = url.origin === request.url.origin;
  const jwks = createRemoteJwks(url, isSameOrigin && headers ? { ...others, headers } : others);
  // Never for tokens of another issuer, also if a verifier does not set `issuer`.
  const source = async (token: UnverifiedToken) => {
    const { payload } = token;
    return Object.hasOwn(payload, 'iss') && payload.iss === issuer ? jwks(token) : [];
  };
  const { reload, close } = jwks;
  return {
    issuer,
    jwks: withLister(Object.assign(source, { reload, close }), () => listKeys(jwks) ?? []),
    metadata: deepFreeze(metadata as unknown as IssuerMetadata),
  };
}

async function fetchMetadata(
  issuer: string,
  request: DocumentRequest,
  onFetch: (controller: AbortController) => void,
): Promise<Record<string, unknown>> {
  const [first, second] = metadataUrls(request.url);
  const text =
    (await fetchOptionalText({ ...request, url: first }, onFetch)) ??
    (await fetchOptionalText({ ...request, url: second }, onFetch));
  if (text === undefined) throw discoveryError(request.url, 'no metadata is published');
  const metadata = parseJson(text);
  if (!isJsonObject(metadata))
    throw discoveryError(request.url, 'the metadata is not a JSON object');
  // OpenID Connect Discovery §4.3, RFC 8414 §3.3: identical, not merely equivalent.
  const named = Object.hasOwn(metadata, 'issuer') ? metadata['issuer'] : undefined;
  if (named !== issuer) {
    const got = typeof named === 'string' ? JSON.stringify(named.slice(0, 200)) : 'none';
    throw discoveryError(request.url, `expected the issuer ${JSON.stringify(issuer)}, got ${got}`);
  }
  return metadata;
}

/** Resolves to `undefined` for status 404. */
async function fetchOptionalText(
  request: DocumentRequest,
  onFetch: (controller: AbortController) => void,
): Promise<string | undefined> {
  const controller = new AbortController();
  onFetch(controller);
  try {
    const { status, text } = await fetchDocument(request, controller);
    if (status === 200) return text;
    if (status === 404) return undefined;
    throw new Error(`status ${status}`);
  } catch (error) {
    throw discoveryError(request.url, (error as Error).message, error);
  }
}

/** After the path for OpenID Connect, before it for RFC 8414 §3.1. */
function metadataUrls({ origin, pathname }: URL): [URL, URL] {
  const path = pathname.replace(/\/$/, '');
  return [
    new URL(`${origin}${path}/.well-known/openid-configuration`),
    new URL(`${origin}/.well-known/oauth-authorization-server${path}`),
  ];
}

function discoveryError(url: URL, reason: string, cause?: unknown): KeySourceError {
  return new KeySourceError(`no metadata from ${shownUrl(url)}: ${reason}`, cause);
}
