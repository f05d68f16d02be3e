/** Payloads as the documentation of each provider shows them, with names of our own and times of the tests. */

import { NOW } from '../fixtures/tokens.ts';

const times = { iat: NOW - 5, exp: NOW + 3595 };

export const githubActions = {
  jti: 'example-id',
  sub: 'repo:octo-org/octo-repo:environment:prod',
  environment: 'prod',
  aud: 'https://github.com/octo-org',
  ref: 'refs/heads/main',
  sha: 'example-sha',
  repository: 'octo-org/octo-repo',
  repository_owner: 'octo-org',
  actor_id: '12',
  repository_visibility: 'private',
  repository_id: '74',
  repository_owner_id: '65',
  run_id: 'example-run-id',
  run_number: '10',
  run_attempt: '2',
  runner_environment: 'github-hosted',
  actor: 'octocat',
  workflow: 'example-workflow',
  head_ref: '',
  base_ref: '',
  event_name: 'workflow_dispatch',
  ref_type: 'branch',
  workflow_ref: 'octo-org/octo-repo/.github/workflows/deploy.yml@refs/heads/main',
  job_workflow_ref: 'octo-org/octo-automation/.github/workflows/oidc.yml@refs/heads/main',
  iss: 'https://token.actions.githubusercontent.com',
  nbf: NOW - 605,
  ...times,
};

export const googleService = {
  aud: 'https://service.example',
  azp: '102583754829387482938',
  email: 'ci-runner@my-project.iam.gserviceaccount.com',
  email_verified: true,
  iss: 'https://accounts.google.com',
  sub: '102583754829387482938',
  ...times,
};

export const kubernetes = {
  aud: ['orders'],
  iss: 'https://kubernetes.default.svc.cluster.local',
  jti: 'ea28ed49-2e11-4280-9ec5-bc3d1d84661a',
  'kubernetes.io': {
    namespace: 'shop',
    node: { name: 'node-1', uid: '58456cb0-dd00-45ed-b797-5578fdceaced' },
    pod: { name: 'checkout-69cbfb9798-jv9gn', uid: '778a530c-b3f4-47c0-9cd5-ab018fb64f33' },
    serviceaccount: { name: 'checkout', uid: 'a087d5a0-e1dd-43ec-93ac-f13d89cd13af' },
    warnafter: NOW + 3602,
  },
  nbf: NOW - 5,
  sub: 'system:serviceaccount:shop:checkout',
  ...times,
};

export const spiffe = {
  sub: 'spiffe://example.org/ns/shop/sa/checkout',
  aud: ['orders'],
  ...times,
};

export const firebase = {
  name: 'Ada',
  iss: 'https://securetoken.google.com/my-project',
  aud: 'my-project',
  auth_time: NOW - 600,
  user_id: 'VOoQVBed3mVvvh1VueFYYzN85Ts1',
  sub: 'VOoQVBed3mVvvh1VueFYYzN85Ts1',
  email: 'ada@shop.example',
  email_verified: true,
  firebase: {
    identities: { 'google.com': ['117138340238722276350'], email: ['ada@shop.example'] },
    sign_in_provider: 'google.com',
  },
  ...times,
};

const cognitoPool = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI';

export const cognito = {
  access: {
    sub: 'aaaaaaaa-bbbb-cccc-dddd-example',
    'cognito:groups': ['clerks'],
    iss: cognitoPool,
    version: 2,
    client_id: '1example23456789',
    origin_jti: 'aaaaaaaa-bbbb-cccc-dddd-origin',
    event_id: '0ed5ad5c-7182-4ecf-event',
    token_use: 'access',
    scope: 'phone openid profile orders/read email',
    auth_time: NOW - 5,
    jti: 'aaaaaaaa-bbbb-cccc-dddd-token',
    username: 'ada',
    ...times,
  },
  id: {
    sub: 'aaaaaaaa-bbbb-cccc-dddd-example',
    'cognito:groups': ['clerks'],
    email_verified: true,
    iss: cognitoPool,
    'cognito:username': 'ada',
    origin_jti: 'aaaaaaaa-bbbb-cccc-dddd-origin',
    aud: '1example23456789',
    event_id: '0ed5ad5c-7182-4ecf-event',
    token_use: 'id',
    auth_time: NOW - 5,
    jti: 'aaaaaaaa-bbbb-cccc-dddd-id',
    email: 'ada@shop.example',
    ...times,
  },
};

const entraTenant = '72f988bf-86f1-41af-91ab-2d7cd011db47';
const entraApi = '6e74172b-be56-4843-9ff4-e66a39bb12e3';
const entraUser = {
  aud: entraApi,
  iss: `https://login.microsoftonline.com/${entraTenant}/v2.0`,
  nbf: NOW - 5,
  name: 'Ada',
  oid: '690222be-ff1a-4d56-abd1-7e4f7d38e474',
  preferred_username: 'ada@shop.example',
  rh: 'I',
  sub: 'HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ',
  tid: entraTenant,
  uti: 'fqiBqXLPj0eQa82S-IYFAA',
  ver: '2.0',
  ...times,
};

export const entra = {
  access: { ...entraUser, azp: entraApi, azpacr: '0', scp: 'access_as_user' },
  /** Of a client that acts without a user and has no roles. */
  application: { ...entraUser, name: undefined, azp: entraApi, azpacr: '1' },
  version1: {
    ...entraUser,
    iss: `https://sts.windows.net/${entraTenant}/`,
    aud: `api://${entraApi}`,
    appid: entraApi,
    appidacr: '0',
    scp: 'user_impersonation',
    ver: '1.0',
  },
  /** Without a nonce, as after the code flow, and with app roles. */
  id: { ...entraUser, roles: ['Admin'] },
};

const auth0Domain = 'https://shop.eu.auth0.com/';

export const auth0 = {
  access: {
    iss: auth0Domain,
    sub: 'auth0|123456',
    aud: ['https://api.shop.example', `${auth0Domain}userinfo`],
    azp: 'my_client_id',
    scope: 'openid profile read:orders',
    ...times,
  },
  machine: {
    iss: auth0Domain,
    sub: 'my_client_id@clients',
    aud: 'https://api.shop.example',
    azp: 'my_client_id',
    gty: 'client-credentials',
    ...times,
  },
  rfc9068: {
    iss: auth0Domain,
    sub: 'auth0|123456',
    aud: ['https://api.shop.example', `${auth0Domain}userinfo`],
    client_id: 'my_client_id',
    jti: '73WakrfVbNJBaAmhQtEeDv',
    scope: 'openid profile read:orders',
    ...times,
  },
  /** Without a nonce, as a web application with the code flow gets it. */
  id: {
    nickname: 'ada',
    name: 'Ada',
    email: 'ada@shop.example',
    email_verified: true,
    iss: auth0Domain,
    aud: 'my_client_id',
    sub: 'auth0|123456',
    sid: 'VfIdS8Cq',
    ...times,
  },
};

const keycloakRealm = 'https://sso.shop.example/realms/shop';
const keycloakLogin = {
  iss: keycloakRealm,
  sub: 'fd8fc3d3-0a39-41f7-9468-45926f658e41',
  azp: 'web',
  sid: 'c09af47f-db7c-4013-bff6-60b78b959786',
  session_state: 'c09af47f-db7c-4013-bff6-60b78b959786',
  acr: '1',
  email_verified: true,
  preferred_username: 'ada',
  ...times,
};

export const keycloak = {
  access: {
    ...keycloakLogin,
    auth_time: NOW - 300,
    jti: 'e1ac2e55-a655-464b-9039-6874c52398e3',
    aud: ['orders', 'account'],
    typ: 'Bearer',
    realm_access: { roles: ['offline_access', 'uma_authorization'] },
    resource_access: { account: { roles: ['manage-account', 'view-profile'] } },
    scope: 'openid profile email',
  },
  id: {
    ...keycloakLogin,
    auth_time: NOW - 300,
    jti: 'a1ac2e55-a655-464b-9039-6874c52398e4',
    aud: 'web',
    typ: 'ID',
    at_hash: 'qkmC2tTFy5z9XQ1Kd1G0dw',
  },
  refresh: { ...keycloakLogin, aud: keycloakRealm, typ: 'Refresh', scope: 'openid profile email' },
};
