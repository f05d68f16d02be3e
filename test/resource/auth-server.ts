/** An authorization server on loopback: metadata, keys and an introspection endpoint that the test scripts. */

import type { IncomingMessage } from 'node:http';
import { createSigner } from '../../src/index.ts';
import {
  type Answer,
  json,
  type KeyServer,
  pairOf,
  serve,
  setOf,
  status,
} from '../jwk/key-server.ts';

export const RESOURCE = 'https://api.example/orders';

/** What one introspection request contained. */
export interface IntrospectionRequest {
  readonly headers: IncomingMessage['headers'];
  readonly form: URLSearchParams;
}

/** Responds to one introspection request. */
export type Describe = (request: IntrospectionRequest) => object | string | Answer;

export class AuthServer {
  readonly server: KeyServer;
  readonly exchanges: IntrospectionRequest[] = [];
  describe: Describe = () => ({ active: false });
  contentType = 'application/json';

  constructor(server: KeyServer) {
    this.server = server;
  }

  get issuer(): string {
    return this.server.url;
  }

  /** Requests for metadata and keys. */
  get fetches(): number {
    return this.server.count - this.exchanges.length;
  }

  /** An access token of RFC 9068. */
  token(claims: object = {}, header: object = {}): string {
    const sign = createSigner(pairOf('a').privateKey, {
      keyid: 'a',
      header: { typ: 'at+jwt', ...header },
    });
    const now = Math.floor(Date.now() / 1000);
    const base = { iss: this.issuer, sub: 'ada', aud: RESOURCE, client_id: 'web', jti: '1' };
    return sign({ ...base, iat: now, exp: now + 600, ...claims });
  }
}

/** Starts a server; `describe` says what its tokens are. */
export async function startAuthServer(describe?: Describe): Promise<AuthServer> {
  const auth = new AuthServer(await serve(status(404)));
  if (describe) auth.describe = describe;
  const { server } = auth;
  server.answer = (request, response) => {
    if (request.url?.includes('/.well-known/')) {
      const endpoint = `${server.url}/introspect`;
      const metadata = { issuer: server.url, jwks_uri: `${server.url}/jwks` };
      json({ ...metadata, introspection_endpoint: endpoint })(request, response);
    } else if (request.url === '/jwks') json(setOf('a'))(request, response);
    else if (request.url === '/introspect') respond(auth, request, response);
    else status(404)(request, response);
  };
  return auth;
}

function respond(auth: AuthServer, ...[request, response]: Parameters<Answer>): void {
  let body = '';
  request.setEncoding('utf8').on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    const exchange = { headers: request.headers, form: new URLSearchParams(body) };
    auth.exchanges.push(exchange);
    const described = auth.describe(exchange);
    if (typeof described === 'function') (described as Answer)(request, response);
    else json(described, { 'content-type': auth.contentType })(request, response);
  });
}
