import { describe, expect, it } from 'vitest';
import {
  type AccessTokenProfile,
  createAccessTokenVerifier,
  createIdTokenVerifier,
  createProfileVerifier,
} from '../../src/profiles/index.ts';
import { secret } from '../fixtures/keys.ts';
import { NOW, tokenOf } from '../fixtures/tokens.ts';
import * as recorded from './recorded.ts';

const clock = () => NOW * 1000;

/** The outcome of an access token verifier for the issuer and audience of the payload itself: the worst case. */
async function access(
  profile: AccessTokenProfile,
  payload: { iss: string; aud?: unknown; client_id?: string },
  typ?: string,
) {
  const aud = [payload.aud ?? payload.client_id].flat() as string[];
  const options = { issuer: payload.iss, audience: aud, profile, clock };
  const result = await createAccessTokenVerifier(secret, options).result(tokenOf(payload, { typ }));
  return result.ok ? 'accepted' : `${result.code} ${result.claim}`;
}

async function id(payload: { iss: string; aud: unknown }) {
  const clientId = [payload.aud].flat() as string[];
  const options = { issuer: payload.iss, clientId, authorizedParties: ['web'], clock };
  const result = await createIdTokenVerifier(secret, options).result(tokenOf(payload), {
    nonce: false,
  });
  return result.ok ? 'accepted' : `${result.code} ${result.claim}`;
}

describe('the recorded access tokens', () => {
  it('of Auth0 are accepted with their profile only', async () => {
    const { access: user, machine, rfc9068 } = recorded.auth0;
    expect(await access('auth0', user, 'JWT')).toBe('accepted');
    expect(await access('auth0', machine, 'JWT')).toBe('accepted');
    expect(await access('auth0', rfc9068, 'at+jwt')).toBe('accepted');
    expect(await access('rfc9068', rfc9068, 'at+jwt')).toBe('accepted');
    expect(await access('rfc9068', user, 'JWT')).toBe('ERR_HEADER_TYP undefined');
  });

  it('of Cognito, which have no aud, are accepted for the app client', async () => {
    expect(await access('cognito', recorded.cognito.access)).toBe('accepted');
    expect(await access('rfc9068', recorded.cognito.access)).toBe('ERR_HEADER_TYP undefined');
  });

  it('of Entra ID are accepted in version 1 and 2, with and without a user', async () => {
    const { access: user, application, version1 } = recorded.entra;
    for (const payload of [user, application, version1]) {
      expect(await access('entra', payload, 'JWT')).toBe('accepted');
    }
  });

  it('of Keycloak are accepted, of old versions with the nonce of the login', async () => {
    const { access: user } = recorded.keycloak;
    expect(await access('keycloak', user, 'JWT')).toBe('accepted');
    expect(await access('keycloak', { ...user, nonce: 'n' } as never, 'JWT')).toBe('accepted');
    expect(await access('keycloak', user, 'at+jwt')).toBe('accepted');
  });

  it('of Keycloak are accepted if they are bound to a key', async () => {
    const { scope, ...user } = recorded.keycloak.access;
    const bound = { ...user, typ: 'DPoP', cnf: { jkt: 'thumbprint' } };
    expect(await access('keycloak', bound, 'JWT')).toBe('accepted');
    expect(await id(bound)).toBe('ERR_TOKEN_KIND typ');
  });

  it('are no ID tokens', async () => {
    const { auth0, entra, keycloak } = recorded;
    for (const payload of [auth0.access, auth0.machine, entra.access, entra.application]) {
      expect(await id(payload)).toMatch(/^ERR_TOKEN_KIND (scope|gty|scp|azpacr)$/);
    }
    expect(await id(entra.version1)).toMatch(/^ERR_TOKEN_KIND/);
    expect(await id(keycloak.access)).toMatch(/^ERR_TOKEN_KIND (scope|typ)$/);
    const cognito = { ...recorded.cognito.access, aud: '1example23456789' };
    expect(await id(cognito)).toMatch(/^ERR_TOKEN_KIND (scope|token_use)$/);
  });
});

describe('the recorded ID tokens', () => {
  it('are accepted by the verifier of ID tokens', async () => {
    const { auth0, cognito, entra, keycloak } = recorded;
    for (const payload of [auth0.id, cognito.id, entra.id, keycloak.id]) {
      expect(await id(payload)).toBe('accepted');
    }
  });

  it('are no access tokens, also without a nonce and for the audience of the API', async () => {
    const { auth0, cognito, entra, keycloak } = recorded;
    expect(await access('auth0', auth0.id, 'JWT')).toBe('ERR_TOKEN_KIND scope');
    expect(await access('cognito', cognito.id)).toMatch(/client_id|token_use/);
    const asAccess = { ...cognito.id, client_id: '1example23456789' };
    expect(await access('cognito', asAccess)).toBe('ERR_TOKEN_KIND token_use');
    expect(await access('entra', entra.id, 'JWT')).toBe('ERR_TOKEN_KIND scp');
    expect(await access('keycloak', keycloak.id, 'JWT')).toBe('ERR_TOKEN_KIND typ');
    expect(await access('keycloak', keycloak.refresh, 'JWT')).toBe('ERR_TOKEN_KIND typ');
    for (const payload of [auth0.id, cognito.id, entra.id, keycloak.id]) {
      expect(await access('rfc9068', payload, 'JWT')).toBe('ERR_HEADER_TYP undefined');
    }
  });
});

describe('the recorded token', () => {
  const key = secret;
  const outcome = async (
    verifier: { result(token: string): Promise<unknown> },
    payload: object,
    typ?: string,
  ) => {
    const result = (await verifier.result(tokenOf(payload, { typ }))) as {
      ok: boolean;
      code?: string;
      claim?: string;
    };
    return result.ok ? 'accepted' : `${result.code} ${result.claim}`;
  };

  it('of GitHub Actions is accepted from this repository only', async () => {
    const options = { key, clock, audience: recorded.githubActions.aud };
    const own = createProfileVerifier('github-actions', {
      ...options,
      repository: ['octo-org/other', 'octo-org/octo-repo'],
    });
    expect(await outcome(own, recorded.githubActions, 'JWT')).toBe('accepted');
    for (const repository of ['octo-org/octo', 'Octo-Org/octo-repo', 'octo-org/octo-repo2']) {
      const other = createProfileVerifier('github-actions', { ...options, repository });
      const rejected = 'ERR_CLAIM_MISMATCH repository';
      expect(await outcome(other, recorded.githubActions, 'JWT')).toBe(rejected);
    }
  });

  it('of a Google service account is accepted from this account only', async () => {
    const { aud, email } = recorded.googleService;
    const own = createProfileVerifier('google-service', { key, clock, audience: aud, email });
    expect(await outcome(own, recorded.googleService, 'JWT')).toBe('accepted');
    const unverified = { ...recorded.googleService, email_verified: false };
    expect(await outcome(own, unverified, 'JWT')).toBe('ERR_CLAIM_INVALID email_verified');
    const other = { ...recorded.googleService, email: 'ci-runner@other.iam.gserviceaccount.com' };
    expect(await outcome(own, other, 'JWT')).toBe('ERR_CLAIM_MISMATCH email');
  });

  it('of Kubernetes is accepted from this service account only', async () => {
    const { iss } = recorded.kubernetes;
    const options = { key, clock, issuer: iss, audience: 'orders' };
    const own = createProfileVerifier('kubernetes', {
      ...options,
      serviceAccount: 'shop/checkout',
    });
    expect(await outcome(own, recorded.kubernetes)).toBe('accepted');
    for (const serviceAccount of ['shop/check', 'other/checkout', 'shop/checkout2']) {
      const other = createProfileVerifier('kubernetes', { ...options, serviceAccount });
      expect(await outcome(other, recorded.kubernetes)).toBe('ERR_CLAIM_MISMATCH sub');
    }
  });

  it('of SPIFFE is accepted from this trust domain only, with a path', async () => {
    const options = { key, clock, audience: 'orders' };
    const own = createProfileVerifier('spiffe', { ...options, trustDomain: 'example.org' });
    for (const typ of ['JWT', 'JOSE', undefined]) {
      expect(await outcome(own, recorded.spiffe, typ)).toBe('accepted');
    }
    const others = ['spiffe://example.org', 'spiffe://example.org/', 'spiffe://example.org.evil/a'];
    for (const sub of [
      ...others,
      'spiffe://evil/example.org/a',
      'spiffe://Example.org/a',
      'example.org/a',
    ]) {
      expect(await outcome(own, { ...recorded.spiffe, sub })).toBe('ERR_CLAIM_MISMATCH sub');
    }
  });

  it('of SPIFFE is accepted with a valid SPIFFE ID only', async () => {
    const own = createProfileVerifier('spiffe', { key, clock, audience: 'a', trustDomain: 'a.b' });
    const withPath = (path: string) =>
      outcome(own, { ...recorded.spiffe, aud: 'a', sub: `spiffe://a.b/${path}` });
    for (const path of ['x', 'ns/shop/sa/check_out.v1-2', '.x', '..x/x..', '...']) {
      expect([path, await withPath(path)]).toEqual([path, 'accepted']);
    }
    for (const path of [
      'x/',
      '/x',
      'x//y',
      '.',
      'x/../y',
      './x',
      'x?y',
      'x#y',
      '%2e',
      'x y',
      'x\n',
    ]) {
      expect([path, await withPath(path)]).toEqual([path, 'ERR_CLAIM_MISMATCH sub']);
    }
  });

  it('of Firebase is accepted for this project only', async () => {
    const own = createProfileVerifier('firebase', { key, clock, project: ['my-project', 'other'] });
    expect(await outcome(own, recorded.firebase, 'JWT')).toBe('accepted');
    const mixed = { ...recorded.firebase, aud: 'other' };
    expect(await outcome(own, mixed, 'JWT')).toBe('ERR_CLAIM_MISMATCH iss');
    const third = { ...recorded.firebase, aud: 'third' };
    expect(await outcome(own, third, 'JWT')).toBe('ERR_CLAIM_MISMATCH aud');
    const list = { ...recorded.firebase, aud: ['my-project'] };
    expect(await outcome(own, list, 'JWT')).toBe('ERR_CLAIM_MISMATCH aud');
    const future = { ...recorded.firebase, auth_time: NOW + 1 };
    expect(await outcome(own, future, 'JWT')).toBe('ERR_CLAIM_INVALID auth_time');
  });
});

describe('createProfileVerifier', () => {
  const valid = { key: secret, audience: 'a' };

  it.each([
    ['github-actions', { audience: 'a' }, /"repository" is missing/],
    ['github-actions', { repository: 'a/b' }, /"audience" is missing/],
    ['github-actions', { ...valid, repository: 'a' }, /"repository" must be 'owner\/name'/],
    ['github-actions', { ...valid, repository: ['a/b', 'a/*'] }, /"repository" must be/],
    ['github-actions', { ...valid, repository: [] }, /"repository" must be/],
    [
      'github-actions',
      { audience: 'a', repository: 'a/b', issuer: 'c' },
      /"issuer" requires "key"/,
    ],
    ['google-service', { ...valid, email: 'ada@shop.example' }, /"email" must be the address/],
    ['google-service', { ...valid, repository: 'a/b' }, /"repository" is not an option/],
    ['kubernetes', { ...valid, issuer: 'c' }, /"serviceAccount" is missing/],
    ['kubernetes', { ...valid, serviceAccount: 'a/b' }, /"issuer" is missing/],
    ['kubernetes', { audience: 'a', issuer: 'c', serviceAccount: 'a/b' }, /"key" is missing/],
    ['kubernetes', { ...valid, issuer: 'c', serviceAccount: 'a:b' }, /"serviceAccount" must be/],
    ['spiffe', { ...valid, trustDomain: 'spiffe://a' }, /"trustDomain" must be/],
    ['spiffe', { audience: 'a', trustDomain: 'a' }, /"key" is missing/],
    ['firebase', { key: secret }, /"project" is missing/],
    ['firebase', { ...valid, project: 'p' }, /"audience" is not an option/],
    ['firebase', { key: undefined, project: 'p' }, /"key" must be/],
    ['gitlab', valid, /the profile must be one of github-actions/],
    ['constructor', valid, /the profile must be one of/],
  ])('checks the options of %s: case %#', (name, options, message) => {
    const create = () => createProfileVerifier(name as never, options as never);
    expect(create).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }));
    expect(create).toThrow(message);
  });

  it('fetches the keys of a hosted issuer with the first token', async () => {
    const urls: string[] = [];
    const { fetch } = globalThis;
    globalThis.fetch = async (url) => {
      urls.push(String(url));
      return new Response('', { status: 500 });
    };
    try {
      const github = createProfileVerifier('github-actions', { audience: 'a', repository: 'a/b' });
      const email = 'a@b.iam.gserviceaccount.com';
      const google = createProfileVerifier('google-service', { audience: 'a', email });
      const firebase = createProfileVerifier('firebase', { project: 'p' });
      expect(urls).toEqual([]);
      for (const verify of [github, google, firebase]) {
        const call = verify(tokenOf({ sub: 'a' }, { alg: 'RS256' }));
        await expect(call).rejects.toMatchObject({ name: 'KeySourceError' });
      }
    } finally {
      globalThis.fetch = fetch;
    }
    expect(urls).toEqual([
      'https://token.actions.githubusercontent.com/.well-known/jwks',
      'https://www.googleapis.com/oauth2/v3/certs',
      'https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com',
    ]);
  });
});
