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

const { SNIPPET_ALG: alg = 'EdDSA', SNIPPET_PAIR: pair = '' } = process.env;

/** A secret long enough for every HMAC. */
export const secret: string = 'a secret of your own, from a vault, and at least 64 bytes long ....';

/** A key pair for the algorithm that the snippet names, or Ed25519. */
export const { privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject } =
  makePair();

/** The same pair as PEM text. */
export const privatePem: string = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
export const publicPem: string = publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** A good token: of `privateKey` in a snippet that speaks of a key pair, else of `secret`. */
export const token: string = createSigner(pair ? privateKey : secret, {
  ...(pair ? {} : { algorithm: 'HS256' as const }),
  keyid: 'main',
  issuer: 'https://id.example',
  audience: 'api',
  subject: 'ada',
  expiresIn: '15m',
})({ scope: 'read write' });

/** The public keys that are known, by `kid`. */
export const keysByKid: Map<string, KeyObject> = new Map([['main', publicKey]]);

/** The same, asked over a network. */
export const fetchKey = async (kid: string | undefined): Promise<KeyObject | undefined> =>
  keysByKid.get(kid ?? '');

/** What a `catch` block was given. */
export const error: unknown = new TokenExpiredError('jwt expired', new Date(0));

/** The answer of a web server. */
export const response: { statusCode: number } = { statusCode: 200 };

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
