/** Sends one token to an introspection endpoint, and reads the response (RFC 7662 §2, RFC 9701 §4). */

import { isJsonObject, parseJson } from '../core/encoding/strict-json.ts';
import type { Claims } from '../core/token/claim-checks.ts';
import {
  type DocumentRequest,
  type FetchedDocument,
  fetchDocument,
  runWithin,
} from '../jwk/remote/fetch-document.ts';
import { isLoopback, readUrl } from '../jwk/remote/jwks-url.ts';
import type { CompiledAuth } from './client-auth.ts';

/** Why an exchange failed. `status` is that of the response, if there was one. */
export class ExchangeFailure extends Error {
  readonly status: number | undefined;

  constructor(message: string, cause?: unknown, status?: number) {
    super(message, { cause });
    this.status = status;
  }
}

/** What every exchange needs. */
export interface ExchangePlan {
  /** Returns the URL of the endpoint. */
  endpoint(): Promise<URL>;
  readonly auth: CompiledAuth;
  /** Verifies a signed response and returns its claims; `undefined` for responses in plain JSON. */
  readonly verifyResponse: ((jwt: string) => Promise<Claims>) | undefined;
  /** Seconds. */
  readonly timeout: number;
  readonly fetch: DocumentRequest['fetch'];
}

const MAX_RESPONSE_BYTES = 65_536;

/** RFC 9701 §4. */
const SIGNED_TYPE = 'application/token-introspection+jwt';

/** Resolves to the response, of which `active` is a boolean. Rejects with {@link ExchangeFailure}. */
export async function introspectOnce(
  plan: ExchangePlan,
  token: string,
  controller: AbortController,
): Promise<Claims> {
  try {
    // Limited, too: a function of the caller that never returns would hold its place for ever.
    const { headers, parameters } = await runWithin(plan.timeout, 'credentials', controller, () => {
      return plan.auth.credentials();
    });
    // The hint saves the server a search; it must still find any token (RFC 7662 §2.1).
    const form = new URLSearchParams({ token, token_type_hint: 'access_token', ...parameters });
    const request: DocumentRequest = {
      url: await plan.endpoint(),
      headers: {
        accept: plan.verifyResponse ? SIGNED_TYPE : 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        ...headers,
      },
      body: form.toString(),
      timeout: plan.timeout,
      maxBytes: MAX_RESPONSE_BYTES,
      fetch: plan.fetch,
    };
    return await readResponse(plan, await fetchDocument(request, controller));
  } catch (error) {
    if (error instanceof ExchangeFailure) throw error;
    throw new ExchangeFailure(error instanceof Error ? error.message : 'unknown', error);
  }
}

async function readResponse(plan: ExchangePlan, response: FetchedDocument): Promise<Claims> {
  const { status, headers, text } = response;
  if (status !== 200) throw new ExchangeFailure(statusReason(status), undefined, status);
  const [type = ''] = (headers.get('content-type') ?? '').toLowerCase().split(';', 1);
  const claims = plan.verifyResponse
    ? await readSigned(plan.verifyResponse, type.trim(), text)
    : readJson(type.trim(), text);
  if (Object.hasOwn(claims, 'active') && typeof claims['active'] === 'boolean') return claims;
  throw new ExchangeFailure('a response in which "active" is no boolean');
}

function statusReason(status: number): string {
  const isOurs = status === 400 || status === 401 || status === 403;
  return `status ${status}${isOurs ? ': the server rejected this resource server, check "auth"' : ''}`;
}

function readJson(type: string, text: string): Claims {
  if (type !== 'application/json' && !/^application\/[\w.-]+\+json$/.test(type)) {
    throw new ExchangeFailure('a response whose Content-Type is not application/json');
  }
  const claims = parseJson(text);
  if (isJsonObject(claims)) return claims;
  throw new ExchangeFailure('a response that is not a JSON object, or has a duplicate member');
}

async function readSigned(
  verify: (jwt: string) => Promise<Claims>,
  type: string,
  text: string,
): Promise<Claims> {
  if (type !== SIGNED_TYPE) {
    throw new ExchangeFailure(
      `a response that is not signed: its Content-Type is not ${SIGNED_TYPE}`,
    );
  }
  const claims = await verify(text.trim());
  const response = Object.hasOwn(claims, 'token_introspection') && claims['token_introspection'];
  if (isJsonObject(response)) return response;
  throw new ExchangeFailure('a signed response without "token_introspection"');
}

/** Reads `introspection_endpoint` of the metadata of an issuer (RFC 8414 §2). */
export function endpointFrom(issuer: string, metadata: object): URL {
  const value: unknown = Object.hasOwn(metadata, 'introspection_endpoint')
    ? Reflect.get(metadata, 'introspection_endpoint')
    : undefined;
  const url = readUrl(value, false);
  if (typeof url === 'string') {
    throw new ExchangeFailure(`the "introspection_endpoint" of the issuer ${url}; set "endpoint"`);
  }
  // Metadata from the network must not make this process call services on its own machine.
  if (isLoopback(url) && !isLoopback(new URL(issuer))) {
    throw new ExchangeFailure('the "introspection_endpoint" must not name this machine');
  }
  return url;
}
