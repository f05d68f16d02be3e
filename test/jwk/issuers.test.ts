import { generateKeyPairSync } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, test, vi } from 'vitest';
import { createSigner } from '../../src/index.ts';
import { createIssuers, type IssuerOptions } from '../../src/jwk/jwks/issuers.ts';
import { encode } from '../algorithms/pairs.ts';
import { ec, ed25519, secret } from '../fixtures/keys.ts';

const one = 'https://one.example';
const two = 'https://two.example';
const issuers = {
  [one]: { key: ed25519().publicKey, audience: 'api' },
  [two]: { key: ec().publicKey },
};
const tokenOf = (issuer: string | undefined, key = ed25519().privateKey, claims: object = {}) => {
  return createSigner(key)({ ...(issuer !== undefined && { iss: issuer }), sub: 'ada', ...claims });
};
const refused = (code: string) => ({ name: 'JsonWebTokenError', code });

describe('a verifier for several issuers', () => {
  const verify = createIssuers(issuers);

  test('verifies the token of each by its own key and rules', async () => {
    const first = tokenOf(one, ed25519().privateKey, { aud: 'api' });
    await expect(verify(first)).resolves.toMatchObject({ iss: one });
    await expect(verify(tokenOf(two, ec().privateKey))).resolves.toMatchObject({ iss: two });
    await expect(verify(tokenOf(one))).rejects.toMatchObject({ claim: 'aud' });
  });

  test('refuses a token that names one issuer and is signed by another', async () => {
    const forged = tokenOf(two, ed25519().privateKey);
    await expect(verify(forged)).rejects.toMatchObject(refused('ERR_HEADER_ALG'));
    const same = createIssuers({
      [one]: { key: ed25519().publicKey },
      [two]: { key: generateKeyPairSync('ed25519').publicKey },
    });
    await expect(same(forged)).rejects.toMatchObject(refused('ERR_SIGNATURE_INVALID'));
  });

  test.each([
    'https://three.example',
    `${one}/`,
    one.toUpperCase(),
    'https://one.example.evil.example',
    '__proto__',
    'constructor',
    'toString',
    '',
  ])('refuses the issuer %j, which is not registered', async (issuer) => {
    await expect(verify(tokenOf(issuer))).rejects.toMatchObject({
      ...refused('ERR_CLAIM_MISMATCH'),
      claim: 'iss',
      message: 'jwt issuer invalid. expected: one that is registered',
    });
  });

  test.each([[[one]], [null], [7], [{}], [true]])(
    'refuses %j, which is no name of an issuer',
    async (iss) => {
      const token = tokenOf(undefined, ed25519().privateKey, { iss });
      await expect(verify(token)).rejects.toMatchObject(refused('ERR_CLAIM_MISMATCH'));
    },
  );

  test('refuses a token without an issuer', async () => {
    await expect(verify(tokenOf(undefined))).rejects.toMatchObject(refused('ERR_CLAIM_MISSING'));
  });

  test.each([
    ['', 'ERR_TOKEN_MISSING'],
    [undefined, 'ERR_TOKEN_MISSING'],
    [7, 'ERR_TOKEN_TYPE'],
    ['a.b', 'ERR_TOKEN_MALFORMED'],
    ['a.b.c.d.e', 'ERR_TOKEN_ENCRYPTED'],
    [`${encode({ alg: 'EdDSA' })}.${encode(['iss'])}.AAAA`, 'ERR_PAYLOAD_INVALID'],
    ['x'.repeat(70_000), 'ERR_TOKEN_TOO_LONG'],
  ])('rejects what is no token, and does not throw: case %#', async (token, code) => {
    await expect(verify(token as never)).rejects.toMatchObject({ code });
  });

  test('asks only the key source of the issuer that is named, with the context', async () => {
    const first = vi.fn(async () => ed25519().publicKey);
    const second = vi.fn(async () => ec().publicKey);
    const lookUp = createIssuers({ [one]: { key: first }, [two]: { key: second } });
    await expect(lookUp(tokenOf(one), 'context')).resolves.toMatchObject({ iss: one });
    await expect(lookUp(tokenOf('https://three.example'))).rejects.toThrow();
    expect(second).not.toHaveBeenCalled();
    expect(first.mock.calls).toMatchObject([[{ header: { alg: 'EdDSA' } }, 'context']]);
  });

  test('passes on that a key source failed', async () => {
    const key = async () => {
      throw new Error('down');
    };
    const verify = createIssuers({ [one]: { key } });
    await expect(verify(tokenOf(one))).rejects.toMatchObject({ name: 'KeySourceError' });
  });

  test('looks at tokens as long as the most patient issuer allows, and each by its own bound', async () => {
    const verify = createIssuers({
      [one]: { key: ed25519().publicKey, maxTokenLength: 200_000 },
      [two]: { key: ed25519().publicKey },
    });
    const text = 'x'.repeat(70_000);
    const long = (issuer: string) => tokenOf(issuer, ed25519().privateKey, { text });
    await expect(verify(long(one))).resolves.toMatchObject({ iss: one });
    await expect(verify(long(two))).rejects.toMatchObject(refused('ERR_TOKEN_TOO_LONG'));
  });

  test('remembers tokens where an issuer may, and forgets them', async () => {
    const source = vi.fn(async () => ed25519().publicKey);
    const verify = createIssuers({ [one]: { key: source, cache: true } });
    const token = tokenOf(one);
    const claims = await verify(token);
    expect(await verify(token)).toBe(claims);
    verify.forget(token);
    const fresh = await verify(token);
    expect(fresh).not.toBe(claims);
    verify.clear();
    expect(await verify(token)).not.toBe(fresh);
  });

  test('is read once: who changes the object changes nothing', async () => {
    const table: Record<string, IssuerOptions> = { [one]: { key: ed25519().publicKey } };
    const verify = createIssuers(table);
    table[two] = { key: ed25519().publicKey };
    delete table[one];
    await expect(verify(tokenOf(one))).resolves.toMatchObject({ iss: one });
    await expect(verify(tokenOf(two))).rejects.toThrow('one that is registered');
  });

  test('tells who listens that it refused, once', async () => {
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

describe('it is a mistake', () => {
  const key = ed25519().publicKey;
  const code = expect.objectContaining({ name: 'TypeError' });

  test.each([undefined, null, {}, [], new Map([[one, { key }]]), 'https://one.example'])(
    'to register %j',
    (table) => {
      expect(() => createIssuers(table as never)).toThrow(code);
    },
  );

  test.each<[object | undefined | null, string]>([
    [undefined, 'must be an object with a "key"'],
    [null, 'must be an object with a "key"'],
    [key, 'must be an object with a "key"'],
    [{ audience: 'api' }, 'must be an object with a "key"'],
    [Object.create({ key }), 'must be an object with a "key"'],
    [{ key: undefined }, 'key must have a value'],
    [{ key, issuer: two }, '"issuer" is not an option of the issuer'],
    [{ key, async: false }, '"async" is not an option of the issuer'],
    [{ key, complete: true }, '"complete" is not an option of the issuer'],
    [{ key, audience: undefined }, '"audience" must be'],
    [{ key, algorithm: 'EdDSA' }, '"algorithm" is not an option'],
    [{ key, algorithms: ['HS256'] }, 'symmetric key when using HS256'],
  ])('to register an issuer with the options of case %#', (options, message) => {
    expect(() => createIssuers({ [two]: { key }, [one]: options as never })).toThrow(message);
    expect(() => createIssuers({ [two]: { key }, [one]: options as never })).toThrow(one);
    expect(() => createIssuers({ [one]: options as never })).toThrow(code);
  });

  test('to register an issuer without a name', () => {
    expect(() => createIssuers({ '': { key } })).toThrow('the name of an issuer is empty');
  });
});
