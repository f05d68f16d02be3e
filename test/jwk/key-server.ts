/** Starts HTTP servers on loopback that respond with key sets or failures. */

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';
import { createSigner, createVerifier } from '../../src/index.ts';
import {
  createRemoteJwks,
  type RemoteJwksOptions,
} from '../../src/jwk/remote/create-remote-jwks.ts';
import { rejectionOf } from '../fixtures/outcome.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const pairs = new Map<string, { privateKey: KeyObject; publicKey: KeyObject }>();

/** Returns the key pair of this `kid`. */
export function pairOf(kid: string) {
  const pair = pairs.get(kid) ?? generateKeyPairSync('ed25519');
  pairs.set(kid, pair);
  return pair;
}

export function jwkOf(kid: string): Record<string, unknown> {
  return { ...pairOf(kid).publicKey.export({ format: 'jwk' }), kid, alg: 'EdDSA', use: 'sig' };
}

export const setOf = (...kids: string[]) => ({ keys: kids.map(jwkOf) });

const tokens = new Map<string, string>();

/** A token without `exp`, signed with the key of this `kid`. */
export function tokenBy(kid: string): string {
  const sign = () => createSigner(pairOf(kid).privateKey, { keyid: kid, noTimestamp: true });
  const token = tokens.get(kid) ?? sign()({ by: kid });
  tokens.set(kid, token);
  return token;
}

/** A token with an unknown `kid`. */
export function strangeToken(kid: string): string {
  return createSigner(pairOf('stranger').privateKey, { keyid: kid, noTimestamp: true })({});
}

export const json =
  (document: unknown, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers });
    response.end(typeof document === 'string' ? document : JSON.stringify(document));
  };

/** A set with an ETag, and 304 if the client has it. */
export const tagged =
  (document: unknown, etag: string, headers: Record<string, string> = {}): Answer =>
  (request, response) => {
    if (request.headers['if-none-match'] !== etag) {
      return json(document, { etag, ...headers })(request, response);
    }
    response.writeHead(304, headers).end();
  };

export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(code, headers).end(`<h1>${code}</h1>`);
  };

export const hang: Answer = () => {};

/** Sends the headers at once, then a byte every few milliseconds. */
export const drip =
  (text: string, ms = 5): Answer =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    let sent = 0;
    const timer = setInterval(() => response.write(text[sent++ % text.length]), ms);
    response.on('close', () => clearInterval(timer));
  };

/** Sends bytes as fast as they are read. `sent` counts them. */
export function flood(sent: { bytes: number }, most = 60 * 2 ** 20): Answer {
  return (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const chunk = Buffer.alloc(2 ** 16, ' ');
    const write = () => {
      while (sent.bytes < most && !response.destroyed) {
        sent.bytes += chunk.length;
        if (!response.write(chunk)) return;
      }
      response.end();
    };
    response.on('drain', write);
    write();
  };
}

/** Closes the connection before the announced length. */
export const truncated =
  (document: unknown): Answer =>
  (_, response) => {
    const text = JSON.stringify(document);
    response.writeHead(200, { 'content-length': String(text.length) });
    response.write(text.slice(0, text.length / 2), () => response.destroy());
  };

export const broken: Answer = (_, response) => void response.destroy();

/** Counts requests before it responds. */
export class KeyServer {
  readonly requests: IncomingMessage[] = [];
  answer: Answer = status(404);
  url = '';
  readonly #server: Server = createServer((request, response) => {
    this.requests.push(request);
    this.answer(request, response);
  });

  get count(): number {
    return this.requests.length;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const { port } = this.#server.address() as AddressInfo;
    this.url = `http://127.0.0.1:${port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Starts a server that stops after the test file. */
export async function serve(answer: Answer): Promise<KeyServer> {
  const server = await new KeyServer().start();
  server.answer = answer;
  servers.push(server);
  return server;
}

const servers: KeyServer[] = [];
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
});

/** A clock that the test sets. */
export class Clock {
  now = 1_700_000_000_000;
  readonly read = () => this.now;

  /** Negative seconds set the clock back. */
  pass(seconds: number): void {
    this.now += seconds * 1000;
  }
}

/** Creates a server, its remote set, a verifier, and their clock. */
export async function scene(answer: Answer, options: RemoteJwksOptions = {}) {
  const server = await serve(answer);
  const clock = new Clock();
  const jwks = createRemoteJwks(`${server.url}/jwks`, { clock: clock.read, ...options });
  const verify = createVerifier(jwks, { clock: clock.read });
  return {
    server,
    clock,
    jwks,
    verify,
    /** Verifies a token of this key, and returns its claim `by`. */
    by: async (kid: string): Promise<unknown> => (await verify(tokenBy(kid)))['by'],
    /** The code of the rejection. */
    rejection: async (token: string): Promise<unknown> => (await rejectionOf(verify(token))).code,
  };
}

export const MINUTE = 60;
export const HOUR = 60 * MINUTE;
