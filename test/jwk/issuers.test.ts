import { generateKeyPairSync } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it, test, vi } from 'vitest';
import { sign } from '../../src/index.ts';
import { createIssuers, type IssuerOptions } from '../../src/jwk/jwks/issuers.ts';
import { ec, ed25519, secret } from '../fixtures/keys.ts';
import { allFields, rejectionOf } from '../fixtures/outcome.ts';

const one = 'https://one.example';
const two = 'https://two.example';
const key = ed25519().publicKey;
const verify = createIssuers({
  [one]: { key, audience: 'api' },
  [two]: { key: ec().publicKey },
});
const tokenOf = (issuer: unknown, key = ed25519().privateKey, claims: object = {}) => {
  // Not createSigner, which rejects an issuer that is not a string.
  const isSecret = Buffer.isBuffer(key);
  const algorithm = isSecret ? 'HS256' : key.asymmetricKeyType === 'ec' ? 'ES256' : 'EdDSA';
  const iss = issuer !== undefined && { iss: issuer };
  return sign({ ...iss, sub: 'ada', ...claims }, key, { algorithm });
};
const rejected = (code: string) => ({ name: 'JsonWebTokenError', code });

describe('a verifier for several issuers', () => {
  test('verifies the token of each with its own key and options', async () => {
    const first = tokenOf(one, ed25519().privateKey, { aud: 'api' });
    await expect(verify(first)).resolves.toMatchObject({ iss: one });
    await expect(verify(tokenOf(two, ec().privateKey))).resolves.toMatchObject({ iss: two });
    await expect(verify(tokenOf(one))).rejects.toMatchObject({ claim: 'aud' });
  });

  test('rejects a token that names one issuer and is signed by another', async () => {
    const forged = tokenOf(two, ed25519().privateKey);
    await expect(verify(forged)).rejects.toMatchObject(rejected('ERR_HEADER_ALG'));
    const same = createIssuers({
      [one]: { key },
      [two]: { key: generateKeyPairSync('ed25519').publicKey },
    });
    await expect(same(forged)).rejects.toMatchObject(rejected('ERR_SIGNATURE_INVALID'));
  });

  test.each([
    ...['https://three.example', `${one}/`, one.toUpperCase(), `${one}.evil.example`],
    ...['__proto__', 'constructor', '', [one], null, 7, {}, true],
  ])('rejects the issuer %j', async (issuer) => {
    await expect(verify(tokenOf(issuer))).rejects.toMatchObject({
      ...rejected('ERR_CLAIM_MISMATCH'),
      claim: 'iss',
      message: 'jwt issuer invalid. expected: one that is registered',
    });
  });

  test('rejects a token without an issuer', async () => {
    await expect(verify(tokenOf(undefined))).rejects.toMatchObject(rejected('ERR_CLAIM_MISSING'));
  });

  it('returns from result what the call resolves to, or why it rejects', async () => {
    const accepted = tokenOf(one, ed25519().privateKey, { aud: 'api' });
    expect(await verify.result(accepted)).toEqual({ ok: true, value: await verify(accepted) });
    for (const token of ['a.b', tokenOf(undefined), tokenOf('three'), tokenOf(one)]) {
      const error = await rejectionOf(verify(token));
      const result = await verify.result(token);
      const { code, message, claim } = error;
      expect(result).toMatchObject({ ok: false, code, message });
      expect(result).toHaveProperty('claim', claim);
      if (!result.ok) expect(allFields(result.error)).toEqual(allFields(error));
    }
  });

  test.each([
    ['ERR_TOKEN_MISSING', ''],
    ['ERR_TOKEN_MISSING', undefined],
    ['ERR_TOKEN_TYPE', 7],
    ['ERR_TOKEN_MALFORMED', 'a.b'],
    ['ERR_TOKEN_TOO_LONG', 'x'.repeat(70_000)],
  ])('rejects with %s, and does not throw', async (code, token) => {
    await expect(verify(token as never)).rejects.toMatchObject({ code });
  });

  test('calls only the key source of the named issuer, with the context', async () => {
    const first = vi.fn(async () => key);
    const second = vi.fn(async () => ec().publicKey);
    const lookUp = createIssuers({ [one]: { key: first }, [two]: { key: second } });
    await expect(lookUp(tokenOf(one), 'context')).resolves.toMatchObject({ iss: one });
    await expect(lookUp(tokenOf('https://three.example'))).rejects.toThrow();
    expect(second).not.toHaveBeenCalled();
    expect(first.mock.calls).toMatchObject([[{ header: { alg: 'EdDSA' } }, 'context']]);
  });

  test('rejects with KeySourceError if a key source fails', async () => {
    const failing = createIssuers({ [one]: { key: () => Promise.reject(new Error('down')) } });
    await expect(failing(tokenOf(one))).rejects.toMatchObject({ name: 'KeySourceError' });
  });

  test('applies the "maxTokenLength" of each issuer', async () => {
    const verify = createIssuers({ [one]: { key, maxTokenLength: 200_000 }, [two]: { key } });
    const text = 'x'.repeat(70_000);
    const long = (issuer: string) => tokenOf(issuer, ed25519().privateKey, { text });
    await expect(verify(long(one))).resolves.toMatchObject({ iss: one });
    await expect(verify(long(two))).rejects.toMatchObject(rejected('ERR_TOKEN_TOO_LONG'));
  });

  test('caches tokens as each issuer allows, until forget or clear', async () => {
    const verify = createIssuers({ [one]: { key: async () => key, cache: true } });
    const token = tokenOf(one);
    const claims = await verify(token);
    expect(await verify(token)).toBe(claims);
    verify.forget(token);
    const fresh = await verify(token);
    expect(fresh).not.toBe(claims);
    verify.clear();
    expect(await verify(token)).not.toBe(fresh);
  });

  test('is a copy: later changes of the object have no effect', async () => {
    const table: Record<string, IssuerOptions> = { [one]: { key } };
    const verify = createIssuers(table);
    table[two] = { key };
    delete table[one];
    await expect(verify(tokenOf(one))).resolves.toMatchObject({ iss: one });
    await expect(verify(tokenOf(two))).rejects.toThrow('one that is registered');
  });

  test('publishes each rejection once', async () => {
    const messages: unknown[] = [];
    const listener = (message: unknown) => void messages.push(message);
    subscribe('jotkit:rejected', listener);
    try {
      await expect(verify(tokenOf('https://three.example'))).rejects.toThrow();
      await expect(verify(tokenOf(two, secret as never))).rejects.toThrow();
    } finally {
      unsubscribe('jotkit:rejected', listener);
    }
    expect(messages).toEqual([{ code: 'ERR_CLAIM_MISMATCH' }, { code: 'ERR_HEADER_ALG' }]);
  });
});

describe('createIssuers', () => {
  const typeError = expect.objectContaining({ name: 'TypeError' });

  test.each([undefined, null, {}, [], new Map([[one, { key }]]), one])('rejects %j', (table) => {
    expect(() => createIssuers(table as never)).toThrow(typeError);
  });

  test.each<[string, object | undefined | null]>([
    ['must be an object with a "key"', undefined],
    ['must be an object with a "key"', null],
    ['must be an object with a "key"', key],
    ['must be an object with a "key"', { audience: 'api' }],
    ['must be an object with a "key"', Object.create({ key })],
    ['key must have a value', { key: undefined }],
    ['"issuer" is not an option of the issuer', { key, issuer: two }],
    ['"async" is not an option of the issuer', { key, async: false }],
    ['"complete" is not an option of the issuer', { key, complete: true }],
    ['"audience" must be', { key, audience: undefined }],
    ['"algorithm" is not an option', { key, algorithm: 'EdDSA' }],
    ['symmetric key when using HS256', { key, algorithms: ['HS256'] }],
  ])('rejects options of an issuer, and names it: %s', (message, options) => {
    const create = () => createIssuers({ [two]: { key }, [one]: options as never });
    expect(create).toThrow(message);
    expect(create).toThrow(one);
    expect(create).toThrow(typeError);
  });

  test('rejects an empty issuer', () => {
    expect(() => createIssuers({ '': { key } })).toThrow('the name of an issuer is empty');
  });
});
