/** The attack kit finds no hole in other libraries that are used correctly. */

import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { describe, expect, it } from 'vitest';
import { attack, type SigningFixtures } from '../../src/testing/index.ts';
import { ec, ed25519, rsa } from '../fixtures/keys.ts';
import { load } from './load.ts';

const iss = 'https://id.example';
const aud = 'api';
const kid = 'main';
const secret = 'a secret of tests, of 32 bytes or more';
const claims = { sub: 'ada', iss, aud };
const header = { kid };

const fixtures = {
  RS256: { key: rsa().privateKey, algorithm: 'RS256', claims, header },
  ES256: { key: ec().privateKey, algorithm: 'ES256', claims, header },
  EdDSA: { key: ed25519().privateKey, algorithm: 'EdDSA', claims, header },
  HS256: { key: secret, algorithm: 'HS256', claims, header },
} as const satisfies Record<string, SigningFixtures>;

const pem = String(rsa().publicKey.export({ format: 'pem', type: 'spki' }));
const jwk = { ...rsa().publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' };
const jwks = { keys: [jwk] };

/** What a report says that is more than a note. */
async function attackOn(
  verify: (token: string) => unknown,
  { algorithm }: SigningFixtures,
): Promise<{ holes: string[]; inconclusive: string | undefined }> {
  const report = await attack(verify, fixtures[algorithm as keyof typeof fixtures]);
  expect(report.cases).toBeGreaterThan(200);
  return { holes: report.holes.map(({ id }) => id), inconclusive: report.inconclusive };
}

const CLEAN = { holes: [], inconclusive: undefined };

describe('jose 6', () => {
  const options = { issuer: iss, audience: aud };

  it.each(['RS256', 'ES256', 'EdDSA', 'HS256'] as const)(
    'has no hole with a key for %s',
    async (name) => {
      const { jwtVerify } = await load('jose');
      const keys = { RS256: rsa, ES256: ec, EdDSA: ed25519 };
      const key = name === 'HS256' ? Buffer.from(secret) : keys[name]().publicKey;
      const verify = (token: string) => jwtVerify(token, key, { ...options, algorithms: [name] });
      expect(await attackOn(verify, fixtures[name])).toEqual(CLEAN);
    },
  );

  it('has no hole with a JWK Set', async () => {
    const { createLocalJWKSet, jwtVerify } = await load('jose');
    const keys = createLocalJWKSet(jwks);
    const verify = (token: string) => jwtVerify(token, keys, options);
    expect(await attackOn(verify, fixtures.RS256)).toEqual(CLEAN);
  });
});

describe('aws-jwt-verify 5', () => {
  it('has no hole', async () => {
    const { JwtVerifier } = await load('aws-jwt-verify');
    const { SimpleJwksCache } = await load('aws-jwt-verify/jwk');
    const fetcher = { fetch: async () => Buffer.from(JSON.stringify(jwks)) };
    const jwksUri = 'https://id.example/jwks.json';
    const settings = { issuer: iss, audience: aud, jwksUri };
    const verifier = JwtVerifier.create(settings, { jwksCache: new SimpleJwksCache({ fetcher }) });
    expect(await attackOn((token) => verifier.verify(token), fixtures.RS256)).toEqual(CLEAN);
  });
});

describe('hono 4.13', () => {
  it('has no hole with a key', async () => {
    const { verify } = await load('hono/jwt');
    const check = (token: string) => verify(token, pem, { alg: 'RS256', iss, aud });
    expect(await attackOn(check, fixtures.RS256)).toEqual(CLEAN);
  });

  it('has no hole with a secret', async () => {
    const { verify } = await load('hono/jwt');
    const check = (token: string) => verify(token, secret, { alg: 'HS256', iss, aud });
    expect(await attackOn(check, fixtures.HS256)).toEqual(CLEAN);
  });

  it('has no hole with a JWK Set', async () => {
    const { verifyWithJwks } = await load('hono/jwt');
    const options = { keys: jwks.keys, allowedAlgorithms: ['RS256'], verification: { iss, aud } };
    const check = (token: string) => verifyWithJwks(token, options);
    expect(await attackOn(check, fixtures.RS256)).toEqual(CLEAN);
  });
});

describe('jsonwebtoken 9', () => {
  const options = { issuer: iss, audience: aud };

  it('has no hole with a key and algorithms', async () => {
    const { verify } = await load('jsonwebtoken');
    const check = (token: string) => verify(token, pem, { ...options, algorithms: ['RS256'] });
    expect(await attackOn(check, fixtures.RS256)).toEqual(CLEAN);
  });

  it('has no hole with a secret and algorithms', async () => {
    const { verify } = await load('jsonwebtoken');
    const check = (token: string) => verify(token, secret, { ...options, algorithms: ['HS256'] });
    expect(await attackOn(check, fixtures.HS256)).toEqual(CLEAN);
  });

  it('has no hole behind node:http', async () => {
    const { verify } = await load('jsonwebtoken');
    const server = createServer((request, response) => {
      try {
        const [scheme, token] = request.headers.authorization?.split(' ') ?? [];
        if (scheme !== 'Bearer') throw new Error('no token');
        verify(token, pem, { ...options, algorithms: ['RS256'] });
        response.end();
      } catch {
        response.writeHead(401).end();
      }
    });
    const [listener] = server.listeners('request');
    const report = await attack(listener as never, fixtures.RS256);
    expect(report.holes).toEqual([]);
    expect(report.ok).toBe(true);
  });
});

describe('middleware of hono 4.13', () => {
  it('has no hole behind node:http, and a route beside it is inconclusive', async () => {
    const { Hono } = await load('hono');
    const { jwt } = await load('hono/jwt');
    const app = new Hono();
    app.use('/me', jwt({ secret: pem, alg: 'RS256', verification: { iss, aud } }));
    app.get('/me', (context: { text(body: string): Response }) => context.text('hello'));
    app.get('/open', (context: { text(body: string): Response }) => context.text('hello'));
    const listener = getRequestListener(app.fetch);
    const report = await attack(listener, fixtures.RS256, { route: '/me' });
    expect(report).toMatchObject({ ok: true, holes: [], inconclusive: undefined });
    const open = await attack(listener, fixtures.RS256, { route: '/open', only: 'unsigned' });
    expect(open.inconclusive).toMatch(/^the route requires no token/);
  });
});
