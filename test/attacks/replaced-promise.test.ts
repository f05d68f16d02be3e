/** A program that replaces the global Promise must not open a verifier. */

import { afterEach, describe, expect, test } from 'vitest';
import { createSigner, createVerifier, sign, verify, verifyAsync } from '../../src/index.ts';
import { ec, rsa } from '../fixtures/keys.ts';
import { called, rejectionOf } from '../fixtures/outcome.ts';

const native = globalThis.Promise;
class Replaced<Value> extends native<Value> {}

afterEach(() => {
  globalThis.Promise = native;
});

const { publicKey } = rsa();
const forged = sign({ sub: 'admin' }, rsa(3072).privateKey, { algorithm: 'RS256' });
const RS256 = { algorithms: ['RS256' as const] };

describe('with another global Promise, a forged token is rejected by', () => {
  test.each<[name: string, run: () => Promise<unknown>]>([
    ['verifyAsync', () => verifyAsync(forged, publicKey, RS256)],
    ['verifyAsync with a source', () => verifyAsync(forged, async () => publicKey, RS256)],
    [
      'createVerifier with async',
      async () => createVerifier(publicKey, { ...RS256, async: true })(forged),
    ],
    [
      'createVerifier with an async source',
      async () => createVerifier(async () => publicKey, RS256)(forged),
    ],
    ['verify with a callback', () => called((done) => verify(forged, publicKey, RS256, done))],
    [
      'verify with a key function',
      () => called((done) => verify(forged, (_, found) => found(null, publicKey), RS256, done)),
    ],
  ])('%s', async (_, run) => {
    globalThis.Promise = Replaced as never;
    expect((await rejectionOf(run())).message).toBe('invalid signature');
  });

  test('and a valid token is accepted', async () => {
    const { privateKey, publicKey } = ec('P-256');
    const token = createSigner(privateKey)({ sub: 'ada' });
    globalThis.Promise = Replaced as never;
    expect(await verifyAsync(token, async () => publicKey)).toMatchObject({ sub: 'ada' });
    expect(await createVerifier(publicKey, { async: true })(token)).toMatchObject({ sub: 'ada' });
  });
});
