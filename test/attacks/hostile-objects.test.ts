/** Arguments that change while they are read: getters, proxies, buffers and objects that are reused. */

import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  clearKeyCache,
  createSigner,
  createVerifier,
  decode,
  JsonWebTokenError,
  sign,
  signAsync,
  verify,
  verifyAsync,
} from '../../src/index.ts';
import { rsa, secret } from '../fixtures/keys.ts';
import { called } from '../fixtures/outcome.ts';
import { tokenOf, unsigned } from '../fixtures/tokens.ts';
import { verifyApis } from '../fixtures/verify-apis.ts';

const valid = tokenOf({ sub: 'ada' });
const other = Buffer.alloc(64, 'another secret');

/** A getter that returns one value after the other, then the last one again and again. */
function changing(name: string, ...values: unknown[]): Record<string, unknown> {
  let i = 0;
  const get = () => values[Math.min(i++, values.length - 1)];
  return Object.defineProperty({}, name, { get, enumerable: true }) as Record<string, unknown>;
}

function resultOrError(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

describe('an option is read once', () => {
  test.each<[option: string, first: unknown, second: unknown]>([
    ['algorithms', ['HS256'], ['none']],
    ['issuer', 'https://id.example', undefined],
    ['audience', 'api', undefined],
    ['requiredClaims', ['tenant'], []],
    ['clockTolerance', 0, 'x'],
    ['maxAge', 60, Number.NaN],
    ['ignoreExpiration', false, 'yes'],
    ['maxTokenLength', 100, Number.POSITIVE_INFINITY],
  ])('by createVerifier: %s', (option, first, second) => {
    const honest = createVerifier(secret, { [option]: first } as never);
    const verifier = createVerifier(secret, changing(option, first, second) as never);
    for (const token of [
      valid,
      unsigned({ sub: 'admin' }),
      tokenOf({ exp: 1 }),
      tokenOf({ iat: 1 }),
    ]) {
      const [result, expected] = [verifier, honest].map((each) => resultOrError(() => each(token)));
      expect(String(result)).toBe(String(expected));
    }
  });

  test.each<[option: string, first: unknown, second: unknown]>([
    ['algorithm', 'HS512', 'none'],
    ['issuer', 'honest', 5],
    ['audience', 'api', 5],
    ['expiresIn', 60, undefined],
    ['keyid', 'a', { evil: true }],
  ])('by createSigner and sign: %s', (option, first, second) => {
    const expected = sign({ iat: 1 }, secret, { [option]: first });
    const signer = createSigner(secret, changing(option, first, second) as never);
    expect(signer({ iat: 1 })).toBe(expected);
    const token = resultOrError(() => sign({ iat: 1 }, secret, changing(option, first, second)));
    if (!(token instanceof Error)) expect(token).toBe(expected);
  });

  test('also each element of a list', () => {
    let reads = 0;
    const issuer = new Proxy(['https://id.example'], {
      get: (target, name) =>
        name === '0' && reads++ > 0 ? 'https://evil.example' : Reflect.get(target, name),
    });
    const verifier = createVerifier(secret, { issuer });
    expect(() => verifier(tokenOf({ iss: 'https://evil.example' }))).toThrow('issuer');
  });
});

test.each(['exp', 'nbf', 'iat', 'sub'])('createSigner reads the claim %s once', (claim) => {
  const first = claim === 'sub' ? 'ada' : 1_700_000_000;
  const sign = createSigner(secret, { noTimestamp: claim !== 'iat' });
  for (const second of ['never', null, undefined, Number.NaN]) {
    expect(decode(sign(changing(claim, first, second)))).toEqual({ [claim]: first });
  }
});

describe('a change after the call does not change its result:', () => {
  const subOf = (token: unknown) => (decode(token as string) as { sub: string }).sub;

  test.each<[name: string, start: (payload: { sub: string }) => Promise<unknown>]>([
    ['sign with a callback', (payload) => called((done) => sign(payload, secret, done))],
    [
      'sign on the thread pool',
      (payload) => called((done) => sign(payload, rsa().privateKey, { algorithm: 'RS256' }, done)),
    ],
    ['signAsync', (payload) => signAsync(payload, secret)],
    ['createSigner, async', (payload) => createSigner(secret, { async: true })(payload)],
  ])('the payload of %s', async (_, start) => {
    const payload = { sub: 'ada' };
    const first = start(payload);
    payload.sub = 'bob';
    const second = start(payload);
    payload.sub = 'admin';
    expect((await Promise.all([first, second])).map(subOf)).toEqual(['ada', 'bob']);
  });

  test('the options of sign', async () => {
    const options = { subject: 'ada' };
    const signed = called((done) => sign({}, secret, options, done));
    options.subject = 'admin';
    expect(subOf(await signed)).toBe('ada');
  });

  test.each<[name: string, start: (token: string, key: Buffer) => Promise<unknown>]>([
    ['verify with a callback', (token, key) => called((done) => verify(token, key, done))],
    ['verifyAsync', (token, key) => verifyAsync(token, key)],
    ['createVerifier, async', (token, key) => createVerifier(key, { async: true })(token)],
  ])('the bytes of the secret of %s', async (_, start) => {
    for (const [token, accepted] of [
      [valid, true],
      [tokenOf({ sub: 'admin' }, {}, Buffer.alloc(64)), false],
    ] as const) {
      const key = Buffer.from(secret);
      const verified = start(token, key);
      key.fill(0);
      if (accepted) expect(await verified).toEqual({ sub: 'ada' });
      else await expect(verified).rejects.toThrow('invalid signature');
    }
  });

  test('the bytes of the secret of createVerifier and createSigner', () => {
    const key = Buffer.from(secret);
    const verifier = createVerifier(key);
    const signer = createSigner(key);
    key.set(other);
    expect(verifier(valid)).toEqual({ sub: 'ada' });
    expect(() => verifier(tokenOf({}, {}, key))).toThrow('invalid signature');
    expect(verifier(signer({}))).toHaveProperty('iat');
  });

  test('a result', () => {
    const verifier = createVerifier(secret, { complete: true });
    const first = verifier(valid);
    first.payload.sub = 'admin';
    first.header.alg = 'none';
    expect(verifier(valid)).toMatchObject({ header: { alg: 'HS256' }, payload: { sub: 'ada' } });
  });
});

describe('a proxy', () => {
  const trap = () => {
    throw new RangeError('trapped');
  };
  const explosive = new Proxy(
    {},
    { get: trap, has: trap, ownKeys: trap, getPrototypeOf: trap, getOwnPropertyDescriptor: trap },
  );
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();

  test.each([
    ['throws', explosive],
    ['is revoked', revoked.proxy],
  ])('that %s as token, key or options accepts nothing', async (_, hostile) => {
    for (const { verify: run } of verifyApis) {
      await expect(run(hostile, secret)).rejects.toThrow();
      await expect(run(valid, hostile)).rejects.toThrow();
      await expect(run(valid, secret, hostile)).rejects.toThrow();
    }
    expect(() => sign({}, hostile as never)).toThrow();
    expect(() => sign(hostile, secret)).toThrow();
    expect(() => createSigner(hostile as never)).toThrow();
    expect(() => createSigner(secret)(hostile)).toThrow();
    expect(decode(hostile as never)).toBeNull();
  });

  test('around a key accepts no forged token', async () => {
    const jwk = { kty: 'oct', k: secret.toString('base64url') };
    let reads = 0;
    const alternating = new Proxy(jwk, {
      get: (target, name) =>
        name === 'k' && reads++ % 2 === 1 ? other.toString('base64url') : Reflect.get(target, name),
    });
    const forged = tokenOf({ sub: 'admin' }, {}, '[object Object]');
    for (const key of [
      alternating,
      new Proxy(createSecretKey(secret), {}),
      new Proxy(secret, {}),
      new Proxy({}, { get: () => 'oct' }),
    ]) {
      for (const { verify: run } of verifyApis) await expect(run(forged, key)).rejects.toThrow();
    }
  });

  test('does not leave a key in the cache under the content of another', () => {
    const jwk = { kty: 'oct', k: secret.toString('base64url') };
    const forged = tokenOf({ sub: 'admin' }, {}, other);
    for (const [plain, name, second] of [
      [jwk, 'k', other.toString('base64url')],
      [{ key: jwk.k }, 'key', other.toString()],
    ] as const) {
      let reads = 0;
      const proxy = new Proxy(plain, {
        get: (target, member) =>
          member === name && reads++ % 2 === 1 ? second : Reflect.get(target, member),
      });
      clearKeyCache();
      resultOrError(() => verify(forged, proxy as never));
      expect(resultOrError(() => verify(forged, plain as never))).toBeInstanceOf(JsonWebTokenError);
    }
    expect(verify(valid, jwk)).toMatchObject({ sub: 'ada' });
  });

  test('of memory does not, either', () => {
    let reads = 0;
    const alternating = Object.defineProperty(new Uint8Array(secret), 'buffer', {
      get: () => new Uint8Array(reads++ % 2 === 1 ? other : secret).buffer,
    });
    clearKeyCache();
    const forged = tokenOf({ sub: 'admin' }, {}, other);
    resultOrError(() => verify(forged, alternating));
    expect(() => verify(forged, secret)).toThrow('invalid signature');
    expect(verify(valid, secret)).toEqual({ sub: 'ada' });
  });

  test('with every member sets no option and no claim', () => {
    const options = new Proxy({}, { get: () => true, has: () => true });
    expect(() => verify(tokenOf({ exp: 1 }), secret, options)).toThrow('jwt expired');
    expect(() => createVerifier(secret, options)(tokenOf({ exp: 1 }))).toThrow('jwt expired');
    const payload = new Proxy({}, { get: () => 'x', has: () => true });
    expect(decode(sign(payload, secret, { noTimestamp: true }))).toEqual({});
  });
});

test('rethrows what a getter throws, and signs and verifies nothing', async () => {
  const bomb = (name: string) =>
    Object.defineProperty({}, name, {
      enumerable: true,
      get() {
        throw new RangeError('boom');
      },
    });
  expect(() => sign(bomb('sub'), secret)).toThrow('boom');
  expect(() => sign({}, secret, bomb('issuer'))).toThrow('boom');
  expect(() => createSigner(secret)(bomb('sub'))).toThrow('boom');
  expect(() => createSigner(secret, bomb('issuer'))).toThrow('boom');
  expect(() => verify(valid, secret, bomb('issuer'))).toThrow('boom');
  expect(() => createVerifier(secret, bomb('issuer') as never)).toThrow('boom');
  await expect(verifyAsync(valid, secret, bomb('issuer'))).rejects.toThrow('boom');
  for (const name of ['kty', 'key', 'k', 'then']) {
    for (const { verify: run } of verifyApis)
      await expect(run(valid, bomb(name))).rejects.toThrow();
  }
});

test.each([['text'], [5], [null], [[]], [true], [undefined]])(
  'createSigner rejects a payload whose toJSON returns %j',
  (value) => {
    const payload = Object.fromEntries([['toJSON', () => value]]);
    expect(() => createSigner(secret)(payload)).toThrow(TypeError);
  },
);

test('both signers reject a payload that is not a plain object', () => {
  class Claims {
    sub = 'ada';
  }
  for (const payload of [
    null,
    [],
    new Claims(),
    new Map(),
    /x/,
    new Error('x'),
    new Uint8Array(3),
    Object.create({ sub: 'admin' }),
    new Proxy([], {}),
    new String('x'),
    new Promise(() => {}),
  ]) {
    expect(() => sign(payload as never, secret)).toThrow('plain object');
    expect(() => createSigner(secret)(payload as never)).toThrow(TypeError);
  }
});
