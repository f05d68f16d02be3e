/** A verifier of the caller's, wrapped or with a result of its own: none of its checks is skipped. */

import { mock } from 'node:test';
import { describe, expect, test } from 'vitest';
import { createAuthenticator, type TokenVerifier } from '../../src/http/index.ts';
import { createSigner, createVerifier, JsonWebTokenError } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';

const token = createSigner(secret)({ sub: 'eve' });
const verify = createVerifier(secret);

/** A rejection, as an outcome or as the error of an unusable verifier. */
async function statusWith(verifier: TokenVerifier): Promise<string> {
  const authenticate = createAuthenticator({ verifier });
  return authenticate.verify(token).then(
    ({ status }) => status,
    () => 'rejected',
  );
}

const reject = (): never => {
  throw new JsonWebTokenError('blocked');
};

const withResult = (result: () => unknown): TokenVerifier => Object.assign(reject, { result });

describe('a wrapper of a verifier that rejects more tokens', () => {
  test('is called if it is a Proxy with an apply trap', async () => {
    expect(await statusWith(new Proxy(verify, { apply: reject }))).toBe('rejected');
  });

  test('is called if it has the members of the verifier', async () => {
    expect(await statusWith(Object.assign(() => reject(), verify))).toBe('rejected');
  });

  test('is called if it is a mock of node:test', async () => {
    expect(await statusWith(mock.fn(verify, reject))).toBe('rejected');
  });
});

describe('a result of the caller', () => {
  test('is rejected if its value is a promise', async () => {
    const rejected = Promise.reject(new JsonWebTokenError('invalid signature'));
    rejected.catch(() => {});
    expect(await statusWith(withResult(() => ({ ok: true, value: rejected })))).toBe('rejected');
  });

  test('is rejected if only the second reading of ok is true', async () => {
    let reads = 0;
    const result = {
      get ok() {
        return ++reads > 1;
      },
      value: { sub: 'eve' },
    };
    expect(await statusWith(withResult(() => result))).toBe('rejected');
  });

  test.each([{}, undefined])(
    'takes neither ok nor value from Object.prototype: %j',
    async (result) => {
      Object.assign(Object.prototype, { ok: true, value: { sub: 'eve' } });
      // Expected later: vitest does not work with such a prototype.
      let status: string;
      try {
        status = await statusWith(withResult(() => result));
      } finally {
        Reflect.deleteProperty(Object.prototype, 'ok');
        Reflect.deleteProperty(Object.prototype, 'value');
      }
      expect(status).toBe('rejected');
    },
  );
});

test('a promise as payload of a complete result is awaited or rejected', async () => {
  const rejected = Promise.reject(new JsonWebTokenError('invalid signature'));
  rejected.catch(() => {});
  const signature = token.slice(token.lastIndexOf('.') + 1);
  expect(await statusWith(() => ({ payload: rejected, signature }))).toBe('rejected');
});

test('the inner error of a rejection can be replaced, as before', async () => {
  const outcome = await createAuthenticator({ key: secret }).verify(`${token}A`);
  const { error } = outcome as { error: Error & { inner: unknown } };
  const replacement = new Error('redacted');
  error.inner = replacement;
  expect(error.inner).toBe(replacement);
});
