/** jotkit's own verifiers and what has no HTTP server have neither holes nor faults. */

import { describe, expect, it } from 'vitest';
import { authorizer, withAuth as withLambdaAuth } from '../../src/adapters/lambda.ts';
import { jwt as socketJwt } from '../../src/adapters/socket-io.ts';
import { createAuthenticator } from '../../src/http/index.ts';
import {
  type Algorithm,
  createVerifier,
  decode,
  type Jwt,
  type JwtPayload,
  verify,
  verifyAsync,
} from '../../src/index.ts';
import { createIssuers, createLocalJwks, exportJwk } from '../../src/jwk/index.ts';
import { type AttackReport, attack } from '../../src/testing/index.ts';
import { functionUrlEvent, httpV2Event } from '../fixtures/lambda-events.ts';
import { called } from '../fixtures/outcome.ts';
import { accessKey, setup } from '../sessions/setup.ts';
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

describe('an adapter without a server of its own has no hole and no fault', () => {
  const { fixtures, verifying: key } = genuine.EdDSA;
  const settings = { key, ...expected };
  const withHeader = (token: string) => ({ Authorization: `Bearer ${token}` });

  it.each<[string, Verify]>([
    [
      'withAuth of Lambda',
      async (token) => {
        const handle = withLambdaAuth(settings, () => ({ statusCode: 204 }));
        const { statusCode } = await handle(functionUrlEvent(withHeader(token)));
        return statusCode === 204;
      },
    ],
    [
      'authorizer of Lambda',
      async (token) => {
        const authorize = authorizer({ ...settings, simple: true });
        return (await authorize(httpV2Event(withHeader(token)))).isAuthorized;
      },
    ],
    [
      'an upgrade to WebSocket',
      async (token) => {
        const headers = { authorization: `Bearer ${token}`, upgrade: 'websocket' };
        const outcome = await createAuthenticator(settings)({ method: 'GET', headers });
        return outcome.status === 'authenticated';
      },
    ],
    [
      'a handshake of socket.io',
      (token) => {
        const middleware = socketJwt(settings);
        const nsp = { server: {}, prependListener() {} };
        const socket = { handshake: { headers: {}, auth: { token } }, data: {}, nsp };
        return new Promise((resolve) => {
          middleware(socket as never, (error?: Error) => resolve(error === undefined));
        });
      },
    ],
  ])('%s', async (_, check) => {
    expect(worst(await attack(check, fixtures, { failOn: 'fault' }))).toEqual(CLEAN);
  });

  it('verifyAccess of sessions', async () => {
    const { sessions } = setup({ clock: Date.now });
    const { access } = await sessions.issue('ada');
    const { header, payload } = decode(access, { complete: true }) as Jwt<JwtPayload>;
    const { iat: _, exp: __, ...claims } = payload;
    const { alg: ___, ...rest } = header;
    const genuineAccess = { key: accessKey, algorithm: 'HS256', claims, header: rest } as const;
    const report = await attack((token) => sessions.verifyAccess(token), genuineAccess);
    expect(worst(report)).toEqual(CLEAN);
  });
});
