/** Returns the thumbprint of the certificate that a client authenticated with (RFC 8705 §3.1). */

import { typeNameOf } from '../core/option-rules.ts';
import { usageError } from '../errors.ts';
import { headerOf, type RequestLike } from '../http/request.ts';
import type { CertificateSource } from '../http/sender-proof.ts';
import { digestOf } from './digest.ts';

/** The members of a TLS socket of Node.js that are read. */
interface TlsSocket {
  readonly authorized: boolean;
  /** `null` after the client has disconnected. */
  getPeerCertificate(): { readonly raw?: Uint8Array } | null;
}

/** RFC 9440 §2.1: a byte sequence, which is base64 between colons. */
const CLIENT_CERT = /^:([A-Za-z\d+/]{1,16384}={0,2}):$/;

/**
 * Returns a function that finds the certificate of the client: the option `mtls` of authenticators and of
 * `createResource`, for tokens with `cnf["x5t#S256"]` (RFC 8705 §3).
 *
 * - `'socket'`: the certificate of the TLS connection, if Node.js has verified it: set `requestCert` and `ca`. For
 *   servers of Node.js, Express, Fastify, Koa, and Hono on `@hono/node-server`.
 * - `'header'`: the header `Client-Cert` (RFC 9440) of a proxy that terminates TLS. Your proxy must remove this
 *   header from requests of clients: they could write any certificate into it.
 *
 * Throws TypeError for any other source.
 *
 * @example
 * ```ts
 * const thumbprintOf = clientCertificate('header');
 * const headers = { 'client-cert': ':MIIBqDCCAU6gAwIBAgIBBzAKBggqhkjOPQ==:' };
 * console.log(thumbprintOf({ headers }, undefined)?.length); // → 43
 * ```
 */
export function clientCertificate(source: 'socket' | 'header'): CertificateSource {
  if (source === 'socket') return (request, context) => hashOf(peerCertificate(request, context));
  if (source === 'header') return (request) => hashOf(forwardedCertificate(request));
  const message = `source must be "socket" or "header", got ${typeNameOf(source)}`;
  throw usageError('ERR_OPTION_INVALID', message);
}

function hashOf(der: Uint8Array | undefined): string | undefined {
  return der && digestOf(der);
}

function forwardedCertificate(request: RequestLike): Uint8Array | undefined {
  const [, base64] = CLIENT_CERT.exec(headerOf(request, 'client-cert') ?? '') ?? [];
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64');
}

/** Node.js reports an empty object for a client without a certificate. */
function peerCertificate(request: RequestLike, context: unknown): Uint8Array | undefined {
  const socket = socketOf(request) ?? socketOf(context);
  // With `rejectUnauthorized: false` also a certificate that no authority signed gets here.
  return socket?.authorized === true ? socket.getPeerCertificate()?.raw : undefined;
}

/** Where the request of Node.js is: Fastify `raw`, Koa `req`, Hono on Node.js `env.incoming`. */
const WRAPPERS = ['raw', 'req', 'env', 'incoming'];

function socketOf(holder: unknown, depth = 0): TlsSocket | undefined {
  const socket = memberOf(holder, 'socket') as Partial<TlsSocket> | undefined;
  if (typeof socket?.getPeerCertificate === 'function') return socket as TlsSocket;
  if (depth === 2) return undefined;
  for (const name of WRAPPERS) {
    const found = socketOf(memberOf(holder, name), depth + 1);
    if (found) return found;
  }
  return undefined;
}

function memberOf(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, name) : undefined;
}
