/** What jotkit/jwk promises to the compiler. Checked by tsc, never run. */

import type { KeyObject, webcrypto } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet, type JWK } from 'jose';
import { expectTypeOf } from 'vitest';
import {
  createSigner,
  createVerifier,
  type Jwk,
  type JwtPayload,
  type KeyInput,
  sign,
  verifyAsync,
} from '../../src/index.ts';
import {
  createIssuers,
  createKeyRing,
  createLocalJwks,
  createRemoteJwks,
  exportJwk,
  exportPem,
  generateKey,
  importKey,
  type Jwks,
  type KeyRing,
  thumbprint,
} from '../../src/jwk/index.ts';

declare const jwks: Jwks;
declare const key: KeyInput;
declare const token: string;

interface MyClaims {
  sub: string;
  role: 'admin' | 'user';
}

// Local keys are found synchronously, remote keys asynchronously.
expectTypeOf(createVerifier(createLocalJwks(jwks))(token)).toEqualTypeOf<JwtPayload>();
expectTypeOf(createVerifier<MyClaims>(createLocalJwks(jwks))(token)).toEqualTypeOf<MyClaims>();
const remote = createRemoteJwks('https://id.example/jwks');
expectTypeOf(createVerifier(remote)(token)).toEqualTypeOf<Promise<JwtPayload>>();

// The response of another fetch, as that of undici for proxies, has other types.
interface OtherResponse extends Omit<Response, 'body' | 'headers' | 'clone' | 'formData'> {
  readonly headers: { get(name: string): string | null; getSetCookie(): string[] };
  readonly body: { getReader(): ReadableStreamDefaultReader<Uint8Array> } | null;
  clone(): OtherResponse;
}
declare const otherFetch: (url: string | URL, init?: RequestInit) => Promise<OtherResponse>;
createRemoteJwks('https://id.example/jwks', { fetch: otherFetch });
createRemoteJwks('https://id.example/jwks', { fetch });
createRemoteJwks('https://id.example/jwks', { fetch: (url, init) => fetch(url, { ...init }) });
// @ts-expect-error a response without a status
createRemoteJwks('https://id.example/jwks', { fetch: async () => ({ body: null }) });

const verify = createIssuers<MyClaims>({
  'https://one.example': { key: createLocalJwks(jwks), audience: 'api' },
  'https://two.example': { key: remote, algorithms: ['ES256'] },
  'https://three.example': { key },
});
expectTypeOf(verify(token, { any: 'context' })).toEqualTypeOf<Promise<MyClaims>>();
// @ts-expect-error the issuer is the name of the entry
createIssuers({ 'https://one.example': { key, issuer: 'https://two.example' } });
// @ts-expect-error every issuer has its own key
createIssuers({ 'https://one.example': { audience: 'api' } });

const made = await generateKey('ES256');
expectTypeOf(made.kid).toEqualTypeOf<string>();
expectTypeOf(made).toExtend<Jwk>();
// @ts-expect-error none has no keys
generateKey('none');

const ring = createKeyRing([{ key: made }, { key, activeAt: new Date() }], { expiresIn: '15m' });
expectTypeOf(ring).toEqualTypeOf<KeyRing>();
expectTypeOf(ring.sign({ sub: 'ada' })).toEqualTypeOf<Promise<string>>();
expectTypeOf(ring.verify(token)).toEqualTypeOf<JwtPayload>();
expectTypeOf(createVerifier(ring.keys)(token)).toEqualTypeOf<JwtPayload>();
expectTypeOf(ring.response(new Request('https://id.example'))).toEqualTypeOf<Response>();
createKeyRing([{ key, sign: async (input) => input }], { expiresIn: 900 });
// @ts-expect-error the life of tokens has no default
createKeyRing([{ key }], { issuer: 'https://id.example' });
// @ts-expect-error a timespan in text needs its unit
createKeyRing([{ key }], { expiresIn: '900' });

expectTypeOf(importKey(key, { type: 'private' })).toEqualTypeOf<KeyObject>();
expectTypeOf(exportPem(key)).toEqualTypeOf<string>();
// @ts-expect-error a secret has no PEM
exportPem(key, { type: 'secret' });
// @ts-expect-error SHA-2 only
thumbprint(key, 'sha1');

// What is exported is what jose takes, and the other way round; node:crypto likewise.
createLocalJWKSet({ keys: [exportJwk(key)] });
declare const foreign: JWK;
declare const foreignSet: JSONWebKeySet;
declare const webKey: webcrypto.JsonWebKey;
const nodeKey = importKey(key).export({ format: 'jwk' });
createVerifier(foreign);
createVerifier(webKey);
createVerifier(async () => nodeKey);
createSigner(nodeKey);
sign({}, nodeKey);
verifyAsync(token, foreign);
thumbprint(webKey);
createKeyRing([{ key: nodeKey }], { expiresIn: '15m' });
createLocalJwks(foreignSet);
createLocalJwks({ keys: [nodeKey, foreign, webKey] });
createLocalJwks({ keys: [{ kty: 'OKP', crv: 'Ed25519', x: '' }] });
// @ts-expect-error a list of keys, not the set
createLocalJwks([nodeKey]);
// @ts-expect-error text is no JWK
createLocalJwks({ keys: ['pem'] });
