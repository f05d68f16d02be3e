import { generateKeyPairSync } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, test } from 'vitest';
import { createSigner, createVerifier, sign, verify, verifyAsync } from '../../src/index.ts';

const secret = 'a secret that only this test knows, of 64 bytes at the very least';
const listeners: Array<[string, (message: unknown) => void]> = [];

function listen(name: string): unknown[] {
  const messages: unknown[] = [];
  const listener = (message: unknown) => void messages.push(message);
  subscribe(name, listener);
  listeners.push([name, listener]);
  return messages;
}

afterEach(() => {
  for (const [name, listener] of listeners.splice(0)) unsubscribe(name, listener);
});

const token = createSigner(secret, { algorithm: 'HS256', keyid: 'k1' })({ sub: 'ada' });
const forged = `${token.slice(0, -4)}AAAA`;

describe('who listens to diagnostics_channel', () => {
  test('is told the algorithm and the key of a token that was verified, in every door', async () => {
    const messages = listen('jotkit:verified');
    createVerifier(secret)(token);
    await createVerifier(secret, { async: true })(token);
    await createVerifier(async () => secret)(token);
    verify(token, secret);
    await verifyAsync(token, secret);
    expect(messages).toEqual(Array(5).fill({ alg: 'HS256', kid: 'k1' }));
  });

  test('is told the code of a token that was refused, in every door, and no token is verified', async () => {
    const messages = listen('jotkit:rejected');
    const good = listen('jotkit:verified');
    expect(() => createVerifier(secret)(forged)).toThrow('invalid signature');
    await expect(createVerifier(secret, { async: true })(forged)).rejects.toThrow();
    await expect(createVerifier(async () => secret)(forged)).rejects.toThrow();
    await expect(createVerifier(() => Promise.resolve(secret))(forged)).rejects.toThrow();
    expect(() => verify(forged, secret)).toThrow();
    await expect(verifyAsync(forged, secret)).rejects.toThrow();
    expect(messages).toEqual(Array(6).fill({ code: 'ERR_SIGNATURE_INVALID' }));
    expect(good).toEqual([]);
  });

  test('is told when nothing could be found out', () => {
    const messages = listen('jotkit:rejected');
    const verify = createVerifier(() => {
      throw new Error('the database is down');
    });
    expect(() => verify(token)).toThrow('the key source failed');
    expect(messages).toEqual([{ code: 'ERR_KEY_SOURCE' }]);
  });

  test('is told no code that is not of the table', () => {
    const messages = listen('jotkit:rejected');
    const validate = () => {
      throw Object.assign(new Error('mine'), { code: 'a claim value' });
    };
    const schema = { '~standard': { version: 1 as const, vendor: 'test', validate } };
    expect(() => createVerifier(secret, { schema })(token)).toThrow('mine');
    expect(messages).toEqual([{ code: undefined }]);
  });

  test('is told of a signature that was known', () => {
    const messages = listen('jotkit:cache-hit');
    const verify = createVerifier(secret, { cache: true });
    verify(token);
    expect(messages).toEqual([]);
    verify(token);
    verify(token);
    expect(messages).toEqual(Array(2).fill({ alg: 'HS256', kid: 'k1' }));
  });

  test('learns no token, no claim and no key', async () => {
    const names = ['jotkit:verified', 'jotkit:rejected', 'jotkit:cache-hit'];
    const messages = names.map(listen);
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const secretive = sign({ sub: 'claim-value-1' }, privateKey, { algorithm: 'EdDSA' });
    const judge = createVerifier(publicKey, { cache: true });
    judge(secretive);
    judge(secretive);
    expect(() => createVerifier(publicKey, { subject: 'else' })(secretive)).toThrow();
    expect(() => judge('claim-value-1')).toThrow();
    const told = JSON.stringify(messages);
    expect(messages.flat()).toHaveLength(5);
    for (const part of ['claim-value-1', ...secretive.split('.')]) expect(told).not.toContain(part);
  });

  test('changes nothing: the answer and the error are the same objects', async () => {
    const error = new TypeError('of the source');
    const source = () => {
      throw error;
    };
    listen('jotkit:rejected');
    await expect(createVerifier(source, { async: true })(token)).rejects.toMatchObject({
      cause: error,
    });
    expect(createVerifier(secret)(token)).toMatchObject({ sub: 'ada' });
  });
});
