/** Reads the events of API Gateway, of function URLs and of load balancers as requests. */

import type { RequestLike } from '../http/request.ts';

/**
 * The part of an event that is used: of a Lambda authorizer (`TOKEN`, `REQUEST`, payload 1.0 and 2.0), of a
 * proxy integration, of a function URL or of an Application Load Balancer.
 *
 * @example
 * ```ts
 * const event: LambdaEvent = { version: '2.0', headers: { authorization: 'Bearer eyJhbGci…' } };
 * ```
 */
export interface LambdaEvent {
  readonly type?: string;
  readonly version?: string;
  readonly methodArn?: string;
  readonly routeArn?: string;
  readonly authorizationToken?: string;
  readonly httpMethod?: string;
  readonly path?: string;
  readonly rawPath?: string;
  readonly rawQueryString?: string;
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null;
  readonly queryStringParameters?: LambdaEvent['headers'];
  readonly multiValueQueryStringParameters?: LambdaEvent['multiValueHeaders'];
  readonly cookies?: readonly string[];
  readonly requestContext?: object;
}

/** The members of `requestContext` that are used; each kind of event has others. */
interface RequestContext {
  readonly http?: { readonly method?: string };
  readonly eventType?: string;
}

/** Returns the request that an event describes, with header names in lower case. */
export function requestOf(given: LambdaEvent): RequestLike {
  const event = ownMembers(given);
  const headers: Record<string, string> = Object.create(null);
  const { http, eventType }: RequestContext = event.requestContext ?? {};
  for (const [name, values] of valuesOf(event.headers, event.multiValueHeaders)) {
    const lower = name.toLowerCase();
    const all = headers[lower] === undefined ? values : [headers[lower], ...values];
    headers[lower] = all.join(lower === 'cookie' ? '; ' : ', ');
  }
  // Payload 2.0 moves cookies out of the headers.
  if (event.cookies?.length) headers['cookie'] = event.cookies.join('; ');
  // A WebSocket API omits the header from its events.
  if (eventType === 'CONNECT') headers['upgrade'] = 'websocket';
  return { method: event.httpMethod ?? http?.method, url: urlOf(event), headers };
}

/** Returns the token of a `TOKEN` authorizer: the value of one header, with or without its scheme. */
export function tokenOf(event: LambdaEvent): string {
  return String(ownMembers(event).authorizationToken ?? '').replace(/^bearer +/i, '');
}

/** A polluted Object.prototype must not supply a token. */
function ownMembers(event: LambdaEvent): LambdaEvent {
  return Object.assign(Object.create(null), event);
}

function urlOf(event: LambdaEvent): string {
  const { rawQueryString } = event;
  const path = event.rawPath ?? event.path ?? '/';
  if (rawQueryString !== undefined) return `${path}?${rawQueryString}`;
  const { queryStringParameters, multiValueQueryStringParameters } = event;
  const query = new URLSearchParams();
  for (const [name, values] of valuesOf(queryStringParameters, multiValueQueryStringParameters)) {
    for (const value of values) query.append(name, value);
  }
  return `${path}?${query}`;
}

/** Prefers the lists: the other member has only the last value of each name. */
function valuesOf(
  single: LambdaEvent['headers'],
  multi: LambdaEvent['multiValueHeaders'],
): Array<[string, readonly string[]]> {
  const values = Object.entries(single ?? {}).map(([name, value]) => [name, [value]] as const);
  const all = new Map<string, readonly unknown[]>([
    ...values,
    ...Object.entries(multi ?? {}),
  ] as never);
  return [...all].map(([name, list]) => [name, list.filter((value) => typeof value === 'string')]);
}
