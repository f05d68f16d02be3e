/** Tests of `expected` and `actual` on the error of a claim that has another value. */

import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createVerifier } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { tokenOf } from '../fixtures/tokens.ts';
import { claimApis } from './verify-claims.ts';

describe.each(claimApis)('%s', (_, verifyClaims) => {
  test.each<[option: string, claim: string, expected: unknown, actual: unknown]>([
    ['audience', 'aud', ['api', /b/], ['other']],
    ['issuer', 'iss', ['a', 'b'], 'c'],
    ['subject', 'sub', ['ada'], 'actual-value'],
    ['jwtid', 'jti', ['1'], undefined],
    ['nonce', 'nonce', ['n'], 5],
  ])(
    'puts what "%s" allows and what the token has on the error',
    (option, claim, expected, actual) => {
      const single = (expected as unknown[]).length === 1 ? (expected as unknown[])[0] : expected;
      const error = errorOf(() => verifyClaims({ [claim]: actual }, { [option]: single }));
      expect(error).toMatchObject({ claim, expected, actual });
      expect(Object.keys(error)).toEqual(['name', 'message']);
      expect(inspect(error)).not.toContain('actual-value');
    },
  );
});

test('puts the expected and the actual "typ" on the error', () => {
  const token = tokenOf({}, { typ: 'rt+jwt' });
  const error = errorOf(() => createVerifier(secret, { typ: 'at+jwt' })(token));
  expect(error).toMatchObject({ expected: ['at+jwt'], actual: 'rt+jwt', code: 'ERR_HEADER_TYP' });
});
