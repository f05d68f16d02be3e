/** Tests of the option `allowPadding`. */

import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createAuthenticator } from '../../src/http/index.ts';
import { createVerifier, sign, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';

/** As AWS load balancers do it: the signature is over the padded parts. */
function paddedToken(payload: object): string {
  const encode = (part: string | Buffer) =>
    Buffer.from(part).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
  const input = `${encode('{"alg":"HS256","kid":"a"}')}.${encode(JSON.stringify(payload))}`;
  return `${input}.${encode(createHmac('sha256', secret).update(input).digest())}`;
}

const token = paddedToken({ sub: 'ada', n: 1 });
const halfPadded = token.replace(/=+$/, '');

describe.each<[name: string, run: (token: string, options: object) => unknown]>([
  ['verify', (token, options) => verify(token, secret, options)],
  ['createVerifier', (token, options) => createVerifier(secret, options)(token)],
])('%s with allowPadding', (_, run) => {
  test('accepts a padded token, which it rejects without the option', () => {
    expect(token).toMatch(/=\..*=\..*=$/);
    expect(run(token, { allowPadding: true })).toEqual({ sub: 'ada', n: 1 });
    expect(errorOf(() => run(token, {})).code).toBe('ERR_TOKEN_MALFORMED');
  });

  test('accepts no other spelling', () => {
    for (const other of [halfPadded, `${token}=`, token.replaceAll('=', ''), sign({}, secret)]) {
      expect(errorOf(() => run(other, { allowPadding: true })).code).toBe('ERR_TOKEN_MALFORMED');
    }
  });
});

test('caches a padded token by its only spelling', () => {
  const verifyOften = createVerifier(secret, { allowPadding: true, cache: true });
  verifyOften(token);
  verifyOften(token);
  expect(errorOf(() => verifyOften(halfPadded)).code).toBe('ERR_TOKEN_MALFORMED');
});

test('is read by an authenticator, with the header and the claims', async () => {
  for (const options of [
    { key: secret, allowPadding: true },
    { verifier: createVerifier(secret, { allowPadding: true, complete: true }) },
  ]) {
    const authenticate = createAuthenticator(options);
    const outcome = await authenticate({ headers: { authorization: `Bearer ${token}` } });
    expect(outcome).toMatchObject({
      auth: { payload: { sub: 'ada' }, header: { alg: 'HS256' } },
    });
  }
});
