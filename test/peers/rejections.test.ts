/** A resource rejects the other tokens of its provider, and every request without the right proof. */

import { randomBytes } from 'node:crypto';
import { createServer, request as send } from 'node:http';
import { generateKeyPair, generateProof, type KeyPair } from 'dpop';
import { createDpop } from 'jotkit/dpop';
import { query } from 'jotkit/http';
import { protectedResource, withAuth } from 'jotkit/node';
import { createMemoryReplayStore } from 'jotkit/replay';
import { createResource } from 'jotkit/resource';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listening, type Running } from '../adapters/listening.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { Application, type Login } from './application.ts';
import { clients, type Format, type Provider, startProvider, user } from './provider.ts';

const other = 'https://other.example/api';
const { client_id, client_secret } = clients.api;
let provider: Provider;
let app: Application;
const pair = openid.randomDPoPKeyPair('ES256');

beforeAll(async () => {
  provider = await startProvider();
  app = await Application.discover(provider);
});
afterAll(() => provider.close());

const resourceOf = (resource: string) =>
  createResource({
    resource,
    issuers: provider.issuer,
    introspection: {
      issuer: provider.issuer,
      auth: { clientId: client_id, clientSecret: client_secret },
    },
    dpop: createDpop({ replay: createMemoryReplayStore(), nonce: { key: randomBytes(32) } }),
  });

/** A request with the header fields as they are given; fetch would join and forbid some. */
function request(url: string, fields: ReadonlyArray<readonly [string, string]>, method = 'POST') {
  return new Promise<{ status: number; headers: Headers; body: Record<string, string> }>(
    (resolve, reject) => {
      const headers = fields.flat();
      if (!fields.some(([name]) => name === 'host')) headers.push('host', new URL(url).host);
      const sent = send(
        url,
        { method, headers, setDefaultHeaders: false } as never,
        async (response) => {
          let text = '';
          for await (const chunk of response) text += chunk;
          const entries = Object.entries(response.headers) as Array<[string, string]>;
          const { statusCode: status = 0 } = response;
          resolve({ status, headers: new Headers(entries), body: text ? JSON.parse(text) : {} });
        },
      );
      sent.on('error', reject).end();
    },
  );
}

/** Returns the parameters `error` of both challenges. */
function errorsOf(challenge: string) {
  const [bearer = '', proof = ''] = challenge.split(/, (?=DPoP )/);
  const errorIn = (text: string) => /error="(\w+)"/.exec(text)?.[1];
  expect([bearer.split(' ')[0], proof.split(' ')[0]]).toEqual(['Bearer', 'DPoP']);
  return { Bearer: errorIn(bearer), DPoP: errorIn(proof) };
}

describe.each<Format>(['jwt', 'opaque'])('a resource with %s tokens', (format) => {
  let server: Running;
  let url: string;
  let bearer: Login['tokens'];
  let bound: Login['tokens'];
  let foreign: Login['tokens'];
  let nonce: string;

  beforeAll(async () => {
    let handle: ReturnType<typeof protectedResource> | undefined;
    server = await listening(createServer((request, response) => void handle?.(request, response)));
    url = `${server.origin}/mcp`;
    const api = resourceOf(url);
    const handler = withAuth({ resource: api }, (_request, response, { payload, kind }) => {
      response.end(JSON.stringify({ sub: payload.sub, kind }));
    });
    handle = protectedResource(api, handler);
    provider.protect(url, format);
    provider.protect(other, format);
    const dpop = openid.getDPoPHandle(app.config, await pair);
    bearer = (await app.logIn(url)).tokens;
    foreign = (await app.logIn(other)).tokens;
    bound = (await app.logIn(url, { dpop })).tokens;
    nonce = (await request(url, [])).headers.get('dpop-nonce') ?? '';
  });
  afterAll(() => server.close());

  interface Proof {
    readonly token?: string;
    readonly target?: string;
    readonly method?: string;
    readonly nonce?: string | undefined;
    readonly keys?: KeyPair;
  }

  async function proof(change: Proof = {}): Promise<string> {
    const all = { token: bound.access_token, target: url, method: 'POST', nonce, ...change };
    const keys = change.keys ?? (await pair);
    return generateProof(keys, all.target, all.method, all.nonce, all.token);
  }

  const withToken = (scheme: string, token: string) =>
    ['authorization', `${scheme} ${token}`] as const;

  it('accepts its own token, and a bound one with a proof', async () => {
    const expected = { status: 200, body: { sub: user, kind: format } };
    expect(await request(url, [withToken('Bearer', bearer.access_token)])).toMatchObject(expected);
    const fields = [withToken('DPoP', bound.access_token), ['dpop', await proof()]] as const;
    expect(await request(url, fields)).toMatchObject(expected);
  });

  it.each([
    ['a token for another resource', () => foreign.access_token, 'claim_mismatch'],
    ['an ID token', () => `${bearer.id_token}`, 'typ_not_allowed'],
    ['a refresh token', () => `${bearer.refresh_token}`, 'claim_mismatch'],
    ['a token that the provider did not issue', () => 'unknown', 'token_inactive'],
    ['a bound token', () => bound.access_token, 'sender_mismatch'],
  ])('rejects %s as Bearer', async (_, token, reason) => {
    const { status, headers, body } = await request(url, [withToken('Bearer', token())]);
    expect([status, body['reason']]).toEqual([401, reason]);
    expect(errorsOf(headers.get('www-authenticate') ?? '')).toEqual({ Bearer: 'invalid_token' });
  });

  it('rejects a bound token as Bearer with its proof', async () => {
    const fields = [withToken('Bearer', bound.access_token), ['dpop', await proof()]] as const;
    expect((await request(url, fields)).body['reason']).toBe('sender_mismatch');
  });

  it('rejects a bearer token with the scheme DPoP', async () => {
    const { access_token: token } = bearer;
    const fields = [withToken('DPoP', token), ['dpop', await proof({ token })]] as const;
    expect((await request(url, fields)).body['reason']).toBe('sender_mismatch');
  });

  const evil = 'evil.example';
  it.each<[string, string, () => Promise<Array<readonly [string, string]>>]>([
    ['without a proof', 'proof_missing', async () => []],
    [
      'with two proofs',
      'proof_invalid',
      async () => [
        ['dpop', await proof()],
        ['dpop', await proof()],
      ],
    ],
    [
      'with the proof of another key',
      'sender_mismatch',
      async () => [['dpop', await proof({ keys: await generateKeyPair('ES256') })]],
    ],
    [
      'with a proof for another method',
      'proof_invalid',
      async () => [['dpop', await proof({ method: 'GET' })]],
    ],
    [
      'with a proof for another path',
      'proof_invalid',
      async () => [['dpop', await proof({ target: `${server.origin}/other` })]],
    ],
    [
      'with a proof for the Host that the request forges',
      'proof_invalid',
      async () => [
        ['host', evil],
        ['dpop', await proof({ target: `http://${evil}/mcp` })],
      ],
    ],
    [
      'with the proof of another token',
      'proof_invalid',
      async () => [['dpop', await proof({ token: bearer.access_token })]],
    ],
    [
      'without a nonce',
      'nonce_required',
      async () => [['dpop', await proof({ nonce: undefined })]],
    ],
    [
      'with a nonce of another server',
      'nonce_required',
      async () => [['dpop', await proof({ nonce: 'of-another-server' })]],
    ],
  ])('rejects a bound token %s', async (_, reason, fields) => {
    const sent = [withToken('DPoP', bound.access_token), ...(await fields())];
    const { status, headers, body } = await request(url, sent);
    const errors: Record<string, string> = {
      sender_mismatch: 'invalid_token',
      nonce_required: 'use_dpop_nonce',
    };
    expect([status, body['reason']]).toEqual([401, reason]);
    const error = errors[reason] ?? 'invalid_dpop_proof';
    expect(errorsOf(headers.get('www-authenticate') ?? '')).toEqual({ DPoP: error });
    expect(headers.get('dpop-nonce')).toBeTypeOf('string');
  });

  it('rejects a proof that is used again', async () => {
    const fields = [withToken('DPoP', bound.access_token), ['dpop', await proof()]] as const;
    expect((await request(url, fields)).status).toBe(200);
    const { status, headers, body } = await request(url, fields);
    expect([status, body['reason']]).toEqual([401, 'proof_replayed']);
    expect(errorsOf(headers.get('www-authenticate') ?? '')).toEqual({ DPoP: 'invalid_dpop_proof' });
  });

  it('accepts a proof of the own URL under a forged Host', async () => {
    const fields = [withToken('DPoP', bound.access_token), ['host', evil], ['dpop', await proof()]];
    expect((await request(url, fields as never)).status).toBe(200);
  });
});

it.each([
  ['"algorithms"', { algorithms: ['RS256'] }],
  ['"issuer"', { issuer: 'https://id.example' }],
  ['"audience"', { audience: 'api' }],
  ['"key"', { key: 'a secret of 32 bytes, for this test' }],
  ['"allowUnconfirmed"', { allowUnconfirmed: true }],
  ['query()', { from: query('token') }],
])('throws for %s beside a resource', (name, options) => {
  const resource = resourceOf('https://api.example/mcp');
  const create = () => withAuth({ resource, ...options } as never, () => {});
  const error = errorOf(create);
  expect(error).toBeInstanceOf(TypeError);
  expect([error.code, error.message]).toEqual([
    'ERR_OPTION_INVALID',
    expect.stringContaining(name),
  ]);
  resource.close();
});
