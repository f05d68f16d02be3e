/** K4: the advisories on unsigned tokens. The table of this rule is in test/verify/unsigned. */

import { expect, test } from 'vitest';
import { createSigner, sign } from '../../src/index.ts';
import { rsa, secret } from '../fixtures/keys.ts';
import { forge, unsigned } from '../fixtures/tokens.ts';
import { acceptedBy, codesBy, preparedVerifyApis, verifyApis } from '../fixtures/verify-apis.ts';

const claims = { sub: 'admin' };
const none = unsigned(claims);

test.each([
  ['with the alg none beside a key (CVE-2015-9235)', none, [secret, rsa().publicKey]],
  ['with the alg none without a key (CVE-2022-23540)', none, [undefined, null, '', false]],
  ['with an empty signature (CVE-2020-28042)', unsigned(claims, { alg: 'HS256' }), [secret, '']],
])('rejects a token %s', async (_, token, keys) => {
  for (const key of keys) {
    expect(await acceptedBy(verifyApis, token, key)).toEqual([]);
  }
});

test('rejects an empty signature because it is missing', async () => {
  const codes = await codesBy(preparedVerifyApis, unsigned(claims, { alg: 'HS256' }), secret);
  expect(Object.values(codes)).toEqual(preparedVerifyApis.map(() => 'ERR_SIGNATURE_MISSING'));
});

test('signs without a key only if the option "algorithm" names none', () => {
  expect(() => sign(claims, secret, { header: { alg: 'none' } })).toThrow(/algorithm/);
  expect(() => sign(claims, null as never, { header: { alg: 'none' } } as never)).toThrow();
  for (const key of [undefined, null, '']) {
    expect(() => sign(claims, key as never)).toThrow('secretOrPrivateKey must have a value');
    expect(() => createSigner(key as never)).toThrow(TypeError);
  }
  expect(() => createSigner(secret, { algorithm: 'none' })).toThrow(TypeError);
  expect(() => createSigner(secret, { header: { alg: 'none' } })).toThrow(TypeError);
});

test('rejects an oct JWK with the alg none', async () => {
  const jwk = { kty: 'oct', k: secret.toString('base64url'), alg: 'none' };
  expect(() => createSigner(jwk)).toThrow(TypeError);
  for (const token of [none, `${none}AA`, forge({ alg: 'none' }, claims)]) {
    for (const options of [{}, { algorithms: ['none'] }, { algorithms: ['HS256', 'none'] }]) {
      expect(await acceptedBy(verifyApis, token, jwk, options)).toEqual([]);
    }
  }
});
