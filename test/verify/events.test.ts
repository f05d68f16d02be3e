/** Tests of the events of tokens on diagnostics_channel. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, expect, it, test } from 'vitest';
import { createAuthenticator } from '../../src/http/index.ts';
import { createVerifier, JsonWebTokenError, sign } from '../../src/index.ts';
import { createIssuers } from '../../src/jwk/jwks/issuers.ts';
import { ed25519 } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { tokenOf } from '../fixtures/tokens.ts';
import { codesBy, verifyApis } from '../fixtures/verify-apis.ts';

const secret = 'a secret that only this test has, of 64 bytes at the very least!';
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

const token = tokenOf({ sub: 'ada' }, { kid: 'k1' }, secret);
const forged = `${token.slice(0, -4)}AAAA`;

test('publishes the algorithm and the kid of a verified token in every API', async () => {
  const verified = listen('jotkit:verified');
  for (const api of verifyApis) await api.verify(token, secret);
  expect(verified).toEqual(verifyApis.map(() => ({ alg: 'HS256', kid: 'k1' })));
});

test('publishes the code of a rejected token in every API, and no verified event', async () => {
  const rejected = listen('jotkit:rejected');
  const verified = listen('jotkit:verified');
  await codesBy(verifyApis, forged, secret);
  expect(rejected).toEqual(verifyApis.map(() => ({ code: 'ERR_SIGNATURE_INVALID' })));
  expect(verified).toEqual([]);
});

test('publishes the failure of a key source, and throws the same error as without a listener', () => {
  const rejected = listen('jotkit:rejected');
  const cause = new Error('the database is down');
  const verify = createVerifier(() => {
    throw cause;
  });
  expect(errorOf(() => verify(token))).toMatchObject({ message: 'the key source failed', cause });
  expect(rejected).toEqual([{ code: 'ERR_KEY_SOURCE' }]);
});

test('does not publish a code that is not of the library', () => {
  const rejected = listen('jotkit:rejected');
  const validate = () => {
    throw Object.assign(new Error('mine'), { code: 'a claim value' });
  };
  const schema = { '~standard': { version: 1 as const, vendor: 'test', validate } };
  expect(() => createVerifier(secret, { schema })(token)).toThrow('mine');
  expect(rejected).toEqual([{ code: undefined }]);
});

it('publishes each rejection once, and a failure once, if result is called', async () => {
  const rejected = listen('jotkit:rejected');
  const down = () => {
    throw new Error('down');
  };
  createVerifier(secret).result(forged);
  await createVerifier(secret, { async: true }).result('a.b');
  await createVerifier(() => Promise.resolve(secret)).result(forged);
  createVerifier(() => {
    throw new JsonWebTokenError('another tenant');
  }).result(token);
  expect(() => createVerifier(down).result(token)).toThrow('the key source failed');
  await expect(createVerifier(down, { async: true }).result(token)).rejects.toThrow();
  const issuers = createIssuers({ one: { key: secret } });
  await issuers.result('a.b');
  await issuers.result(tokenOf({ iss: 'two' }, {}, secret));
  await issuers.result(tokenOf({ iss: 'one', exp: 1 }, {}, secret));
  const authenticate = createAuthenticator({ verifier: createVerifier(secret) });
  await authenticate({ headers: { authorization: `Bearer ${forged}` } });
  const codes = rejected.map((message) => (message as { code: unknown }).code);
  expect(codes).toEqual([
    'ERR_SIGNATURE_INVALID',
    'ERR_TOKEN_MALFORMED',
    'ERR_SIGNATURE_INVALID',
    undefined,
    'ERR_KEY_SOURCE',
    'ERR_KEY_SOURCE',
    'ERR_TOKEN_MALFORMED',
    'ERR_CLAIM_MISMATCH',
    'ERR_CLAIM_EXPIRED',
    'ERR_SIGNATURE_INVALID',
  ]);
});

it('publishes an accepted token once, and no rejection, if result is called', () => {
  const verified = listen('jotkit:verified');
  const rejected = listen('jotkit:rejected');
  createVerifier(secret).result(token);
  expect([verified, rejected]).toEqual([[{ alg: 'HS256', kid: 'k1' }], []]);
});

test('publishes a cache hit', () => {
  const hits = listen('jotkit:cache-hit');
  const verify = createVerifier(secret, { cache: true });
  verify(token);
  expect(hits).toEqual([]);
  verify(token);
  verify(token);
  expect(hits).toEqual(Array(2).fill({ alg: 'HS256', kid: 'k1' }));
});

test('publishes no token, no claim and no key', () => {
  const messages = ['jotkit:verified', 'jotkit:rejected', 'jotkit:cache-hit'].map(listen);
  const { privateKey, publicKey } = ed25519();
  const secretive = sign({ sub: 'claim-value-1' }, privateKey, { algorithm: 'EdDSA' });
  const verify = createVerifier(publicKey, { cache: true });
  verify(secretive);
  verify(secretive);
  expect(() => createVerifier(publicKey, { subject: 'else' })(secretive)).toThrow();
  expect(() => verify('claim-value-1')).toThrow();
  expect(messages.flat()).toHaveLength(5);
  const published = JSON.stringify(messages);
  for (const part of ['claim-value-1', ...secretive.split('.')]) {
    expect(published).not.toContain(part);
  }
});
