import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { encodeBase64url } from '../../src/core/encoding/base64url.ts';
import { rowOf } from '../../src/core/keys/algorithms.ts';
import {
  createVerifier,
  decode,
  type Jwk,
  TokenExpiredError,
  verify,
  verifyAsync,
} from '../../src/index.ts';
import { errorOf } from '../fixtures/outcome.ts';

/** The payload of appendices A.1, A.2, A.3 and A.5, line ends and all. */
const text = '{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}';
const payload =
  'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
const claims = { iss: 'joe', exp: 1300819380, 'http://example.com/is_root': true };
const before = { clockTimestamp: 1300819379 };
const clock = () => 1300819379_000;

/** The key of A.1. */
const macKey = {
  kty: 'oct',
  k: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
};

const examples: Array<{
  appendix: string;
  alg: 'HS256' | 'RS256' | 'ES256';
  header: string;
  key: Jwk;
  token: string;
}> = [
  {
    appendix: 'A.1',
    alg: 'HS256',
    header: '{"typ":"JWT",\r\n "alg":"HS256"}',
    key: macKey,
    token: `eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${payload}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`,
  },
  {
    appendix: 'A.2',
    alg: 'RS256',
    header: '{"alg":"RS256"}',
    key: {
      kty: 'RSA',
      n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
      e: 'AQAB',
    },
    token: `eyJhbGciOiJSUzI1NiJ9.${payload}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw`,
  },
  {
    appendix: 'A.3',
    alg: 'ES256',
    header: '{"alg":"ES256"}',
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    },
    token: `eyJhbGciOiJFUzI1NiJ9.${payload}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q`,
  },
];

describe.each(examples)('RFC 7515 $appendix, a JWS with $alg', ({ alg, header, key, token }) => {
  test('has the encoding of the text', () => {
    expect(token.startsWith(`${encodeBase64url(header)}.${encodeBase64url(text)}.`)).toBe(true);
  });

  test('is verified by every entrance up to the second of its "exp"', async () => {
    expect(verify(token, key, before)).toEqual(claims);
    expect(verify(token, key, { ...before, algorithms: [alg] })).toEqual(claims);
    expect(await verifyAsync(token, key, before)).toEqual(claims);
    expect(createVerifier(key, { clock })(token)).toEqual(claims);
    expect(await createVerifier(key, { clock, async: true })(token)).toEqual(claims);
    expect(createVerifier(() => key, { clock, algorithms: [alg] })(token)).toEqual(claims);
  });

  test('is expired from then on', () => {
    const error = errorOf(() => verify(token, key, { clockTimestamp: 1300819380 }));
    expect(error).toBeInstanceOf(TokenExpiredError);
    expect(error).toMatchObject({ expiredAt: new Date(1300819380_000) });
    expect(() => createVerifier(key, { clock: () => 1300819380_000 })(token)).toThrow(
      'jwt expired',
    );
  });

  test('fails with any other payload', () => {
    const other = token.replace(payload, encodeBase64url(text.replace('joe', 'eve')));
    expect(() => verify(other, key, before)).toThrow('invalid signature');
  });
});

test('RFC 7515 A.1 is signed to the same MAC', () => {
  const [{ token } = { token: '' }] = examples;
  const input = token.slice(0, token.lastIndexOf('.'));
  const key = createSecretKey(macKey.k, 'base64url');
  expect(`${input}.${rowOf('HS256').bind(key).sign(input)}`).toBe(token);
});

describe('RFC 7515 A.4, a JWS with ES512 whose payload is a word', () => {
  const token =
    'eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn';
  const key = {
    kty: 'EC',
    crv: 'P-521',
    x: 'AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk',
    y: 'ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2',
  };

  test('is verified by the classic entrance, which takes any payload', () => {
    expect(verify(token, key, { complete: true })).toEqual({
      header: { alg: 'ES512' },
      payload: 'Payload',
      signature: token.split('.')[2],
    });
  });

  test('is signed well but no JWT to a prepared verifier', () => {
    expect(errorOf(() => createVerifier(key)(token)).code).toBe('ERR_PAYLOAD_INVALID');
    const forged = token.replace('UGF5bG9hZA', 'UGF5bG9hZQ');
    expect(errorOf(() => createVerifier(key)(forged)).code).toBe('ERR_SIGNATURE_INVALID');
  });
});

describe('RFC 7515 A.5, an unsecured JWS', () => {
  const token = `eyJhbGciOiJub25lIn0.${payload}.`;

  test('is accepted if the caller names it and passes no key', () => {
    expect(verify(token, null, { ...before, algorithms: ['none'] })).toEqual(claims);
    expect(createVerifier(null, { clock, algorithms: ['none'] })(token)).toEqual(claims);
    expect(decode(token)).toEqual(claims);
  });

  test('is rejected otherwise', () => {
    for (const { key } of examples) {
      expect(() => verify(token, key, before)).toThrow('jwt signature is required');
      expect(() => verify(token, key, { ...before, algorithms: ['none'] })).toThrow(
        'jwt signature is required',
      );
      for (const verifier of [
        createVerifier(key, { clock }),
        createVerifier(() => key, { clock }),
      ]) {
        expect(errorOf(() => verifier(token)).code).toMatch(/^ERR_(HEADER_ALG|SIGNATURE_MISSING)$/);
      }
    }
    expect(() => verify(token, null as never, before)).toThrow('please specify "none"');
  });
});
