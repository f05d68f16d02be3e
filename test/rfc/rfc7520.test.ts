import { describe, expect, test } from 'vitest';
import { createVerifier, type Jwk, sign, signAsync, verify, verifyAsync } from '../../src/index.ts';
import { errorOf } from '../fixtures/outcome.ts';

/** RFC 7520 §4: the payload of every example. */
const text =
  "It\u2019s a dangerous business, Frodo, going out your door. You step onto the road, and if you don't keep your feet, there\u2019s no knowing where you might be swept off to.";
const payload =
  'SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4';

const bilbo = 'bilbo.baggins@hobbiton.example';

/** §3.3, §3.1 and §3.5. */
const rsa: Jwk = {
  kty: 'RSA',
  kid: bilbo,
  use: 'sig',
  n: 'n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw',
  e: 'AQAB',
};
const p521: Jwk = {
  kty: 'EC',
  kid: bilbo,
  use: 'sig',
  crv: 'P-521',
  x: 'AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt',
  y: 'AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1',
};
const oct: Jwk = {
  kty: 'oct',
  kid: '018c0ae5-4d9b-471b-bfd6-eef314bc7037',
  use: 'sig',
  alg: 'HS256',
  k: 'hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg',
};

const examples = [
  {
    section: '§4.1',
    alg: 'RS256',
    key: rsa,
    header: 'eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9',
    signature:
      'MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg',
  },
  {
    section: '§4.2',
    alg: 'PS384',
    key: rsa,
    header: 'eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9',
    signature:
      'cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo6_1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_ijQ7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw',
  },
  {
    section: '§4.3',
    alg: 'ES512',
    key: p521,
    header: 'eyJhbGciOiJFUzUxMiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9',
    signature:
      'AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvbu9Plon7KRTzoNEuT4Va2cmL1eJAQy3mtPBu_u_sDDyYjnAMDxXPn7XrT0lw-kvAD890jl8e2puQens_IEKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ2',
  },
  {
    section: '§4.4',
    alg: 'HS256',
    key: oct,
    header: 'eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9',
    signature: 's0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0',
  },
] as const;

describe.each(examples)('RFC 7520 $section, $alg', ({ alg, key, header, signature }) => {
  const token = `${header}.${payload}.${signature}`;

  test('is verified by the classic entrance', async () => {
    const expected = { header: { alg, kid: key.kid }, payload: text, signature };
    expect(verify(token, key, { complete: true })).toEqual(expected);
    expect(verify(token, key, { complete: true, algorithms: [alg] })).toEqual(expected);
    expect(await verifyAsync(token, ({ header: { kid } }) => (kid === key.kid ? key : null))).toBe(
      text,
    );
  });

  test('is signed well but no JWT to a prepared verifier', () => {
    expect(errorOf(() => createVerifier(key, { algorithms: [alg] })(token)).code).toBe(
      'ERR_PAYLOAD_INVALID',
    );
  });

  test('is rejected under the keys of the other examples', () => {
    for (const { key: other } of examples.filter((example) => example.key !== key)) {
      expect(() => verify(token, other)).toThrow('invalid algorithm');
    }
  });
});

test('RFC 7520 §4.4: the text is signed to exactly this JWS', async () => {
  const { header, signature } = examples[3];
  const token = `${header}.${payload}.${signature}`;
  const options = { algorithm: 'HS256', keyid: '018c0ae5-4d9b-471b-bfd6-eef314bc7037' } as const;
  expect(sign(text, oct, options)).toBe(token);
  expect(await signAsync(text, oct, options)).toBe(token);
});

describe('RFC 7520 §4.5 and RFC 7797, payloads outside the token', () => {
  test('a detached payload is no token', () => {
    const { header, signature } = examples[3];
    expect(() => verify(`${header}..${signature}`, oct)).toThrow('invalid token');
  });

  test('RFC 7797 §4.2: an unencoded payload is rejected with every payload part', () => {
    const key = {
      kty: 'oct',
      k: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
    };
    const header = Buffer.from('{"alg":"HS256","b64":false,"crit":["b64"]}').toString('base64url');
    for (const body of ['$', 'JC4wMg', '']) {
      const token = `${header}.${body}.A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY`;
      expect(() => verify(token, key)).toThrow(/invalid token|"crit"/);
      expect(() => createVerifier(key)(token)).toThrow(/invalid token|"crit"/);
    }
  });
});
