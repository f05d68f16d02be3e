/** Finds the request, the response and the socket of an ExecutionContext of NestJS. */

import { usageError } from '../errors.ts';
import type { RequestLike } from '../http/request.ts';

/** The part of an ExecutionContext that is used. */
export interface NestContext {
  getType(): string;
  // biome-ignore lint/complexity/noBannedTypes: what NestJS declares
  getHandler(): Function;
  getClass(): object;
  getArgByIndex(index: number): unknown;
}

/** The part of a response of Express or a reply of Fastify that is used. */
interface NestResponse {
  header(name: string, value: string): unknown;
}

/** Returns what the result is stored for: the request, the context of GraphQL, or the socket. */
export function targetOf(context: NestContext): object {
  const target = context.getArgByIndex(context.getType() === 'graphql' ? 2 : 0);
  return target as object;
}

/** Returns what contains the headers; throws TypeError if it is not known. */
export function requestOf(context: NestContext): RequestLike {
  const type = context.getType();
  const target = Object(targetOf(context));
  const found =
    type === 'graphql'
      ? (target.req ?? target.request ?? target.reply?.request)
      : type === 'ws'
        ? target.handshake
        : target;
  if (found?.headers) return found;
  const message = `the guard found no request in a context of type "${type}": set "requestOf"`;
  throw usageError('ERR_OPTION_INVALID', message);
}

/** Returns the response of an HTTP request. */
export function responseOf(context: NestContext): NestResponse | undefined {
  return context.getType() === 'http' ? (context.getArgByIndex(1) as NestResponse) : undefined;
}
