/** Claims that are appended as text: the token is the one of the exact checks. */

import { describe, expect, test } from 'vitest';
import { createSigner, sign } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { NOW, payloadOf } from '../fixtures/tokens.ts';

const clock = () => NOW * 1000;

/** Runs a function while every object inherits a toJSON. */
function whilePolluted<Result>(toJSON: () => unknown, run: () => Result): Result {
  Object.assign(Object.prototype, { toJSON });
  try {
    return run();
  } finally {
    Reflect.deleteProperty(Object.prototype, 'toJSON');
  }
}

describe('a toJSON of Object.prototype', () => {
  const options = { clock, issuer: 'https://id.example' };
  const expected = { sub: 'ada', iat: NOW, iss: 'https://id.example' };

  test('adds no claims to a signer that is created meanwhile', () => {
    const signUser = whilePolluted(
      () => ({ role: 'admin' }),
      () => createSigner(secret, options),
    );
    expect(payloadOf(signUser({ sub: 'ada' }))).toEqual(expected);
  });

  test('does not make createSigner throw', () => {
    const signUser = whilePolluted(
      () => undefined,
      () => createSigner(secret, options),
    );
    expect(payloadOf(signUser({ sub: 'ada' }))).toEqual(expected);
  });

  test('that jwtid() adds does not replace the claims', () => {
    const jwtid = () => {
      Object.assign(Object.prototype, { toJSON: () => 'no object' });
      return 'id';
    };
    const signUser = createSigner(secret, { clock, jwtid });
    let token: string;
    try {
      token = signUser({ sub: 'ada' });
    } finally {
      Reflect.deleteProperty(Object.prototype, 'toJSON');
    }
    expect(payloadOf(token)).toEqual({ sub: 'ada', iat: NOW, jti: 'id' });
  });
});

test('writes an array with a toJSON alike, whatever the other claims are', () => {
  const list = Object.assign([1, 2], { toJSON: () => 'another value' });
  const signUser = createSigner(secret, { clock });
  const exact = payloadOf(signUser({ list, aud: ['api'] }));
  expect(payloadOf(signUser({ list })).list).toEqual(exact.list);
});

test.each(['exp', 'nbf', 'iat'])('sign ignores %s if it is not enumerable', (name) => {
  const payload = Object.defineProperty({ sub: 'ada' }, name, { value: 'a string' });
  expect(payloadOf(sign(payload, secret, { noTimestamp: true }))).toEqual({ sub: 'ada' });
});

test('sign names the claim that a getter changes between two readings', () => {
  let reads = 0;
  const payload = {
    get exp() {
      return reads++ === 0 ? 'a string' : 5;
    },
  };
  expect(() => sign(payload as never, secret)).toThrow('"exp" should be a number of seconds');
});
