/** Tests of `verify.result`, which returns a rejection instead of throwing it. */

import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { errorCodes } from '../../src/errors.ts';
import {
  createSigner,
  createVerifier,
  type ErrorCode,
  JsonWebTokenError,
  type KeyInput,
  type KeySource,
  KeySourceError,
  type RejectedToken,
  type VerificationResult,
  type VerifierOptions,
} from '../../src/index.ts';
import { ed25519, secret } from '../fixtures/keys.ts';
import { allFields, countErrors, errorOf, rejectionOf } from '../fixtures/outcome.ts';
import { forge, NOW, tokenOf, unsigned } from '../fixtures/tokens.ts';

const clock = () => NOW * 1000;
const valid = tokenOf({ sub: 'ada', iat: NOW });
const own = new JsonWebTokenError('another tenant');

interface Rejection {
  code: ErrorCode;
  token: unknown;
  options?: VerifierOptions;
  key?: KeyInput | KeySource;
}

/** Every way in which a token is rejected. */
const rejections: Rejection[] = [
  { code: 'ERR_TOKEN_MISSING', token: '' },
  { code: 'ERR_TOKEN_TYPE', token: 5 },
  { code: 'ERR_TOKEN_TYPE', token: Promise.resolve(valid) },
  { code: 'ERR_TOKEN_TOO_LONG', token: valid, options: { maxTokenLength: 5 } },
  { code: 'ERR_TOKEN_MALFORMED', token: 'a.b' },
  { code: 'ERR_TOKEN_MALFORMED', token: `Bearer ${valid}` },
  { code: 'ERR_TOKEN_MALFORMED', token: `${valid}=` },
  { code: 'ERR_TOKEN_DUPLICATE_MEMBER', token: forge('{"alg":"HS256","alg":"HS256"}', {}) },
  { code: 'ERR_TOKEN_DUPLICATE_MEMBER', token: tokenOf('{"a":1,"a":2}') },
  { code: 'ERR_TOKEN_ENCRYPTED', token: 'a.b.c.d.e' },
  { code: 'ERR_HEADER_INVALID', token: forge('[]', {}) },
  { code: 'ERR_HEADER_ALG', token: tokenOf({}, { alg: 'HS512' }) },
  { code: 'ERR_HEADER_TYP', token: valid, options: { typ: ['at+jwt', null] } },
  { code: 'ERR_HEADER_CRIT', token: tokenOf({}, { crit: ['x'] }) },
  { code: 'ERR_HEADER_KID', token: tokenOf({}, { kid: 5 }), key: () => secret },
  { code: 'ERR_KEY_NOT_FOUND', token: valid, key: () => null },
  { code: 'ERR_KEY_NOT_FOUND', token: valid, key: () => throwing(own) },
  { code: 'ERR_SIGNATURE_MISSING', token: unsigned({}, { alg: 'HS256' }) },
  { code: 'ERR_SIGNATURE_INVALID', token: tokenOf({}, {}, 'another secret') },
  { code: 'ERR_PAYLOAD_INVALID', token: tokenOf('null') },
  { code: 'ERR_CLAIM_EXPIRED', token: tokenOf({ exp: NOW }) },
  { code: 'ERR_CLAIM_NOT_ACTIVE', token: tokenOf({ nbf: NOW + 1 }) },
  { code: 'ERR_CLAIM_TOO_OLD', token: tokenOf({ iat: NOW - 61 }), options: { maxAge: 60 } },
  { code: 'ERR_CLAIM_MISSING', token: valid, options: { requiredClaims: ['scope'] } },
  { code: 'ERR_CLAIM_MISSING', token: valid, options: { issuer: 'i' } },
  { code: 'ERR_CLAIM_INVALID', token: tokenOf({ exp: 'soon' }) },
  { code: 'ERR_CLAIM_MISMATCH', token: valid, options: { subject: 'eve' } },
  { code: 'ERR_CLAIM_SCHEMA', token: valid, options: { schema: z.object({ sub: z.number() }) } },
];

function throwing(error: unknown): never {
  throw error;
}

const verifierOf = ({ key = secret, options = {} }: Rejection, more: VerifierOptions = {}) =>
  createVerifier(key as KeySource<KeyInput>, { clock, ...options, ...more } as object);

function rejectedBy(result: VerificationResult<unknown>): RejectedToken {
  if (result.ok) throw new Error('expected a rejection');
  return result;
}

describe.each(rejections)('a rejection with $code', (rejection) => {
  const { code } = rejection;
  const token = rejection.token as string;

  it('has the code, message, claim and error of the call that throws', async () => {
    const verify = verifierOf(rejection);
    const error = errorOf(() => verify(token));
    const later = verifierOf(rejection, { async: true }) as never as typeof verify;
    for (const result of [verify.result(token), await later.result(token)]) {
      const rejected = rejectedBy(result);
      const { message, claim } = error;
      expect({ ...rejected }).toEqual({ ok: false, code, message, claim });
      expect(allFields(rejected.error)).toEqual(allFields(error));
      expect(rejected.error).toBeInstanceOf(JsonWebTokenError);
    }
  });

  it('creates the error once, when it is read', async () => {
    const verify = verifierOf(rejection);
    let rejected: RejectedToken | undefined;
    const unread = await countErrors(() => {
      rejected = rejectedBy(verify.result(token));
      JSON.stringify(rejected);
      inspect(rejected, { showHidden: true });
    });
    expect(unread).toBe(0);
    const read = await countErrors(() => expect(rejected?.error).toBe(rejected?.error));
    expect(read).toBe(rejected?.error === own ? 0 : 1);
  });

  it('is logged and stringified as code, message and claim, without the token', () => {
    const rejected = rejectedBy(verifierOf(rejection).result(token));
    const { message, claim } = rejected;
    const fields = { ok: false, code, message, ...(claim !== undefined && { claim }) };
    expect(JSON.parse(JSON.stringify(rejected))).toEqual(fields);
    const shown = [JSON.stringify(rejected), inspect(rejected, { showHidden: true, depth: null })];
    for (const text of shown) {
      expect(text).toContain(code);
      for (const part of String(token).split('.')) {
        if (part.length > 5) expect(text).not.toContain(part);
      }
    }
  });
});

it('the table has every code of a token', () => {
  const others =
    /^ERR_(OPTION_|SESSION_|PROOF_|INTROSPECTION|REPLAY_|TOKEN_(KIND|INACTIVE)|KEY_(?!NOT_FOUND))/;
  const codes = errorCodes.filter((code) => !others.test(code));
  expect([...new Set(rejections.map(({ code }) => code))].sort()).toEqual(codes.sort());
});

describe('the value of an accepted token', () => {
  const schema = z.object({ sub: z.string().transform((sub) => sub.toUpperCase()) });
  const cases: Array<[name: string, key: unknown, options: VerifierOptions]> = [
    ['without options', secret, {}],
    ['with complete', secret, { complete: true }],
    ['with schema', secret, { schema }],
    ['with schema and complete', secret, { schema, complete: true }],
    ['with cache', secret, { cache: true }],
    ['with async', secret, { async: true }],
    ['with a key source', () => secret, {}],
    ['with a list of keys', () => [Buffer.alloc(64, 1), secret], {}],
    ['with an async key source', async () => secret, { complete: true }],
    ['with a key source that returns a promise', () => Promise.resolve(secret), {}],
  ];
  it.each(cases)('is what the verifier returns %s', async (_, key, options) => {
    const verify = createVerifier(key as KeySource<KeyInput>, { clock, ...options } as object);
    const [value, result]: unknown[] = [verify(valid), verify.result(valid)];
    expect(result instanceof Promise).toBe(value instanceof Promise);
    expect(await result).toEqual({ ok: true, value: await value });
    if (options.cache) expect((verify.result(valid) as { value?: unknown }).value).toBe(value);
  });

  it('is verified on the thread pool with async', async () => {
    const { privateKey, publicKey } = ed25519();
    const token = createSigner(privateKey)({ sub: 'ada' });
    const { result } = createVerifier(publicKey, { async: true });
    expect(await result(token)).toMatchObject({ ok: true, value: { sub: 'ada' } });
    expect(await result(`${token.slice(0, -4)}AAAA`)).toMatchObject({ ok: false });
  });

  it('is not returned for a token that the cache has and that expired meanwhile', () => {
    let now = clock();
    const verify = createVerifier(secret, { cache: true, clock: () => now });
    const token = tokenOf({ exp: NOW + 1 });
    expect(verify.result(token).ok).toBe(true);
    now += 1000;
    expect(verify.result(token)).toMatchObject({ ok: false, code: 'ERR_CLAIM_EXPIRED' });
  });
});

describe('verify.result throws, or rejects, what is not about the token:', () => {
  const down = new Error('down');
  const schemaOf = (validate: () => unknown) => {
    return { '~standard': { version: 1, vendor: 'test', validate } } as never;
  };
  const failures: Array<[name: string, type: unknown, key: unknown, options?: VerifierOptions]> = [
    ['a key source that throws', KeySourceError, () => throwing(down)],
    ['a key source that rejects', KeySourceError, () => Promise.reject(down)],
    ['a key source that returns a wrong key', KeySourceError, () => 5],
    ['a key source that returns a small key', KeySourceError, () => 'short'],
    ['a KeySourceError of a key source', KeySourceError, () => throwing(new KeySourceError('no'))],
    ['a schema that throws', Error, secret, { schema: schemaOf(() => throwing(down)) }],
    ['a schema that returns nothing', TypeError, secret, { schema: schemaOf(() => undefined) }],
    ['a clock in seconds', TypeError, secret, { clock: () => NOW }],
  ];
  it.each(failures)('%s', async (_, type, key, options) => {
    for (const async of [false, true]) {
      const verify = createVerifier(key as KeySource, { clock, ...options, async } as object);
      const run = async (call: (token: string) => unknown) =>
        rejectionOf((async () => call(valid))());
      const error = await run(verify.result);
      expect(error.constructor).toBe(type);
      expect(allFields(error)).toEqual(allFields(await run(verify)));
    }
  });

  it('an asynchronous schema of a synchronous verifier', () => {
    const schema = schemaOf(async () => ({ value: 1 }));
    expect(errorOf(() => createVerifier(secret, { schema }).result(valid))).toMatchObject({
      constructor: TypeError,
      message: 'the schema returns a promise: use async: true or verifyAsync',
    });
  });
});

describe('a key source', () => {
  it('receives the token and the context', () => {
    const source = vi.fn<KeySource<KeyInput>>(() => secret);
    createVerifier(source).result(valid, 'tenant 7');
    expect(source).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ signingInput: valid.slice(0, valid.lastIndexOf('.')) }),
      'tenant 7',
    );
  });

  it.each([
    ['throws', () => throwing(own)],
    ['rejects with', () => Promise.reject(own)],
  ])('rejects the token if it %s a JsonWebTokenError, which is the error', async (_, source) => {
    const result = await createVerifier(source as KeySource).result(valid);
    expect(result).toMatchObject({ ok: false, code: 'ERR_KEY_NOT_FOUND', message: own.message });
    expect(rejectedBy(result).error).toBe(own);
  });

  it('that returns a promise makes the result of a rejection one, too', async () => {
    const verify = createVerifier(() => Promise.resolve(secret), { subject: 'eve', clock });
    const result = verify.result(valid);
    expect(result).toBeInstanceOf(Promise);
    expect(await result).toMatchObject({ ok: false, code: 'ERR_CLAIM_MISMATCH', claim: 'sub' });
  });

  it('is not called for a token that is malformed: the result is no promise', () => {
    const source = vi.fn(() => Promise.resolve(secret));
    expect(createVerifier(source).result('a.b')).toMatchObject({ ok: false });
    expect(source).not.toHaveBeenCalled();
  });
});

it('result works without its verifier, and beside forget and clear', () => {
  const { result, forget, clear } = createVerifier(secret, { cache: true });
  expect(result(valid).ok).toBe(true);
  forget(valid);
  clear();
  expect(result(valid).ok).toBe(true);
});
