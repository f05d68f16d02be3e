/** A resource, a client and a replay store, for the tests of proofs. */

import { createHash, type KeyObject } from 'node:crypto';
import { bind } from '../../src/core/keys/key.ts';
import { signingInput } from '../../src/core/token/token.ts';
import { createDpop, type DpopOptions } from '../../src/dpop/index.ts';
import type { Algorithm, KeyInput } from '../../src/index.ts';
import { exportJwk, thumbprint } from '../../src/jwk/index.ts';
import type { ReplayStore } from '../../src/replay/store.ts';
import { ec } from '../fixtures/keys.ts';
import { rejectionOf } from '../fixtures/outcome.ts';

export const origin = 'https://api.example';
export const accessToken = 'the.access.token';
export const NOW = 1_800_000_000_000;
export const ath = createHash('sha256').update(accessToken).digest('base64url');

/** A store that shows what it was called with. */
export interface FakeStore extends ReplayStore {
  readonly uses: Array<{ id: string; until: number; now: number; owner?: string | undefined }>;
}

export function fakeStore(): FakeStore {
  const used = new Map<string, number>();
  const uses: FakeStore['uses'] = [];
  return {
    uses,
    async use(id, until, now, owner) {
      uses.push({ id, until, now, owner });
      if ((used.get(id) ?? 0) > now) return false;
      used.set(id, until);
      return true;
    },
  };
}

/** A proof that the resource accepts, with changes; members that are undefined are removed. */
export interface Changes {
  header?: object;
  claims?: object;
  key?: KeyObject;
  alg?: Algorithm;
}

let count = 0;

export function proofOf({ header, claims, key = ec().privateKey, alg = 'ES256' }: Changes = {}) {
  const jwk = publicJwk(key);
  const iat = NOW / 1000;
  const all = { jti: `jti-${count++}`, htm: 'GET', htu: `${origin}/me`, iat, ath, ...claims };
  return signed({ typ: 'dpop+jwt', alg, jwk, ...header }, JSON.stringify(all), key, alg);
}

/** Signs whatever is given, also a header that createSigner rejects. */
export function signed(header: object, payload: string, key: KeyObject, alg: Algorithm): string {
  const input = signingInput(header, payload);
  return `${input}.${signatureOf(input, key, alg)}`;
}

export function signatureOf(input: string, key: KeyObject, alg: Algorithm): string {
  return bind(alg, { kind: 'private', object: key, only: undefined }).sign(input);
}

export function publicJwk(key: KeyInput): Record<string, unknown> {
  const { kty, crv, x, y, n, e } = exportJwk(key);
  return JSON.parse(JSON.stringify({ kty, crv, x, y, n, e }));
}

export const jkt = () => thumbprint(ec().publicKey);

/** Settings of one verification; the defaults are accepted. */
export interface Call {
  proof?: string | undefined;
  options?: Partial<DpopOptions>;
  method?: string;
  url?: string;
  headers?: Record<string, string | string[]>;
  token?: string;
  jkt?: string;
}

/** Verifies with a new resource. */
export function verify(call: Call = {}): Promise<void> {
  const { options, method = 'GET', url = '/me', headers, token = accessToken } = call;
  const proof = 'proof' in call ? call.proof : proofOf();
  const dpop = createDpop({ replay: fakeStore(), origin, clock: () => NOW, ...options });
  const request = {
    method,
    url,
    headers: { ...(proof !== undefined && { dpop: proof }), ...headers },
  };
  return dpop.verify(request, { token, jkt: call.jkt ?? jkt() });
}

/** The error of a verification. */
export const rejection = (call: Call) => rejectionOf(verify(call));
