/** C3, C4, C5: the advisories on expected claims. The tables of these rules are in test/claims. */

import { expect, test } from 'vitest';
import { secret } from '../fixtures/keys.ts';
import { tokenOf } from '../fixtures/tokens.ts';
import { codesBy, verifyApis } from '../fixtures/verify-apis.ts';

const issuer = 'https://id.example';

async function expectMismatch(claims: object, options: Record<string, unknown>) {
  const codes = Object.values(await codesBy(verifyApis, tokenOf(claims), secret, options));
  expect(codes).toEqual(verifyApis.map(() => 'ERR_CLAIM_MISMATCH'));
}

test.each([
  ['a list that contains the issuer (CVE-2025-30144)', { iss: ['https://evil.example', issuer] }],
  ['a part of the issuer (CVE-2024-53861)', { iss: 'https://id' }],
])('rejects as "iss" %s', async (_, claims) => {
  await expectMismatch(claims, { issuer });
});

test.each([[[]], [[null]], [{}]])('rejects "aud" %j (CVE-2020-26160)', async (aud) => {
  await expectMismatch({ aud }, { audience: 'api' });
});

test('accepts the same tokens every time with a stateful RegExp (CVE-2026-35040)', async () => {
  const audience = /api/gy;
  for (let i = 0; i < 2; i++) {
    for (const api of verifyApis) {
      expect(await api.verify(tokenOf({ aud: 'api' }), secret, { audience })).toHaveProperty('aud');
    }
    await expectMismatch({ aud: 'no' }, { audience });
  }
});

test('rejects a long string before a slow RegExp runs (CVE-2026-35041)', async () => {
  const start = performance.now();
  for (const aud of [`${'a'.repeat(30_000)}!`, Array(2).fill(`${'a'.repeat(1025)}!`)]) {
    await expectMismatch({ aud }, { audience: /^(a+)+$/ });
  }
  expect(performance.now() - start).toBeLessThan(2000);
});
