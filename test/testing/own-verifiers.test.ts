/** jotkit's own verifiers and adapters have neither holes nor faults. */

import { getRequestListener } from '@hono/node-server';
import express from 'express';
import express4 from 'express4';
import Fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { describe, expect, it } from 'vitest';
import { jwt as expressJwt, jwtErrors } from '../../src/adapters/express.ts';
import fastifyJwt from '../../src/adapters/fastify.ts';
import { withAuth as withFetchAuth } from '../../src/adapters/fetch.ts';
import { toListener } from '../../src/adapters/fetch-to-node.ts';
import { jwt as honoJwt } from '../../src/adapters/hono.ts';
import { jwt as koaJwt } from '../../src/adapters/koa.ts';
import { withAuth } from '../../src/adapters/node.ts';
import { bearer, cookie, query } from '../../src/http/index.ts';
import { type Algorithm, createVerifier, verify, verifyAsync } from '../../src/index.ts';
import { createIssuers, createLocalJwks, exportJwk } from '../../src/jwk/index.ts';
import type { RequestHandler } from '../../src/testing/attack/local-server.ts';
import { type AttackReport, attack } from '../../src/testing/index.ts';
import { called } from '../fixtures/outcome.ts';
import { audience, type GenuineName, genuine, genuineNames, issuer } from './fixtures.ts';

/** What a report says that is more than a note. */
function worst({ ok, holes, faults, inconclusive }: AttackReport) {
  return { ok, holes, faults, inconclusive };
}

const CLEAN = { ok: true, holes: [], faults: [], inconclusive: undefined };
const expected = { issuer, audience };

type Verify = (token: string) => unknown;

function verifiersOf(name: GenuineName): Record<string, Verify> {
  const { verifying: key } = genuine[name];
  const algorithms: Algorithm[] = [name];
  const options = { ...expected, algorithms };
  return {
    createVerifier: createVerifier(key, options),
    verify: (token) => verify(token, key, options),
    ...(SLOW.includes(name) ? {} : otherVerifiersOf(name)),
  };
}

/** Signing with RSA and P-384 takes most of the time. */
const SLOW: GenuineName[] = ['RS256', 'PS256', 'ES384'];

function otherVerifiersOf(name: GenuineName): Record<string, Verify> {
  const { verifying: key } = genuine[name];
  const options = { ...expected, algorithms: [name] as Algorithm[] };
  return {
    'createVerifier, async': createVerifier(key, { ...options, async: true }),
    'createVerifier with a cache': createVerifier(key, { ...options, cache: true }),
    'createVerifier with a key source': createVerifier(({ header }) => {
      return header.kid === 'main' ? key : undefined;
    }, options),
    'verify with a key function': (token) =>
      called((done) =>
        verify(
          token,
          ({ kid }, found) => found(null, kid === 'main' ? key : undefined),
          options,
          done,
        ),
      ),
    verifyAsync: (token) => verifyAsync(token, key, options),
  };
}

describe.each(genuineNames)('with tokens of %s', (name) => {
  const { fixtures } = genuine[name];

  it.each(Object.entries(verifiersOf(name)))('%s has no hole and no fault', async (_, check) => {
    const report = await attack(check, fixtures, { failOn: 'fault' });
    expect(worst(report)).toEqual(CLEAN);
    expect(report.cases).toBeGreaterThan(200);
    // ECDSA of P-384 ends with a whole group of base64.
    expect(report.skipped.map(({ id }) => id)).toEqual(
      name === 'ES384' ? ['text/loose-signature'] : [],
    );
  });
});

// Of an RSA key without "alg", RS256 is the default.
describe.each(['RS256', 'ES384', 'EdDSA', 'HS256'] as const)('with the default of %s', (name) => {
  it('createVerifier has no hole and no fault', async () => {
    const { fixtures, verifying } = genuine[name];
    const report = await attack(createVerifier(verifying, expected), fixtures, { failOn: 'fault' });
    expect(worst(report)).toEqual(CLEAN);
  });
});

describe('with a JWK Set', () => {
  const jwk = { ...exportJwk(genuine.RS256.verifying), kid: 'main' };
  const keys = createLocalJwks({ keys: [jwk] });

  it('createVerifier has no hole and no fault', async () => {
    const report = await attack(createVerifier(keys, expected), genuine.RS256.fixtures);
    expect(worst(report)).toEqual(CLEAN);
  });

  it('createIssuers has no hole and no fault', async () => {
    const check = createIssuers({ [issuer]: { key: keys, audience } });
    expect(worst(await attack(check, genuine.RS256.fixtures))).toEqual(CLEAN);
  });
});

const settings = {
  key: genuine.EdDSA.verifying,
  ...expected,
  from: [bearer(), cookie('token'), query('access_token')],
};

describe('an adapter has no hole and no fault', () => {
  const { fixtures } = genuine.EdDSA;
  const attackApp = async (app: RequestHandler) => {
    const report = await attack(app, fixtures, { failOn: 'fault' });
    expect(worst(report)).toEqual(CLEAN);
    // The server responds with 401, not with 5xx.
    expect(report.notes.filter(({ outcome }) => !/responded with 20\d/.test(outcome))).toEqual([]);
    expect(report.cases).toBeGreaterThan(200);
    return report;
  };

  it.each([
    ['Express 5', express],
    ['Express 4', express4 as unknown as typeof express],
  ])('%s', async (_, create) => {
    const app = create();
    app.use(expressJwt(settings));
    app.use((_request: unknown, response: express.Response) => void response.sendStatus(204));
    app.use(jwtErrors());
    await attackApp(app);
  });

  it('Fastify', async () => {
    const app = Fastify();
    await app.register(fastifyJwt, settings);
    app.all('/', async () => 'hello');
    await app.ready();
    await attackApp((request, response) => app.routing(request, response));
    await app.close();
  });

  it('Koa', async () => {
    const app = new Koa();
    app.silent = true;
    app.use(koaJwt(settings));
    app.use((context) => {
      context.status = 204;
    });
    await attackApp(app.callback());
  });

  it('Hono', async () => {
    const app = new Hono();
    app.use(honoJwt(settings));
    app.all('/', (context) => context.text('hello'));
    await attackApp(getRequestListener(app.fetch));
  });

  it('node:http', async () => {
    await attackApp(withAuth(settings, (_request, response) => void response.end()));
  });

  it('fetch', async () => {
    const handle = withFetchAuth(settings, () => new Response('hello'));
    await attackApp(toListener(handle));
  });

  it('notes a token in the URL, and no cookie from another site', async () => {
    const app = withAuth(settings, (_request, response) => void response.end());
    const report = await attackApp(app);
    const ids = report.notes.map(({ id }) => id);
    expect(ids).toContain('transport/query');
    expect(ids.filter((id) => id.startsWith('transport/cookie'))).toEqual([]);
  });
});
