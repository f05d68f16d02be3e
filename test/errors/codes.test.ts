import { expect, test } from 'vitest';
import { errorCodes } from '../../src/errors.ts';
import { createSigner, createVerifier, type ErrorCode, sign, verify } from '../../src/index.ts';
import { codeDescriptions } from '../../src/sessions/code-descriptions.ts';
import type { SessionErrorCode } from '../../src/sessions/error.ts';
import { ec, rsa, secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { forge, NOW, tokenOf, unsigned } from '../fixtures/tokens.ts';

const check = (token: unknown, options: object = {}, key: unknown = secret) =>
  verify(token as never, key as never, { clockTimestamp: NOW, ...options });
const valid = tokenOf({ sub: 'ada', iat: NOW });
const rejecting = {
  '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'no' }] }) },
};

/** Codes of promises that reject: test/sessions/errors.test.ts and the tests of each directory have these. */
type ServiceCode =
  | SessionErrorCode
  | Extract<ErrorCode, `ERR_PROOF_${string}` | 'ERR_INTROSPECTION' | 'ERR_REPLAY_STORE'>
  | 'ERR_TOKEN_KIND'
  | 'ERR_TOKEN_INACTIVE';

/** Calls that throw each code. */
const calls: Record<Exclude<ErrorCode, ServiceCode>, Array<() => unknown>> = {
  ERR_OPTION_INVALID: [
    () => check(valid, { nonce: '' }),
    () => sign({}, secret, { foo: 1 } as never),
    () => createVerifier(secret, { foo: 1 } as never),
    () => createSigner(secret, { foo: 1 } as never),
  ],
  ERR_TOKEN_MISSING: [() => check(undefined)],
  ERR_TOKEN_TYPE: [() => check(5)],
  ERR_TOKEN_TOO_LONG: [() => check(valid, { maxTokenLength: 5 })],
  ERR_TOKEN_MALFORMED: [() => check('a.b'), () => check(`${valid}=`)],
  ERR_TOKEN_DUPLICATE_MEMBER: [
    () => check(forge('{"alg":"HS256","alg":"HS256"}', {})),
    () => check(tokenOf('{"a":1,"a":2}')),
  ],
  ERR_TOKEN_ENCRYPTED: [() => check('a.b.c.d.e')],
  ERR_HEADER_INVALID: [() => check('AAAA.AAAA.AAAA'), () => check(forge('[]', {}))],
  ERR_HEADER_ALG: [
    () => check(valid, { algorithms: ['HS512'] }),
    () => sign({}, secret, { header: { alg: 'foo' } }),
  ],
  ERR_HEADER_TYP: [() => check(valid, { typ: 'at+jwt' })],
  ERR_HEADER_CRIT: [() => check(tokenOf({}, { crit: ['x'], x: 1 }))],
  ERR_HEADER_KID: [() => createVerifier(() => secret)(tokenOf({}, { kid: 5 }))],
  ERR_KEY_MISSING: [() => check(valid, {}, null), () => sign({}, ''), () => createSigner('')],
  ERR_KEY_INVALID: [
    () => check(valid, {}, 5),
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
  ERR_KEY_NOT_FOUND: [() => createVerifier(() => null)(valid)],
  ERR_KEY_SOURCE: [
    () =>
      createVerifier(() => {
        throw new Error('down');
      })(valid),
  ],
  ERR_SIGNATURE_MISSING: [() => check(unsigned({}))],
  ERR_SIGNATURE_INVALID: [() => check(tokenOf({}, {}, 'another secret'))],
  ERR_PAYLOAD_INVALID: [() => check(tokenOf('null')), () => sign([], secret)],
  ERR_CLAIM_EXPIRED: [() => check(tokenOf({ exp: NOW }))],
  ERR_CLAIM_NOT_ACTIVE: [() => check(tokenOf({ nbf: NOW + 1 }))],
  ERR_CLAIM_TOO_OLD: [() => check(tokenOf({ iat: 1 }), { maxAge: 60 })],
  ERR_CLAIM_MISSING: [
    () => check(valid, { requiredClaims: ['scope'] }),
    () => check(valid, { issuer: 'i' }),
    () => check(tokenOf({}), { maxAge: 60 }),
  ],
  ERR_CLAIM_INVALID: [
    () => check(tokenOf({ exp: 'soon' })),
    () => sign({ exp: 'soon' }, secret),
    () => createSigner(secret, { issuer: 'i' })({ iss: 'i' }),
    () => createSigner(secret)({ exp: Date.now() }),
    () => createSigner(secret)({ sub: 5 as never }),
  ],
  ERR_CLAIM_MISMATCH: [() => check(valid, { subject: 'eve' })],
  ERR_CLAIM_SCHEMA: [() => check(valid, { schema: rejecting })],
};

test('the calls are for every code', () => {
  const ofServices = /^ERR_(SESSION_|PROOF_|INTROSPECTION|REPLAY_STORE|TOKEN_(KIND|INACTIVE))/;
  const all = errorCodes.filter((code) => !ofServices.test(code));
  expect(Object.keys(calls).sort()).toEqual(all.sort());
});

test.each(Object.entries(calls))('%s is thrown, and has a description', (code, throwing) => {
  for (const call of throwing) {
    const error = errorOf(call);
    expect(error.code).toBe(code);
    expect(Object.keys(error)).not.toContain('code');
  }
  expect(codeDescriptions[code as ErrorCode]).toMatch(/^\S.{10,}[^.]$/);
});

test('errors of the engine have a code as well', () => {
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
    expect(errorCodes).toContain(error.code);
  }
});
