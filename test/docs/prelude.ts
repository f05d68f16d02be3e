/**
 * What a snippet of the documentation may use without defining it. Its reader knows that `secret` is
 * their secret and `token` a token they were sent; here is what these names stand for when it runs.
 *
 * The environment says which algorithm the snippet names, and whether it speaks of a key pair.
 */

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createSigner, TokenExpiredError } from '../../src/index.ts';
import { createSessions, type SessionStore, type Sessions } from '../../src/sessions/index.ts';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';

const { SNIPPET_ALG: alg = 'EdDSA', SNIPPET_PAIR: pair = '', SNIPPET_ISSUER } = process.env;

/** Stand-ins for the providers that the guides speak of: where their keys are, what their tokens say. */
const providers: Record<string, { keys: string; claims: Record<string, unknown> }> = {
  'https://shop.eu.auth0.com/': {
    keys: 'https://shop.eu.auth0.com/.well-known/jwks.json',
    claims: {
      sub: 'auth0|ada',
      aud: ['https://api.shop.example', 'https://shop.eu.auth0.com/userinfo'],
      azp: 'web-shop',
      scope: 'openid read:orders',
    },
  },
  'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI': {
    keys: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI/.well-known/jwks.json',
    claims: {
      sub: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
      token_use: 'access',
      client_id: '1example23456789',
      scope: 'orders/read',
      username: 'ada',
    },
  },
  'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0': {
    keys: 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/discovery/v2.0/keys',
    claims: {
      sub: 'pairwise',
      aud: '66666666-7777-8888-9999-000000000000',
      tid: '11111111-2222-3333-4444-555555555555',
      oid: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
      azp: 'client',
      scp: 'Orders.Read',
      ver: '2.0',
    },
  },
  'https://accounts.google.com': {
    keys: 'https://www.googleapis.com/oauth2/v3/certs',
    claims: {
      sub: '10769150350006150715113082367',
      aud: '1234.apps.googleusercontent.com',
      azp: '1234.apps.googleusercontent.com',
      email: 'ada@shop.example',
      email_verified: true,
      hd: 'shop.example',
    },
  },
  'https://sso.shop.example/realms/shop': {
    keys: 'https://sso.shop.example/realms/shop/protocol/openid-connect/certs',
    claims: {
      sub: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
      aud: ['orders', 'account'],
      azp: 'web-shop',
      typ: 'Bearer',
      realm_access: { roles: ['clerk'] },
    },
  },
  'https://id.example': {
    keys: 'https://id.example/jwks.json',
    claims: { sub: 'ada', aud: 'api', scope: 'read write' },
  },
};

/** Their names, as they stand in `iss`. */
export const issuers: readonly string[] = Object.keys(providers);

const issuer = SNIPPET_ISSUER || 'https://id.example';

/** A secret long enough for every HMAC. */
export const secret: string = 'a secret of your own, from a vault, and at least 64 bytes long ....';

/** A key pair for the algorithm that the snippet names, or Ed25519. */
export const { privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject } =
  makePair();

/** The same pair as PEM text. */
export const privatePem: string = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
export const publicPem: string = publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** A valid token: of `privateKey` in a snippet that mentions a key pair, else of `secret`. */
export const token: string = createSigner(pair ? privateKey : secret, {
  ...(pair ? {} : { algorithm: 'HS256' as const }),
  keyid: 'main',
  issuer,
  expiresIn: '15m',
})({ ...providers[issuer]?.claims });

/** The public keys that are known, by `kid`. */
export const keysByKid: Map<string, KeyObject> = new Map([['main', publicKey]]);

/** The same as a JWK Set. */
export const jwks: { keys: Array<{ kty: string; kid: string }> } = {
  keys: [{ kty: '', ...publicKey.export({ format: 'jwk' }), kid: 'main' }],
};

/** The same, over a network. */
export const fetchKey = async (kid: string | undefined): Promise<KeyObject | undefined> =>
  keysByKid.get(kid ?? '');

/** What a `catch` block was given. */
export const error: unknown = new TokenExpiredError('jwt expired', new Date(0));

/** The response of a web server. */
export const response: { statusCode: number } = { statusCode: 200 };

// Where a snippet runs, the URLs of the providers respond from here, and no others.
if (SNIPPET_ISSUER !== undefined) {
  const pages = new Map<string, object>();
  for (const [name, { keys }] of Object.entries(providers)) {
    pages.set(`${name.replace(/\/$/, '')}/.well-known/openid-configuration`, {
      issuer: name,
      jwks_uri: keys,
    });
    pages.set(keys, jwks);
  }
  const network = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    if (String(input).startsWith('http://127.0.0.1:')) return network(input, init);
    const page = pages.get(String(input));
    return page ? Response.json(page) : new Response(null, { status: 404 });
  };
}
/** Sessions, and where they are kept. */
export const store: SessionStore = createMemoryStore();
export const sessions: Sessions = createSessions({
  store,
  access: { key: `${secret} access` },
  refresh: { key: `${secret} refresh` },
  issuer: 'https://id.example',
  audience: 'api',
});

function makePair() {
  if (/^[RP]S/.test(alg)) return generateKeyPairSync('rsa', { modulusLength: 2048 });
  if (alg === 'Ed448') return generateKeyPairSync('ed448');
  const curve = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521', ES256K: 'secp256k1' }[alg];
  return curve ? generateKeyPairSync('ec', { namedCurve: curve }) : generateKeyPairSync('ed25519');
}
