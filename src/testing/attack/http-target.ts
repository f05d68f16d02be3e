/** Sends tokens to a server on the loopback interface. */

import { Agent, type IncomingMessage, request as sendRequest } from 'node:http';
import type { LookupFunction } from 'node:net';
import { type Carrier, canCarry, carry } from './carrier.ts';
import type { CaseRequest } from './cases/attack-case.ts';
import { type Attempt, messageOf, type Outcome, type Target } from './target.ts';

/** Node.js rejects longer headers with 431, before the target sees them. */
const MAX_REQUEST_CHARS = 15_000;

/** What Node.js sends in a header value, without the white space that HTTP ignores around it. */
const CARRIED = /^[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?$/;

/** How a server is reached. */
export interface ServerAddress {
  readonly url: URL;
  readonly method: string;
  readonly carrier: Carrier;
  /** Milliseconds. */
  readonly timeout: number;
  /** Called when the attack has ended. */
  close(): Promise<void>;
}

/** Creates the target for a server. 2xx accepts the token. */
export function httpTarget({ url, method, carrier, timeout, close }: ServerAddress): Target {
  // An agent of its own: the global one may use a proxy of the environment. One connection for each
  // request: a server may close an idle one while the next request is on its way.
  const agent = new Agent({ keepAlive: false });
  return {
    kind: 'http',
    undeliverable(attempt) {
      if (!attempt.request && !canCarry(attempt.token, carrier)) return 'a cookie cannot carry it';
      return undeliverable(requestOf(attempt, carrier));
    },
    send: (attempt) => send(requestOf(attempt, carrier), { url, method, timeout, agent }),
    async close() {
      agent.destroy();
      await close();
    },
  };
}

function requestOf({ token, request }: Attempt, carrier: Carrier): CaseRequest {
  return request ?? { headers: [carry(token, carrier)], query: undefined, method: undefined };
}

function undeliverable({ headers, query }: CaseRequest): string | undefined {
  const values = headers.map(([, value]) => value);
  if (!values.every((value) => CARRIED.test(value))) return 'an HTTP header cannot carry it';
  const length = values.reduce((sum, value) => sum + value.length, query?.length ?? 0);
  return length > MAX_REQUEST_CHARS ? 'it is too long for an HTTP request' : undefined;
}

/** Methods whose requests have no body, not even an empty one. */
const BODILESS = ['GET', 'HEAD'];

interface Connection {
  readonly url: URL;
  readonly method: string;
  readonly timeout: number;
  readonly agent: Agent;
}

function send(
  { headers, query, method }: CaseRequest,
  { url, timeout, agent, ...server }: Connection,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const fail = (text: string, failure: Outcome['failure'] = 'error') => {
      resolve({ accepted: false, text, failure });
    };
    const separator = url.search ? '&' : '?';
    const chosen = method ?? server.method;
    // Without a length, Node.js sends an empty chunk, and servers look for the type of a body.
    const length = BODILESS.includes(chosen) ? [] : ['Content-Length', '0'];
    const request = sendRequest({
      agent,
      method: chosen,
      // Without the brackets of IPv6, which are the syntax of URLs.
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port || 80,
      path: `${url.pathname}${url.search}${query ? separator + query : ''}`,
      // Flat, because a name can occur twice.
      headers: ['Host', url.host, 'Accept', '*/*', ...length, ...headers.flat()] as never,
      lookup: loopbackOnly,
    });
    const timer = setTimeout(() => {
      fail('no response in time', 'timeout');
      request.destroy();
    }, timeout);
    request.once('close', () => {
      clearTimeout(timer);
      fail('the connection was closed without a response');
    });
    request.once('error', (error) => fail(`no response: ${messageOf(error)}`));
    request.once('response', (response) => {
      clearTimeout(timer);
      resolve(outcomeOf(response));
      // A target that streams its body accepts with the head: nothing waits for the end.
      response.once('error', () => {}).once('data', () => response.destroy());
    });
    request.end();
  });
}

function outcomeOf({ statusCode = 0 }: IncomingMessage): Outcome {
  const accepted = statusCode >= 200 && statusCode < 300;
  const failure = statusCode === 429 ? 'limited' : statusCode >= 500 ? 'error' : undefined;
  return { accepted, text: `responded with ${statusCode}`, failure };
}

/** `localhost` is what RFC 6761 §6.3 says, whatever the hosts file or a DNS server says. */
const loopbackOnly: LookupFunction = (_hostname, { all }, callback) => {
  const addresses = [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ];
  if (all) callback(null, addresses);
  else callback(null, '127.0.0.1', 4);
};
