import { describe, expect, test } from 'vitest';
import { errorCodes } from '../../src/errors.ts';
import { createSigner, createVerifier, type ErrorCode, sign, verify } from '../../src/index.ts';
import type { SessionErrorCode } from '../../src/sessions/error.ts';
import { ec, rsa, secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { NOW, tokenOf, unsigned } from '../fixtures/tokens.ts';

const check = (token: unknown, options: object = {}, key: unknown = secret) =>
  verify(token as never, key as never, { clockTimestamp: NOW, ...options });
const good = tokenOf({ sub: 'ada', iat: NOW });
const refusing = {
  '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'no' }] }) },
};

/**
 * A call for every code. The type holds the table to the list, and a test below does so as well. The
 * codes of sessions come from promises, in test/sessions/errors.test.ts.
 */
const calls: Record<Exclude<ErrorCode, SessionErrorCode>, Array<() => unknown>> = {
  ERR_OPTION_INVALID: [
    () => check(good, { nonce: '' }),
    () => sign({}, secret, { foo: 1 } as never),
    () => createVerifier(secret, { foo: 1 } as never),
    () => createSigner(secret, { foo: 1 } as never),
  ],
  ERR_TOKEN_MISSING: [() => check(undefined)],
  ERR_TOKEN_TYPE: [() => check(5)],
  ERR_TOKEN_TOO_LONG: [() => check(good, { maxTokenLength: 5 })],
  ERR_TOKEN_MALFORMED: [() => check('a.b'), () => check(`${good}=`)],
  ERR_TOKEN_ENCRYPTED: [() => check('a.b.c.d.e')],
  ERR_HEADER_INVALID: [() => check('AAAA.AAAA.AAAA')],
  ERR_HEADER_ALG: [
    () => check(good, { algorithms: ['HS512'] }),
    () => sign({}, secret, { header: { alg: 'foo' } }),
  ],
  ERR_HEADER_TYP: [() => check(good, { typ: 'at+jwt' })],
  ERR_HEADER_CRIT: [() => check(tokenOf({}, { crit: ['x'], x: 1 }))],
  ERR_HEADER_KID: [() => createVerifier(() => secret)(tokenOf({}, { kid: 5 }))],
  ERR_KEY_MISSING: [() => check(good, {}, null), () => sign({}, ''), () => createSigner('')],
  ERR_KEY_INVALID: [
    () => check(good, {}, 5),
    () => sign({}, 5 as never),
    () => createSigner({} as never),
  ],
  ERR_KEY_TYPE: [
    () => check(tokenOf({}, { alg: 'RS256' }), { algorithms: ['RS256'] }),
    () => sign({}, ec().privateKey, { algorithm: 'RS256' }),
    () => createSigner(rsa().publicKey),
  ],
  ERR_KEY_WEAK: [
    () => check(tokenOf({}, { alg: 'RS256' }), {}, rsa(1024).publicKey),
    () => sign({}, rsa(1024).privateKey, { algorithm: 'RS256' }),
    () => createSigner('short'),
  ],
  ERR_KEY_NOT_FOUND: [() => createVerifier(() => null)(good)],
  ERR_KEY_SOURCE: [
    () =>
      createVerifier(() => {
        throw new Error('down');
      })(good),
  ],
  ERR_SIGNATURE_MISSING: [() => check(unsigned({}))],
  ERR_SIGNATURE_INVALID: [() => check(tokenOf({}, {}, 'another secret'))],
  ERR_PAYLOAD_INVALID: [() => check(tokenOf('null')), () => sign([], secret)],
  ERR_CLAIM_EXPIRED: [() => check(tokenOf({ exp: NOW }))],
  ERR_CLAIM_NOT_ACTIVE: [() => check(tokenOf({ nbf: NOW + 1 }))],
  ERR_CLAIM_TOO_OLD: [() => check(tokenOf({ iat: 1 }), { maxAge: 60 })],
  ERR_CLAIM_MISSING: [
    () => check(good, { requiredClaims: ['scope'] }),
    () => check(good, { issuer: 'i' }),
    () => check(tokenOf({}), { maxAge: 60 }),
  ],
  ERR_CLAIM_INVALID: [
    () => check(tokenOf({ exp: 'soon' })),
    () => sign({ exp: 'soon' }, secret),
    () => createSigner(secret, { issuer: 'i' })({ iss: 'i' }),
  ],
  ERR_CLAIM_MISMATCH: [() => check(good, { subject: 'eve' })],
  ERR_CLAIM_SCHEMA: [() => check(good, { schema: refusing })],
};

test('the table below names every code', () => {
  const all = Object.keys(errorCodes).filter((code) => !code.startsWith('ERR_SESSION_'));
  expect(Object.keys(calls).sort()).toEqual(all.sort());
});

describe.each(Object.entries(calls))('%s', (code, producing) => {
  test.each(producing.map((call, index) => [index + 1, call] as const))(
    'comes of call %d',
    (_, call) => {
      const error = errorOf(call);
      expect(error.code).toBe(code);
      expect(Object.keys(error)).not.toContain('code');
    },
  );

  test('has a remark', () => {
    expect(errorCodes[code as ErrorCode]).toMatch(/^\S.{10,}[^.]$/);
  });
});

test('what comes from below carries a code as well', () => {
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  const errors = [
    errorOf(() => sign(circular, secret)),
    errorOf(() => createSigner(secret)(circular)),
    errorOf(() => sign({ n: 1n }, secret)),
    errorOf(() => sign('a', secret, { encoding: 'foo' })),
  ];
  for (const error of errors) {
    expect(error).toBeInstanceOf(TypeError);
    expect(Object.keys(errorCodes)).toContain(error.code);
  }
});
