/** How errors narrow. Checked by tsc, never run. */

import { expectTypeOf } from 'vitest';
import {
  type ErrorCode,
  JsonWebTokenError,
  KeySourceError,
  NotBeforeError,
  TokenExpiredError,
  type VerifyErrors,
} from '../../src/index.ts';

declare const caught: unknown;
declare const given: VerifyErrors;

if (caught instanceof TokenExpiredError) {
  expectTypeOf(caught.expiredAt).toEqualTypeOf<Date>();
  expectTypeOf(caught.code).toEqualTypeOf<ErrorCode | undefined>();
} else if (caught instanceof NotBeforeError) {
  expectTypeOf(caught.date).toEqualTypeOf<Date>();
} else if (caught instanceof JsonWebTokenError) {
  expectTypeOf(caught.claim).toEqualTypeOf<string | undefined>();
  expectTypeOf(caught.inner).toEqualTypeOf<Error>();
} else if (caught instanceof KeySourceError) {
  expectTypeOf(caught.code).toEqualTypeOf<ErrorCode>();
  expectTypeOf(caught.cause).toBeUnknown();
} else {
  expectTypeOf(caught).toBeUnknown();
}

if (given instanceof TokenExpiredError) expectTypeOf(given).toEqualTypeOf<TokenExpiredError>();
if ('date' in given) expectTypeOf(given).toEqualTypeOf<NotBeforeError>();
expectTypeOf(given.message).toBeString();

expectTypeOf(new JsonWebTokenError('no')).toExtend<Error>();
expectTypeOf(new JsonWebTokenError('no', new Error('cause'))).toExtend<VerifyErrors>();
expectTypeOf(new TokenExpiredError('late', new Date(0))).toExtend<JsonWebTokenError>();
expectTypeOf(new NotBeforeError('early', new Date(0))).toExtend<JsonWebTokenError>();
expectTypeOf<KeySourceError>().not.toExtend<JsonWebTokenError>();
class TenantError extends JsonWebTokenError {}
expectTypeOf(new TenantError('other tenant')).toExtend<VerifyErrors>();

const known: ErrorCode = 'ERR_CLAIM_EXPIRED';
expectTypeOf(known).toExtend<string>();
