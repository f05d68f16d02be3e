/** Compares the types of `@types/jsonwebtoken` with ours. Checked by tsc, never run. */

import type theirs from 'jsonwebtoken';
import { expectTypeOf } from 'vitest';
import type * as ours from '../../src/index.ts';

// The same types.
expectTypeOf<ours.JwtHeader>().toEqualTypeOf<theirs.JwtHeader>();
expectTypeOf<ours.JwtPayload>().toEqualTypeOf<theirs.JwtPayload>();
expectTypeOf<ours.Jwt>().toEqualTypeOf<theirs.Jwt>();
expectTypeOf<ours.Secret>().toEqualTypeOf<theirs.Secret>();
expectTypeOf<ours.PublicKey>().toEqualTypeOf<theirs.PublicKey>();
expectTypeOf<ours.PrivateKey>().toEqualTypeOf<theirs.PrivateKey>();
expectTypeOf<ours.SignCallback>().toEqualTypeOf<theirs.SignCallback>();
expectTypeOf<ours.SigningKeyCallback>().toEqualTypeOf<theirs.SigningKeyCallback>();
expectTypeOf<ours.GetPublicKeyOrSecret>().toEqualTypeOf<theirs.GetPublicKeyOrSecret>();
expectTypeOf<ours.SignOptions['expiresIn']>().toExtend<theirs.SignOptions['expiresIn']>();

// What was made for theirs fits ours.
expectTypeOf<theirs.Algorithm>().toExtend<ours.Algorithm>();
expectTypeOf<theirs.SignOptions>().toExtend<ours.SignOptions>();
expectTypeOf<theirs.VerifyOptions>().toExtend<ours.VerifyOptions>();
expectTypeOf<theirs.DecodeOptions>().toExtend<ours.DecodeOptions>();
expectTypeOf<theirs.VerifyCallback<string>>().toExtend<ours.VerifyCallback<string>>();

// And what ours returns fits theirs.
expectTypeOf<ours.VerifyErrors>().toExtend<theirs.VerifyErrors>();
expectTypeOf<ours.TokenExpiredError>().toExtend<theirs.TokenExpiredError>();
expectTypeOf<ours.NotBeforeError>().toExtend<theirs.NotBeforeError>();

// Each has every option of the other; ours adds its own.
expectTypeOf<keyof ours.SignOptions>().toEqualTypeOf<keyof theirs.SignOptions>();
type Added =
  | 'allowPadding'
  | 'allowInsecureKeySizes'
  | 'maxTokenLength'
  | 'requiredClaims'
  | 'schema'
  | 'typ';
expectTypeOf<keyof ours.VerifyOptions>().toEqualTypeOf<keyof theirs.VerifyOptions | Added>();

// Our functions are assignable to theirs.
expectTypeOf<typeof ours.decode>().toExtend<typeof theirs.decode>();
expectTypeOf<typeof ours.sign>().toExtend<typeof theirs.sign>();
expectTypeOf<typeof ours.verify>().toExtend<typeof theirs.verify>();
