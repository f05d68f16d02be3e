/** What createSigner and createVerifier promise to the compiler. Checked by tsc, never run. */

import type { KeyObject } from 'node:crypto';
import * as v from 'valibot';
import { expectTypeOf } from 'vitest';
import { z } from 'zod';
import {
  type AcceptedToken,
  createSigner,
  createVerifier,
  type ErrorCode,
  type FoundKey,
  type JsonWebTokenError,
  type Jwt,
  type JwtPayload,
  type KeyInput,
  type KeySource,
  type RejectedToken,
  type ResultOf,
  type Signer,
  type SignerOptions,
  type UnverifiedToken,
  type VerificationResult,
  type Verified,
  type Verifier,
  type VerifierOptions,
} from '../../src/index.ts';

declare const flag: boolean;
declare const names: string[];
declare const key: KeyObject;
declare const keys: Map<string | undefined, KeyInput>;
declare const options: VerifierOptions;
declare const settings: SignerOptions;
declare const now: KeySource<FoundKey>;
declare const later: KeySource<Promise<FoundKey>>;
declare const either: KeySource;
declare const token: string;

interface MyClaims {
  sub: string;
  role: 'admin' | 'user';
}

const zodClaims = z.object({ sub: z.string(), roles: z.array(z.string()).default([]) });
const valibotClaims = v.object({ sub: v.string(), admin: v.optional(v.boolean(), false) });
interface ZodClaims {
  sub: string;
  roles: string[];
}
interface ValibotClaims {
  sub: string;
  admin: boolean;
}

// The claims, or all parts.
expectTypeOf(createVerifier(key)).toEqualTypeOf<Verifier<JwtPayload>>();
expectTypeOf(createVerifier('secret', {})).toEqualTypeOf<Verifier<JwtPayload>>();
expectTypeOf(createVerifier(key, { algorithms: ['RS256'] })).toEqualTypeOf<Verifier<JwtPayload>>();
expectTypeOf(createVerifier(key, { complete: false })).toEqualTypeOf<Verifier<JwtPayload>>();
expectTypeOf(createVerifier(key, { complete: true })).toEqualTypeOf<Verifier<Jwt<JwtPayload>>>();
expectTypeOf(createVerifier(null, { algorithms: ['none'] })).toEqualTypeOf<Verifier<JwtPayload>>();
expectTypeOf(createVerifier(undefined, { algorithms: ['none'], complete: true })).toEqualTypeOf<
  Verifier<Jwt<JwtPayload>>
>();
expectTypeOf(createVerifier(null, { algorithms: ['none'], async: true })).toEqualTypeOf<
  Verifier<Promise<JwtPayload>>
>();

// A promise where the options or the key source say so.
expectTypeOf(createVerifier(key, { async: false })).toEqualTypeOf<Verifier<JwtPayload>>();
expectTypeOf(createVerifier(key, { async: true })).toEqualTypeOf<Verifier<Promise<JwtPayload>>>();
expectTypeOf(createVerifier(key, { async: true, complete: true })).toEqualTypeOf<
  Verifier<Promise<Jwt<JwtPayload>>>
>();
expectTypeOf(createVerifier(now)).toEqualTypeOf<Verifier<JwtPayload>>();
expectTypeOf(createVerifier(now, { async: true })).toEqualTypeOf<Verifier<Promise<JwtPayload>>>();
expectTypeOf(createVerifier(later)).toEqualTypeOf<Verifier<Promise<JwtPayload>>>();
expectTypeOf(createVerifier(later, { complete: true })).toEqualTypeOf<
  Verifier<Promise<Jwt<JwtPayload>>>
>();
expectTypeOf(createVerifier(either)).toEqualTypeOf<Verifier<JwtPayload | Promise<JwtPayload>>>();
expectTypeOf(createVerifier(either, { complete: true })).toEqualTypeOf<
  Verifier<Jwt<JwtPayload> | Promise<Jwt<JwtPayload>>>
>();
expectTypeOf(createVerifier(either, { async: true })).toEqualTypeOf<
  Verifier<Promise<JwtPayload>>
>();

// Key sources written in place know their token.
expectTypeOf(createVerifier(({ header }) => keys.get(header.kid))).toEqualTypeOf<
  Verifier<JwtPayload>
>();
expectTypeOf(createVerifier(async ({ header }) => keys.get(header.kid))).toEqualTypeOf<
  Verifier<Promise<JwtPayload>>
>();
expectTypeOf(
  createVerifier((unverified, context) => {
    expectTypeOf(unverified).toEqualTypeOf<UnverifiedToken>();
    expectTypeOf(unverified.header.kid).toEqualTypeOf<string | undefined>();
    expectTypeOf(unverified.header['signer']).toBeUnknown(); // such as AWS load balancers send
    expectTypeOf(context).toBeUnknown();
    return [...keys.values()];
  }),
).toEqualTypeOf<Verifier<JwtPayload>>();
expectTypeOf(
  createVerifier(({ header }) => (header.kid ? 'secret' : Promise.resolve(null))),
).toEqualTypeOf<Verifier<JwtPayload | Promise<JwtPayload>>>();
expectTypeOf(createVerifier(now)).toBeCallableWith(token, { tenant: 'a' });

// Flags only known to be boolean.
expectTypeOf(createVerifier(key, { complete: flag })).toEqualTypeOf<
  Verifier<Jwt<JwtPayload> | JwtPayload | Promise<Jwt<JwtPayload> | JwtPayload>>
>();
expectTypeOf(createVerifier(key, { async: flag })).toEqualTypeOf<
  Verifier<JwtPayload | Promise<JwtPayload>>
>();
expectTypeOf(createVerifier(key, options)).toEqualTypeOf<
  Verifier<Jwt<JwtPayload> | JwtPayload | Promise<Jwt<JwtPayload> | JwtPayload>>
>();
expectTypeOf(createVerifier(key, { ...options, complete: false, async: false })).toEqualTypeOf<
  Verifier<JwtPayload>
>();

// A type argument names the claims.
expectTypeOf(createVerifier<MyClaims>(key)).toEqualTypeOf<Verifier<MyClaims>>();
expectTypeOf(createVerifier<MyClaims>(key, { issuer: 'a' })).toEqualTypeOf<Verifier<MyClaims>>();
expectTypeOf(createVerifier<MyClaims>(key, { complete: true })).toEqualTypeOf<
  Verifier<Jwt<MyClaims>>
>();
expectTypeOf(createVerifier<MyClaims>(key, { async: true })).toEqualTypeOf<
  Verifier<Promise<MyClaims>>
>();
expectTypeOf(createVerifier<MyClaims>(key, { async: true, complete: true })).toEqualTypeOf<
  Verifier<Promise<Jwt<MyClaims>>>
>();
expectTypeOf(createVerifier<MyClaims>(later)).toEqualTypeOf<Verifier<Promise<MyClaims>>>();
expectTypeOf(createVerifier<MyClaims>(later, { complete: true })).toEqualTypeOf<
  Verifier<Promise<Jwt<MyClaims>>>
>();
expectTypeOf(createVerifier<MyClaims>(async () => key)).toEqualTypeOf<
  Verifier<Promise<MyClaims>>
>();
expectTypeOf(createVerifier<MyClaims>(either)).toEqualTypeOf<
  Verifier<MyClaims | Promise<MyClaims>>
>();
expectTypeOf(createVerifier<MyClaims>(key, { requiredClaims: ['exp'] })).toEqualTypeOf<
  Verifier<MyClaims>
>();

// Required claims are there.
const required = createVerifier(key, { requiredClaims: ['sub', 'exp', 'tenant'] })(token);
expectTypeOf(required.sub).toEqualTypeOf<string>();
expectTypeOf(required.exp).toEqualTypeOf<number>();
expectTypeOf(required.iss).toEqualTypeOf<string | undefined>();
expectTypeOf(required['tenant']).toBeAny();
expectTypeOf(
  createVerifier(key, { requiredClaims: ['jti'], complete: true })(token).payload.jti,
).toEqualTypeOf<string>();
expectTypeOf(
  (await createVerifier(later, { requiredClaims: ['sub'] })(token)).sub,
).toEqualTypeOf<string>();
expectTypeOf(
  (await createVerifier(key, { requiredClaims: ['sub'], async: true })(token)).sub,
).toEqualTypeOf<string>();
expectTypeOf(
  (await createVerifier(either, { requiredClaims: ['sub'] })(token)).sub,
).toEqualTypeOf<string>();
expectTypeOf(createVerifier(key, { requiredClaims: names })).toEqualTypeOf<Verifier<JwtPayload>>();
expectTypeOf(createVerifier(key, { requiredClaims: false })).toEqualTypeOf<Verifier<JwtPayload>>();

// A schema says what comes out.
expectTypeOf(createVerifier(key, { schema: zodClaims })).toEqualTypeOf<Verifier<ZodClaims>>();
expectTypeOf(createVerifier(key, { schema: valibotClaims })).toEqualTypeOf<
  Verifier<ValibotClaims>
>();
expectTypeOf(createVerifier(key, { schema: zodClaims, complete: true })).toEqualTypeOf<
  Verifier<Jwt<ZodClaims>>
>();
expectTypeOf(createVerifier(key, { schema: zodClaims, async: true })).toEqualTypeOf<
  Verifier<Promise<ZodClaims>>
>();
expectTypeOf(createVerifier(now, { schema: valibotClaims })).toEqualTypeOf<
  Verifier<ValibotClaims>
>();
expectTypeOf(createVerifier(later, { schema: valibotClaims, complete: true })).toEqualTypeOf<
  Verifier<Promise<Jwt<ValibotClaims>>>
>();
expectTypeOf(createVerifier(either, { schema: valibotClaims })).toEqualTypeOf<
  Verifier<ValibotClaims | Promise<ValibotClaims>>
>();
expectTypeOf(
  createVerifier(async ({ header }) => keys.get(header.kid), { schema: zodClaims }),
).toEqualTypeOf<Verifier<Promise<ZodClaims>>>();
expectTypeOf(createVerifier(key, { schema: zodClaims, requiredClaims: ['exp'] })).toEqualTypeOf<
  Verifier<ZodClaims>
>();
expectTypeOf(createVerifier<ZodClaims>(key, { schema: zodClaims })).toEqualTypeOf<
  Verifier<ZodClaims>
>();
expectTypeOf(
  createVerifier<ZodClaims>(key, { schema: zodClaims, complete: true, async: true }),
).toEqualTypeOf<Verifier<Promise<Jwt<ZodClaims>>>>();
expectTypeOf(
  createVerifier(key, { schema: zodClaims.transform(({ sub }) => sub.length) }),
).toEqualTypeOf<Verifier<number>>();

// Every option, and those that can be switched off.
createVerifier(key, {
  algorithms: ['ES256', 'Ed25519'] as const,
  issuer: ['a', 'b'] as const,
  audience: [/^https:/, 'api'],
  subject: 'ada',
  jwtid: 'one',
  nonce: 'n',
  typ: ['at+jwt', null],
  maxAge: '1h',
  clockTolerance: 5,
  ignoreExpiration: false,
  ignoreNotBefore: true,
  maxTokenLength: 4096,
  allowInsecureKeySizes: true,
  clock: Date.now,
});
createVerifier(key, {
  issuer: false,
  audience: false,
  subject: false,
  jwtid: false,
  nonce: false,
  typ: false,
  requiredClaims: false,
  schema: false,
  maxAge: false,
});

// Names for what comes out.
expectTypeOf<Verified<MyClaims, false, false>>().toEqualTypeOf<MyClaims>();
expectTypeOf<Verified<MyClaims, true, true>>().toEqualTypeOf<Promise<Jwt<MyClaims>>>();

// verify.result
expectTypeOf<ResultOf<MyClaims>>().toEqualTypeOf<VerificationResult<MyClaims>>();
expectTypeOf<VerificationResult<MyClaims>>().toEqualTypeOf<
  AcceptedToken<MyClaims> | RejectedToken
>();
expectTypeOf<ResultOf<Promise<MyClaims>>>().toEqualTypeOf<Promise<VerificationResult<MyClaims>>>();
expectTypeOf(createVerifier<MyClaims>(key).result(token)).toEqualTypeOf<
  VerificationResult<MyClaims>
>();
expectTypeOf(createVerifier(key, { complete: true }).result(token)).toEqualTypeOf<
  VerificationResult<Jwt<JwtPayload>>
>();
expectTypeOf(createVerifier(key, { schema: zodClaims, async: true }).result(token)).toEqualTypeOf<
  Promise<VerificationResult<ZodClaims>>
>();
expectTypeOf(createVerifier(later).result(token)).toEqualTypeOf<
  Promise<VerificationResult<JwtPayload>>
>();
expectTypeOf(createVerifier(either).result(token)).toEqualTypeOf<
  VerificationResult<JwtPayload> | Promise<VerificationResult<JwtPayload>>
>();
expectTypeOf(createVerifier(key, { async: flag }).result(token)).toEqualTypeOf<
  VerificationResult<JwtPayload> | Promise<VerificationResult<JwtPayload>>
>();
expectTypeOf(createVerifier(key, { complete: flag }).result(token)).toEqualTypeOf<
  | VerificationResult<Jwt<JwtPayload>>
  | VerificationResult<JwtPayload>
  | Promise<VerificationResult<Jwt<JwtPayload> | JwtPayload>>
>();
expectTypeOf(createVerifier(now).result).toBeCallableWith(token, { tenant: 'a' });

// It narrows by `ok`.
const outcome = createVerifier<MyClaims>(key).result(token);
if (outcome.ok) expectTypeOf(outcome.value).toEqualTypeOf<MyClaims>();
else {
  expectTypeOf(outcome.code).toEqualTypeOf<ErrorCode>();
  expectTypeOf(outcome.message).toEqualTypeOf<string>();
  expectTypeOf(outcome.claim).toEqualTypeOf<string | undefined>();
  expectTypeOf(outcome.error).toEqualTypeOf<JsonWebTokenError>();
}
expectTypeOf(outcome).not.toHaveProperty('value');
expectTypeOf(outcome).not.toHaveProperty('error');

// Signers
expectTypeOf(createSigner(key)).toEqualTypeOf<Signer<string>>();
expectTypeOf(createSigner('secret', { expiresIn: '15m' })).toEqualTypeOf<Signer<string>>();
expectTypeOf(createSigner(key, { async: false })).toEqualTypeOf<Signer<string>>();
expectTypeOf(createSigner(key, { async: true })).toEqualTypeOf<Signer<Promise<string>>>();
expectTypeOf(createSigner(key, { async: flag })).toEqualTypeOf<Signer<string | Promise<string>>>();
expectTypeOf(createSigner(key, settings)).toEqualTypeOf<Signer<string | Promise<string>>>();
expectTypeOf(createSigner(null, { algorithm: 'none' })).toEqualTypeOf<Signer<string>>();
expectTypeOf(createSigner(undefined, { algorithm: 'none', async: true })).toEqualTypeOf<
  Signer<Promise<string>>
>();
expectTypeOf(createSigner(key)).toBeCallableWith({ sub: 'ada' } satisfies Partial<MyClaims>);
createSigner(key, {
  algorithm: 'PS384',
  keyid: 'one',
  header: { typ: 'at+jwt' },
  expiresIn: '1.5h',
  notBefore: 0,
  audience: ['api'] as const,
  issuer: 'https://id.example',
  subject: 'ada',
  jwtid: () => 'fresh',
  noTimestamp: true,
  allowInsecureKeySizes: true,
  clock: () => 0,
});
