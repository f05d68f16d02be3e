/** Clients of the Model Context Protocol that call a tool with nothing but the URL of a server. */

import {
  Client as ClientV2,
  DpopSession,
  StreamableHTTPClientTransport as TransportV2,
  UnauthorizedError as UnauthorizedV2,
} from '@modelcontextprotocol/client';
import { UnauthorizedError as UnauthorizedV1 } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import * as dpop from 'dpop';
import { Browser, redirectUri } from './provider.ts';

export type Scheme = 'Bearer' | 'DPoP';

/** What a client sent and received, as `POST /mcp 401`. */
export interface Exchange {
  readonly lines: string[];
  /** The header `Authorization` of the last request, without the token. */
  scheme?: string;
  /** The challenges of the resource. */
  readonly challenges: string[];
}

interface Outcome {
  /** The text of the tool's result. */
  readonly text: string;
  readonly exchange: Exchange;
  /** The access token that the client got last. */
  readonly token: string;
  /** How often the user logged in. */
  readonly logins: number;
}

const name = { name: 'a client of the tests', version: '1.0.0' };

/** Records the requests of a client. */
function recorded(exchange: Exchange): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const url = new URL(input instanceof Request ? input.url : input);
    exchange.lines.push(`${init?.method ?? 'GET'} ${url.pathname} ${response.status}`);
    const authorization = new Headers(init?.headers).get('authorization');
    if (authorization) exchange.scheme = authorization.split(' ')[0] ?? '';
    const challenge = response.headers.get('www-authenticate');
    if (challenge) exchange.challenges.push(challenge);
    return response;
  };
}

/** What a client stores between its requests. */
interface Stored {
  client?: unknown;
  tokens?: { access_token: string };
  url?: URL;
  verifier?: string;
  discovery?: unknown;
}

/** An authorization provider as both versions of the SDK want it, and what it stored. */
function createStorage(client: object | undefined) {
  const stored: Stored = { client };
  const save = (name: keyof Stored) => (value: unknown) => {
    Object.assign(stored, { [name]: value });
  };
  const provider = {
    redirectUrl: redirectUri,
    clientMetadata: {
      client_name: 'tests',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    state: () => 'the state of a test',
    clientInformation: () => stored.client,
    saveClientInformation: save('client'),
    tokens: () => stored.tokens,
    saveTokens: save('tokens'),
    redirectToAuthorization: save('url'),
    codeVerifier: () => stored.verifier,
    saveCodeVerifier: save('verifier'),
    discoveryState: () => stored.discovery,
    saveDiscoveryState: save('discovery'),
  };
  return { stored, provider };
}

// biome-ignore lint/suspicious/noExplicitAny: one driver for the clients of two packages, whose types differ
type Any = any;

interface Driver {
  connect(transport: Any): Promise<Any>;
  createTransport(): Any;
  readonly unauthorized: new (message?: string) => Error;
  finish(transport: Any, callback: URL): Promise<void>;
}

const MAX_LOGINS = 3;

/** Connects, logs in as often as the server demands it, and calls the tool `whoami`. */
async function run(driver: Driver, stored: Stored) {
  for (let logins = 0; logins <= MAX_LOGINS; logins++) {
    const transport = driver.createTransport();
    const client = await driver.connect(transport).catch((error: unknown) => {
      if (!(error instanceof driver.unauthorized)) throw error;
    });
    if (!client) {
      await driver.finish(transport, await new Browser().logIn(stored.url ?? ''));
      continue;
    }
    const result = await client.callTool({ name: 'whoami', arguments: {} });
    await client.close();
    const text: string = result.content[0].text;
    return { text, token: stored.tokens?.access_token ?? '', logins };
  }
  throw new Error(`the server rejects the token of each of ${MAX_LOGINS} logins`);
}

/** Calls the tool with `@modelcontextprotocol/client`, whose DPoP is its own. Registers unless `client` is given. */
export async function callWithV2(url: string, scheme: Scheme, client?: object): Promise<Outcome> {
  const exchange: Exchange = { lines: [], challenges: [] };
  const { stored, provider } = createStorage(client);
  const session = scheme === 'DPoP' ? await DpopSession.create() : undefined;
  const authProvider = { ...provider, ...(session && { dpop: () => session }) } as Any;
  const result = await run(
    {
      async connect(transport) {
        const client = new ClientV2(name);
        await client.connect(transport);
        return client;
      },
      createTransport: () =>
        new TransportV2(new URL(url), { authProvider, fetch: recorded(exchange) }),
      unauthorized: UnauthorizedV2,
      finish: (transport, callback) => transport.finishAuth(callback.searchParams),
    },
    stored,
  );
  return { ...result, exchange };
}

/** Calls the tool with `@modelcontextprotocol/sdk` 1, which has no DPoP: `dpop` adds the proofs. */
export async function callWithV1(url: string, scheme: Scheme, client?: object): Promise<Outcome> {
  const exchange: Exchange = { lines: [], challenges: [] };
  const { stored, provider } = createStorage(client);
  const plain = recorded(exchange);
  const proving = scheme === 'DPoP' ? await withProofs(plain) : plain;
  // The scope for its registration, if a server names none.
  const clientMetadata = { ...provider.clientMetadata, scope: 'tools:read' };
  const authProvider = { ...provider, clientMetadata } as Any;
  const result = await run(
    {
      async connect(transport) {
        const client = new ClientV1(name);
        await client.connect(transport);
        return client;
      },
      createTransport: () => new TransportV1(new URL(url), { authProvider, fetch: proving as Any }),
      unauthorized: UnauthorizedV1,
      finish: (transport, callback) => transport.finishAuth(callback.searchParams.get('code')),
    },
    stored,
  );
  return { ...result, exchange };
}

/** A fetch that proves its key to the token endpoint and to resources, and repeats with a new nonce. */
export async function withProofs(next: typeof fetch): Promise<typeof fetch> {
  const pair = await dpop.generateKeyPair('ES256');
  const nonces = new Map<string, string>();

  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const method = init.method ?? 'GET';
    const headers = new Headers(init.headers);
    const [scheme, token] = headers.get('authorization')?.split(' ') ?? [];
    const isBearer = scheme === 'Bearer';
    if (!isBearer && url.pathname !== '/token') return next(input, init);

    async function attempt(): Promise<Response> {
      const nonce = nonces.get(url.origin);
      const target = url.origin + url.pathname;
      const accessToken = isBearer ? token : undefined;
      headers.set('dpop', await dpop.generateProof(pair, target, method, nonce, accessToken));
      if (isBearer) headers.set('authorization', `DPoP ${token}`);
      const response = await next(input, { ...init, headers });
      const fresh = response.headers.get('dpop-nonce');
      if (fresh) nonces.set(url.origin, fresh);
      return response;
    }

    const known = nonces.get(url.origin);
    const response = await attempt();
    const isRejected = response.status === 400 || response.status === 401;
    return isRejected && nonces.get(url.origin) !== known ? attempt() : response;
  };
}
