/** Verifiers and clients of others work against a test issuer, by its `fetch` and over loopback. */

import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose';
import * as openid from 'openid-client';
import { describe, expect, it } from 'vitest';
import { createVerifier } from '../../src/index.ts';
import { createRemoteJwks, discover } from '../../src/jwk/index.ts';
import {
  createTestIssuer,
  type OutageKind,
  type TestIssuer,
  type TestIssuerOptions,
  type TokenFault,
} from '../../src/testing/index.ts';
import { rejectionOf } from '../fixtures/outcome.ts';

const audience = 'api';
const kinds: OutageKind[] = ['status', 'refused', 'timeout', 'html', 'truncated', 'empty'];

/** What each fault is for jose: the `code` of its error. */
const joseCodes: Record<Exclude<TokenFault, 'noKid'>, string> = {
  expired: 'ERR_JWT_EXPIRED',
  notActive: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
  wrongAudience: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
  wrongIssuer: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
  wrongKey: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
  unknownKid: 'ERR_JWKS_NO_MATCHING_KEY',
  unsigned: 'ERR_JOSE_NOT_SUPPORTED',
  tampered: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
};

describe.each([
  ['its fetch', false],
  ['loopback', true],
])('by %s', (_, listen) => {
  const create = (options: TestIssuerOptions = {}) =>
    createTestIssuer({ audience, listen, ...options });

  function joseVerifier({ issuer, jwksUri, fetch, now }: TestIssuer) {
    const keys = createRemoteJWKSet(new URL(jwksUri), {
      cooldownDuration: 0,
      timeoutDuration: 300,
      ...(!listen && { [customFetch]: fetch }),
    });
    return async (token: string) => {
      const currentDate = new Date(now());
      return (await jwtVerify(token, keys, { issuer, audience, currentDate })).payload;
    };
  }

  describe('jose', () => {
    it('verifies tokens before and after a rotation', async () => {
      await using issuer = await create();
      const verify = joseVerifier(issuer);
      const before = await issuer.token({ sub: 'before' });
      expect(await verify(before)).toMatchObject({ sub: 'before', aud: 'api' });
      await issuer.rotate();
      expect(await verify(await issuer.token({ sub: 'after' }))).toMatchObject({ sub: 'after' });
      expect(await verify(before)).toMatchObject({ sub: 'before' });
      expect(issuer.requests.map(({ path }) => path)).toEqual(
        Array(2).fill('/.well-known/jwks.json'),
      );
    });

    it('rejects the old key after a rotation without keepOld', async () => {
      await using issuer = await create();
      const token = await issuer.token();
      await issuer.rotate({ keepOld: false });
      expect(await rejectionOf(joseVerifier(issuer)(token))).toMatchObject({
        code: 'ERR_JWKS_NO_MATCHING_KEY',
      });
    });

    it('rejects each fault, but accepts noKid', async () => {
      await using issuer = await create();
      const verify = joseVerifier(issuer);
      const codes: Record<string, unknown> = {};
      for (const fault of Object.keys(joseCodes) as TokenFault[]) {
        codes[fault] = (await rejectionOf(verify(await issuer.token({}, fault)))).code;
      }
      expect(codes).toEqual(joseCodes);
      expect(await verify(await issuer.token({ sub: 'ada' }, 'noKid'))).toMatchObject({
        sub: 'ada',
      });
    });

    it.each(kinds)('fails in the outage %s, and recovers', async (kind) => {
      await using issuer = await create({ algorithm: 'ES256' });
      const verify = joseVerifier(issuer);
      const token = await issuer.token({ sub: 'ada' });
      issuer.outage(kind);
      expect(await rejectionOf(verify(token))).toBeInstanceOf(Error);
      issuer.recover();
      expect(await verify(token)).toMatchObject({ sub: 'ada' });
    });

    it('rejects a token when the clock of the issuer has passed `exp`', async () => {
      await using issuer = await create();
      const verify = joseVerifier(issuer);
      const token = await issuer.token();
      await verify(token);
      issuer.advance('5m');
      expect(await rejectionOf(verify(token))).toMatchObject({ code: 'ERR_JWT_EXPIRED' });
    });
  });

  describe('openid-client', () => {
    function configure(issuer: TestIssuer, algorithm: 'oidc' | 'oauth2' = 'oidc') {
      return openid.discovery(new URL(issuer.issuer), 'app', undefined, undefined, {
        algorithm,
        timeout: 1,
        ...(listen
          ? { execute: [openid.allowInsecureRequests] }
          : { [openid.customFetch]: issuer.fetch }),
      });
    }

    /** Verifies an ID token as the response of an implicit flow. */
    async function authenticate(config: openid.Configuration, token: string) {
      const url = new URL(`https://app.example/callback#id_token=${token}`);
      return openid.implicitAuthentication(config, url, 'n');
    }

    it.each(['oidc', 'oauth2'] as const)('discovers the metadata by %s', async (algorithm) => {
      await using issuer = await create();
      const config = await configure(issuer, algorithm);
      expect(config.serverMetadata()).toMatchObject({
        issuer: issuer.issuer,
        jwks_uri: issuer.jwksUri,
      });
    });

    it('verifies ID tokens of the first key and of the next one', async () => {
      await using issuer = await create();
      const claims = { sub: 'ada', aud: 'app', nonce: 'n' };
      for (const rotate of [false, true]) {
        if (rotate) await issuer.rotate({ keepOld: false });
        const config = await configure(issuer);
        openid.useIdTokenResponseType(config);
        const token = await issuer.token(claims);
        expect(await authenticate(config, token)).toMatchObject(claims);
      }
    });

    it.each<TokenFault>(['wrongAudience', 'wrongIssuer', 'wrongKey', 'tampered', 'unsigned'])(
      'rejects an ID token with the fault %s',
      async (fault) => {
        await using issuer = await create();
        const config = await configure(issuer);
        openid.useIdTokenResponseType(config);
        const token = await issuer.token({ sub: 'ada', aud: 'app', nonce: 'n' }, fault);
        expect(await rejectionOf(authenticate(config, token))).toBeInstanceOf(Error);
      },
    );

    it.each(kinds)('fails in the outage %s, and recovers', async (kind) => {
      await using issuer = await create({ algorithm: 'ES256' });
      issuer.outage(kind);
      expect(await rejectionOf(configure(issuer))).toBeInstanceOf(Error);
      issuer.recover();
      expect((await configure(issuer)).serverMetadata().issuer).toBe(issuer.issuer);
    });
  });

  describe('jotkit', () => {
    it('agrees with jose on every fault', async () => {
      await using issuer = await create();
      const { now: clock } = issuer;
      const options = { clock, ...(!listen && { fetch: issuer.fetch }) };
      const sources = [
        createRemoteJwks(issuer.jwksUri, options),
        (await discover(issuer.issuer, options)).jwks,
      ];
      for (const fault of [...Object.keys(joseCodes), 'noKid'] as TokenFault[]) {
        const token = await issuer.token({}, fault);
        for (const keys of sources) {
          const verify = createVerifier(keys, { issuer: issuer.issuer, audience, clock });
          expect([fault, (await verify.result(token)).ok]).toEqual([fault, fault === 'noKid']);
        }
      }
    });
  });
});

it('jose and openid-client fetch through an installed issuer', async () => {
  await using issuer = await createTestIssuer({ audience });
  using _ = issuer.install();
  const config = await openid.discovery(new URL(issuer.issuer), 'app');
  expect(config.serverMetadata().issuer).toBe(issuer.issuer);
  const keys = createRemoteJWKSet(new URL(issuer.jwksUri));
  const { payload } = await jwtVerify(await issuer.token({ sub: 'ada' }), keys);
  expect(payload.sub).toBe('ada');
});
