/** What sign, verify and decode promise to the compiler. Checked by tsc, never run. */

import { createSecretKey, type KeyObject, type webcrypto } from 'node:crypto';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { expectTypeOf, vi } from 'vitest';
import { z } from 'zod';
import * as jwt from '../../src/index.ts';
import {
  type Algorithm,
  decode,
  type GetPublicKeyOrSecret,
  type Jwt,
  type JwtHeader,
  type JwtPayload,
  type KeyDescriptor,
  type KeyInput,
  type KeySource,
  type PrivateKey,
  type PublicKey,
  type Secret,
  type SignOptions,
  type StandardSchema,
  sign,
  signAsync,
  type Timespan,
  type VerifyOptions,
  verify,
  verifyAsync,
} from '../../src/index.ts';

declare const token: string;
declare const flag: boolean;
declare const names: string[];
declare const secret: KeyObject;
declare const options: VerifyOptions;
declare const source: KeySource;

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

// verify returns the payload, or all parts.
expectTypeOf(verify(token, secret)).toEqualTypeOf<JwtPayload | string>();
expectTypeOf(verify(token, secret, undefined)).toEqualTypeOf<JwtPayload | string>();
expectTypeOf(verify(token, secret, {})).toEqualTypeOf<JwtPayload | string>();
expectTypeOf(verify(token, secret, { complete: false })).toEqualTypeOf<JwtPayload | string>();
expectTypeOf(verify(token, secret, { complete: undefined })).toEqualTypeOf<JwtPayload | string>();
expectTypeOf(verify(token, secret, { complete: true })).toEqualTypeOf<Jwt>();
expectTypeOf(verify(token, secret, { complete: flag })).toEqualTypeOf<Jwt | JwtPayload | string>();
expectTypeOf(verify(token, secret, options)).toEqualTypeOf<Jwt | JwtPayload | string>();
expectTypeOf(verify(token, secret, { ...options, complete: true })).toEqualTypeOf<Jwt>();
expectTypeOf(verify(token, secret, { ...options, complete: false })).toEqualTypeOf<
  JwtPayload | string
>();
expectTypeOf(verify(token, null, { algorithms: ['none'] })).toEqualTypeOf<
  Jwt | JwtPayload | string
>();

// A type argument names the claims.
expectTypeOf(verify<MyClaims>(token, secret)).toEqualTypeOf<MyClaims>();
expectTypeOf(verify<MyClaims>(token, secret, { issuer: 'a' })).toEqualTypeOf<MyClaims>();
expectTypeOf(verify<MyClaims>(token, secret, { complete: true })).toEqualTypeOf<Jwt<MyClaims>>();
expectTypeOf(
  verify<MyClaims>(token, secret, { requiredClaims: ['role'] }),
).toEqualTypeOf<MyClaims>();
expectTypeOf(verify<string>(token, secret)).toEqualTypeOf<string>();

// Required claims are there.
const required = verify(token, secret, { requiredClaims: ['sub', 'exp', 'tenant'] });
expectTypeOf(required.sub).toEqualTypeOf<string>();
expectTypeOf(required.exp).toEqualTypeOf<number>();
expectTypeOf(required.iss).toEqualTypeOf<string | undefined>();
expectTypeOf(required['tenant']).toBeAny();
const requiredComplete = verify(token, secret, { requiredClaims: ['aud'], complete: true });
expectTypeOf(requiredComplete.payload.aud).toExtend<string | string[]>();
expectTypeOf(requiredComplete.header).toEqualTypeOf<JwtHeader>();
expectTypeOf(verify(token, secret, { requiredClaims: ['sub'] as const }).sub).toBeString();
expectTypeOf(verify(token, secret, { requiredClaims: names })).toEqualTypeOf<JwtPayload | string>();
expectTypeOf(verify(token, secret, { requiredClaims: false })).toEqualTypeOf<JwtPayload | string>();

// A schema says what comes out.
expectTypeOf(verify(token, secret, { schema: zodClaims })).toEqualTypeOf<ZodClaims>();
expectTypeOf(verify(token, secret, { schema: valibotClaims })).toEqualTypeOf<ValibotClaims>();
expectTypeOf(verify(token, secret, { schema: zodClaims, complete: true })).toEqualTypeOf<
  Jwt<ZodClaims>
>();
expectTypeOf(verify(token, secret, { schema: zodClaims, complete: flag })).toEqualTypeOf<
  Jwt<ZodClaims> | ZodClaims
>();
expectTypeOf(
  verify(token, secret, { schema: zodClaims.transform(({ roles }) => roles.length) }),
).toEqualTypeOf<number>();
expectTypeOf(
  verify(token, secret, { schema: valibotClaims, requiredClaims: ['exp'] }),
).toEqualTypeOf<ValibotClaims>();
expectTypeOf(verify(token, secret, { schema: z.unknown() })).toBeUnknown();
declare const handWritten: StandardSchema<Date>;
expectTypeOf(verify(token, secret, { schema: handWritten })).toEqualTypeOf<Date>();
const withoutTypes = {
  '~standard': { version: 1, vendor: 'own', validate: () => ({ value: { id: 7 } }) },
} as const;
expectTypeOf(verify(token, secret, { schema: withoutTypes })).toEqualTypeOf<{ id: number }>();
expectTypeOf(verify<ZodClaims>(token, secret, { schema: zodClaims })).toEqualTypeOf<ZodClaims>();

// Nothing is read into the result from where it goes.
const widened: MyClaims | JwtPayload | string = verify(token, secret);
expectTypeOf(widened).toEqualTypeOf<JwtPayload | string>();
expectTypeOf(verify(token, secret) as MyClaims).toEqualTypeOf<MyClaims>();

// Callbacks know their parameters.
verify(token, secret, (error, decoded) => {
  expectTypeOf(error).toEqualTypeOf<jwt.VerifyErrors | null>();
  expectTypeOf(decoded).toEqualTypeOf<JwtPayload | string | undefined>();
});
verify(token, secret, { complete: true }, (_error, decoded) => {
  expectTypeOf(decoded).toEqualTypeOf<Jwt | undefined>();
});
verify(token, secret, { issuer: 'a' }, (_error, decoded) => {
  expectTypeOf(decoded).toEqualTypeOf<JwtPayload | string | undefined>();
});
verify(token, secret, options, (_error, decoded) => {
  expectTypeOf(decoded).toEqualTypeOf<Jwt | JwtPayload | string | undefined>();
});
verify(
  token,
  (header, callback) => {
    expectTypeOf(header).toEqualTypeOf<JwtHeader>();
    callback(null, header.kid === 'a' ? secret : 'another');
    callback(new Error('none'));
    callback(null, undefined);
  },
  (_error, decoded) => {
    expectTypeOf(decoded).toEqualTypeOf<JwtPayload | string | undefined>();
  },
);
const getKey: GetPublicKeyOrSecret = ({ kid }, callback) => callback(null, `secret of ${kid}`);
expectTypeOf(
  verify(token, getKey, { complete: true }, (_error, decoded) => decoded?.header),
).toBeVoid();

// verifyAsync promises the same, and takes a key source.
expectTypeOf(verifyAsync(token, secret)).toEqualTypeOf<Promise<JwtPayload | string>>();
expectTypeOf(verifyAsync(token, secret, { complete: true })).toEqualTypeOf<Promise<Jwt>>();
expectTypeOf(verifyAsync(token, secret, options)).toEqualTypeOf<
  Promise<Jwt | JwtPayload | string>
>();
expectTypeOf(verifyAsync<MyClaims>(token, source)).toEqualTypeOf<Promise<MyClaims>>();
expectTypeOf(verifyAsync<MyClaims>(token, source, { complete: true })).toEqualTypeOf<
  Promise<Jwt<MyClaims>>
>();
expectTypeOf(verifyAsync(token, null, { algorithms: ['none'] })).toEqualTypeOf<
  Promise<Jwt | JwtPayload | string>
>();
expectTypeOf(
  (await verifyAsync(token, source, { requiredClaims: ['sub'] })).sub,
).toEqualTypeOf<string>();
expectTypeOf(
  (await verifyAsync(token, source, { requiredClaims: ['sub'], complete: true })).payload.sub,
).toEqualTypeOf<string>();
expectTypeOf(verifyAsync(token, source, { schema: zodClaims })).toEqualTypeOf<Promise<ZodClaims>>();
expectTypeOf(verifyAsync(token, source, { schema: valibotClaims, complete: true })).toEqualTypeOf<
  Promise<Jwt<ValibotClaims>>
>();
expectTypeOf(verifyAsync(token, async ({ header }) => `secret of ${header.kid}`)).toEqualTypeOf<
  Promise<JwtPayload | string>
>();
verifyAsync(token, (unverified) => {
  expectTypeOf(unverified).toEqualTypeOf<jwt.UnverifiedToken>();
  return unverified.payload.iss === 'a' ? [secret, 'another'] : null;
});

// decode
expectTypeOf(decode(token)).toEqualTypeOf<JwtPayload | string | null>();
expectTypeOf(decode(token, { json: true })).toEqualTypeOf<JwtPayload | null>();
expectTypeOf(decode(token, { complete: true })).toEqualTypeOf<Jwt | null>();
expectTypeOf(decode(token, { complete: true, json: true })).toEqualTypeOf<Jwt | null>();
expectTypeOf(decode(token, { complete: true })?.header.kid).toEqualTypeOf<string | undefined>();

// sign
expectTypeOf(sign({ sub: 'ada' }, secret)).toBeString();
expectTypeOf(sign('text', 'secret', { algorithm: 'HS512' })).toBeString();
expectTypeOf(sign(Buffer.from('text'), 'secret')).toBeString();
expectTypeOf(sign({}, null, { algorithm: 'none' })).toBeString();
expectTypeOf(
  sign({}, secret, { expiresIn: '15m' }, (error, encoded) => {
    expectTypeOf(error).toEqualTypeOf<Error | null>();
    expectTypeOf(encoded).toEqualTypeOf<string | undefined>();
  }),
).toBeVoid();
expectTypeOf(sign({}, secret, (_error, encoded) => encoded?.length)).toBeVoid();
expectTypeOf(sign({}, null, { algorithm: 'none' }, () => {})).toBeVoid();
expectTypeOf(signAsync({}, secret)).toEqualTypeOf<Promise<string>>();
expectTypeOf(signAsync({}, async () => secret, { algorithm: 'HS256' })).toEqualTypeOf<
  Promise<string>
>();
expectTypeOf(signAsync({}, undefined, { algorithm: 'none' })).toEqualTypeOf<Promise<string>>();

// Options that came from elsewhere.
const signOptions: SignOptions = { algorithm: 'EdDSA', expiresIn: '2 hours', notBefore: 10 };
signOptions.expiresIn = '7d';
sign({}, secret, signOptions);
sign({}, secret, { ...signOptions, header: { typ: 'at+jwt', custom: true } });
expectTypeOf<Timespan>().toExtend<NonNullable<SignOptions['expiresIn']>>();
expectTypeOf<{ algorithms?: Algorithm[] }>().toExtend<VerifyOptions>();
expectTypeOf<VerifyOptions['algorithms']>().toEqualTypeOf<Algorithm[] | undefined>();

// Every form of key.
declare const keys: [
  string,
  Buffer,
  Uint8Array,
  ArrayBuffer,
  KeyObject,
  webcrypto.CryptoKey,
  { kty: 'OKP'; crv: string; x: string },
  { key: string; passphrase: string },
  { key: Buffer; format: 'der'; type: 'pkcs8' },
  { key: { kty: 'RSA'; n: string; e: string }; format: 'jwk' },
  KeyDescriptor,
];
expectTypeOf<(typeof keys)[number]>().toExtend<KeyInput>();
expectTypeOf<Secret | PublicKey | KeyInput>().toExtend<Parameters<typeof verifyAsync>[1]>();
expectTypeOf(sign({}, keys[8], { algorithm: 'RS256' })).toBeString();
expectTypeOf<Secret | PrivateKey>().toExtend<KeyInput>();
expectTypeOf<PublicKey>().toExtend<KeyInput>();
expectTypeOf(createSecretKey('x', 'utf8')).toExtend<PublicKey>();

// The helpers that look at the type of a function.
expectTypeOf<Parameters<typeof sign>[0]>().toEqualTypeOf<string | Buffer | object>();
expectTypeOf<Parameters<typeof decode>[0]>().toBeString();
expectTypeOf<ReturnType<typeof decode>>().toEqualTypeOf<JwtPayload | string | null>();
expectTypeOf<Parameters<typeof verify>[2]>().toEqualTypeOf<VerifyOptions | undefined>();
expectTypeOf<ReturnType<typeof verify>>().toBeVoid();
expectTypeOf<Awaited<ReturnType<typeof verifyAsync>>>().toEqualTypeOf<Jwt | JwtPayload | string>();

// Spies and promises.
vi.spyOn(jwt, 'verify').mockImplementation(() => ({ sub: 'ada' }));
vi.spyOn(jwt, 'sign').mockImplementation(() => 'token');
vi.spyOn(jwt, 'decode').mockReturnValue({ sub: 'ada' });
vi.spyOn(jwt, 'verifyAsync').mockResolvedValue({ sub: 'ada' });
vi.mocked(jwt.verifyAsync).mockRejectedValueOnce(new jwt.TokenExpiredError('late', new Date(0)));
expectTypeOf(promisify<string, Secret, string | JwtPayload | undefined>(verify)).toBeCallableWith(
  token,
  'secret',
);
expectTypeOf(promisify<object, Secret, SignOptions, string | undefined>(sign)).toBeCallableWith(
  { sub: 'ada' },
  'secret',
  { expiresIn: '1h' },
);
