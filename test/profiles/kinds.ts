/** One token and one verifier of every kind, with equal key, issuer and audience: the worst case. */

import {
  type AccessTokenProfile,
  createAccessTokenVerifier,
  createAssertionVerifier,
  createIdTokenVerifier,
  createLogoutTokenVerifier,
  createProfileVerifier,
} from '../../src/profiles/index.ts';
import { secret } from '../fixtures/keys.ts';
import { NOW } from '../fixtures/tokens.ts';

/** Those of Firebase, which follow from the project. */
export const ISSUER = 'https://securetoken.google.com/my-project';
export const AUDIENCE = 'my-project';

export const clock = () => NOW * 1000;

export const base = { iss: ISSUER, aud: AUDIENCE, sub: 'ada', exp: NOW + 60, iat: NOW };

export const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

interface Sample {
  readonly typ: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** A valid token of each row. */
export const samples: Readonly<Record<string, Sample>> = {
  'access token': {
    typ: 'at+jwt',
    claims: { ...base, client_id: 'web', jti: '1', scope: 'read' },
  },
  'ID token': { typ: 'JWT', claims: { ...base, nonce: 'n-0S6', auth_time: NOW } },
  'logout token': {
    typ: 'logout+jwt',
    claims: { ...base, jti: '1', sid: 's', events: { [LOGOUT_EVENT]: {} } },
  },
  'client assertion': {
    typ: 'client-authentication+jwt',
    claims: { ...base, sub: ISSUER, jti: '1' },
  },
  'github-actions': {
    typ: 'JWT',
    claims: {
      ...base,
      sub: 'repo:octo-org/octo-repo:ref:refs/heads/main',
      repository: 'octo-org/octo-repo',
      ref: 'refs/heads/main',
      workflow_ref: 'octo-org/octo-repo/.github/workflows/deploy.yml@refs/heads/main',
    },
  },
  'google-service': {
    typ: 'JWT',
    claims: { ...base, email: 'ci@my-project.iam.gserviceaccount.com', email_verified: true },
  },
  kubernetes: {
    typ: undefined,
    claims: {
      ...base,
      sub: 'system:serviceaccount:shop:checkout',
      'kubernetes.io': { namespace: 'shop', serviceaccount: { name: 'checkout', uid: 'u' } },
    },
  },
  spiffe: { typ: 'JOSE', claims: { ...base, sub: 'spiffe://example.org/checkout' } },
  firebase: {
    typ: 'JWT',
    claims: { ...base, auth_time: NOW, user_id: 'ada', firebase: { sign_in_provider: 'password' } },
  },
};

/** A valid access token of each provider. */
export const providerSamples: Readonly<Record<string, Sample>> = {
  auth0: { typ: 'JWT', claims: { ...base, azp: 'web', scope: 'read', gty: 'password' } },
  cognito: { typ: undefined, claims: { ...base, token_use: 'access', client_id: AUDIENCE } },
  entra: {
    typ: 'JWT',
    claims: {
      ...base,
      oid: 'o',
      tid: 't',
      azp: 'web',
      azpacr: '1',
      scp: 'Orders.Read',
      ver: '2.0',
    },
  },
  keycloak: { typ: 'JWT', claims: { ...base, typ: 'Bearer', azp: 'web', scope: 'openid' } },
};

/** Types of tokens that no row accepts. */
export const otherTypes = ['dpop+jwt', 'rt+jwt', 'secevent+jwt', 'token-introspection+jwt'];

interface Verification {
  readonly ok: boolean;
  readonly code?: string;
  readonly claim?: string | undefined;
}

type Verify = (token: string) => Promise<Verification>;

const hosted = { key: secret, clock };

/** Creates the verifier of each row. */
export function createVerifiers(): Record<string, Verify> {
  const options = { issuer: ISSUER, clock };
  const access = createAccessTokenVerifier(secret, { ...options, audience: AUDIENCE });
  const id = createIdTokenVerifier(secret, { ...options, clientId: AUDIENCE });
  const logout = createLogoutTokenVerifier(secret, { ...options, clientId: AUDIENCE });
  const assertion = createAssertionVerifier(() => secret, {
    audience: AUDIENCE,
    replay: false,
    clock,
  });
  const given = { ...hosted, issuer: ISSUER, audience: AUDIENCE };
  const github = createProfileVerifier('github-actions', {
    ...given,
    repository: 'octo-org/octo-repo',
  });
  const google = createProfileVerifier('google-service', {
    ...given,
    email: 'ci@my-project.iam.gserviceaccount.com',
  });
  const kubernetes = createProfileVerifier('kubernetes', {
    ...given,
    serviceAccount: 'shop/checkout',
  });
  const spiffe = createProfileVerifier('spiffe', { ...given, trustDomain: 'example.org' });
  const firebase = createProfileVerifier('firebase', { ...hosted, project: 'my-project' });
  return {
    'access token': access.result,
    'ID token': (token) => id.result(token, { nonce: false }),
    'logout token': logout.result,
    'client assertion': assertion.result,
    'github-actions': github.result,
    'google-service': google.result,
    kubernetes: kubernetes.result,
    spiffe: spiffe.result,
    firebase: firebase.result,
  };
}

/** Creates the verifier of each provider's access tokens. */
export function createProviderVerifiers(): Record<string, Verify> {
  const create = (profile: AccessTokenProfile): Verify =>
    createAccessTokenVerifier(secret, { issuer: ISSUER, audience: AUDIENCE, profile, clock })
      .result;
  return {
    auth0: create('auth0'),
    cognito: create('cognito'),
    entra: create('entra'),
    keycloak: create('keycloak'),
  };
}
