import { describe, expect, test } from 'vitest';
import { createVerifier, decode, JsonWebTokenError, verify } from '../../src/index.ts';

const claims = { iss: 'joe', exp: 1300819380, 'http://example.com/is_root': true };
const payload =
  'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
const options = { clockTimestamp: 1300819379 };
const clock = () => 1300819379_000;

describe('RFC 7519 §3.1, the example JWT', () => {
  const token = `eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${payload}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`;
  const secret = Buffer.from(
    'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
    'base64url',
  );

  test('is verified with its header, claims and issuer', () => {
    expect(verify(token, secret, { ...options, complete: true, issuer: 'joe' })).toEqual({
      header: { typ: 'JWT', alg: 'HS256' },
      payload: claims,
      signature: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    });
    expect(createVerifier(secret, { clock, issuer: 'joe', typ: 'JWT' })(token)).toEqual(claims);
  });

  test('is another token in another spelling of the same JSON', () => {
    const compact = Buffer.from(JSON.stringify(claims)).toString('base64url');
    expect(() => verify(token.replace(payload, compact), secret, options)).toThrow(
      'invalid signature',
    );
  });
});

describe('RFC 7519 §6.1, the example of an unsecured JWT', () => {
  const token = `eyJhbGciOiJub25lIn0.${payload}.`;

  test('is verified where "none" is named and no key given', () => {
    expect(verify(token, undefined, { ...options, algorithms: ['none'] })).toEqual(claims);
    expect(createVerifier(undefined, { clock, algorithms: ['none'] })(token)).toEqual(claims);
    expect(decode(token, { complete: true })).toEqual({
      header: { alg: 'none' },
      payload: claims,
      signature: '',
    });
  });

  test('is rejected by default (RFC 8725 §3.2)', () => {
    expect(() => verify(token, undefined as never, options)).toThrow('please specify "none"');
    expect(() => verify(token, 'secret', options)).toThrow('jwt signature is required');
    expect(() => createVerifier(Buffer.alloc(32, 1))(token)).toThrow(JsonWebTokenError);
  });
});
