/** A real HTTP server on loopback that answers as it is told, faults included. */

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

/** The key pair of this `kid`, made when first asked for. */
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

/** A token that is good for ever, signed with the key of this `kid`. */
export function tokenBy(kid: string): string {
  const sign = () => createSigner(pairOf(kid).privateKey, { keyid: kid, noTimestamp: true });
  const token = tokens.get(kid) ?? sign()({ by: kid });
  tokens.set(kid, token);
  return token;
}

/** A token whose `kid` nobody knows. */
export function strangeToken(kid: string): string {
  return createSigner(pairOf('stranger').privateKey, { keyid: kid, noTimestamp: true })({});
}

export const json =
  (document: unknown, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers });
    response.end(typeof document === 'string' ? document : JSON.stringify(document));
  };

/** A set with an ETag, and 304 to whoever knows it. */
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

/** Headers at once, then a byte from time to time. */
export const drip =
  (text: string, ms = 5): Answer =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    let sent = 0;
    const timer = setInterval(() => response.write(text[sent++ % text.length]), ms);
    response.on('close', () => clearInterval(timer));
  };

/** Bytes without end, as fast as they are taken; `sent` counts what left. */
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

/** Less than was announced, and then the end of the connection. */
export const truncated =
  (document: unknown): Answer =>
  (_, response) => {
    const text = JSON.stringify(document);
    response.writeHead(200, { 'content-length': String(text.length) });
    response.write(text.slice(0, text.length / 2), () => response.destroy());
  };

export const broken: Answer = (_, response) => void response.destroy();

/** One server; requests are counted before they are answered. */
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

/** A server for one test, which ends with the file. */
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

/** A clock that is set by hand. */
export class Clock {
  now = 1_700_000_000_000;
  readonly read = () => this.now;

  /** Seconds later; negative for a clock that is set back. */
  pass(seconds: number): void {
    this.now += seconds * 1000;
  }
}

/** A server, a key set that is fetched from it, a verifier that uses the set, and the clock of both. */
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
    /** Who signed the token, as the verified token says. */
    by: async (kid: string): Promise<unknown> => (await verify(tokenBy(kid)))['by'],
    /** The code with which it is refused. */
    refusal: async (token: string): Promise<unknown> => (await rejectionOf(verify(token))).code,
  };
}

export const MINUTE = 60;
export const HOUR = 60 * MINUTE;
