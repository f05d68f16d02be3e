/** Arguments that change while they are looked at: getters, proxies, buffers and objects that are used again. */

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
import { forge, segment } from '../fixtures/tokens.ts';
import { verifyApis } from '../fixtures/verify-apis.ts';

const good = forge({ alg: 'HS256', typ: 'JWT' }, { sub: 'ada' }, secret);
const unsigned = `${segment({ alg: 'none' })}.${segment({ sub: 'admin' })}.`;
const other = Buffer.from(
  'another secret, that is long enough for HS512, for the attack at hand!!',
);

/** A getter that answers with one value after the other, and stays at the last. */
function changing(name: string, ...values: unknown[]): Record<string, unknown> {
  let i = 0;
  const get = () => values[Math.min(i++, values.length - 1)];
  return Object.defineProperty({}, name, { get, enumerable: true }) as Record<string, unknown>;
}

function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

describe('an option is read once: what was checked is what counts', () => {
  test('in createVerifier', () => {
    for (const [name, first, second] of [
      ['algorithms', ['HS256'], ['none']],
      ['issuer', 'https://id.example', undefined],
      ['issuer', 'https://id.example', ''],
      ['audience', 'api', undefined],
      ['requiredClaims', ['tenant'], []],
      ['clockTolerance', 0, 'x'],
      ['maxAge', 60, Number.NaN],
      ['ignoreExpiration', false, 'yes'],
      ['maxTokenLength', 100, Number.POSITIVE_INFINITY],
    ] as const) {
      const verifier = outcome(() =>
        createVerifier(secret, changing(name, first, second) as never),
      );
      if (verifier instanceof TypeError) continue;
      const honest = createVerifier(secret, { [name]: first } as never);
      for (const token of [
        good,
        unsigned,
        forge({ alg: 'HS256' }, { exp: 1 }, secret),
        forge({ alg: 'HS256' }, { iat: 1 }, secret),
      ]) {
        const [got, expected] = [verifier as typeof honest, honest].map((v) =>
          outcome(() => v(token)),
        );
        expect(String(got)).toBe(String(expected));
      }
    }
  });

  test('in createSigner', () => {
    const rules: Array<[string, unknown, unknown]> = [
      ['algorithm', 'HS512', 'none'],
      ['issuer', 'honest', 5],
      ['expiresIn', 60, undefined],
      ['keyid', 'a', { evil: true }],
    ];
    for (const [name, first, second] of rules) {
      const signer = outcome(() => createSigner(secret, changing(name, first, second) as never));
      if (signer instanceof TypeError) continue;
      const honest = createSigner(secret, { [name]: first } as never);
      const [got, expected] = [signer as typeof honest, honest].map((s) =>
        decode(s({ iat: 1 }), { complete: true }),
      );
      expect({ ...got, signature: '' }).toEqual({ ...expected, signature: '' });
    }
  });

  test('in sign', () => {
    for (const [name, first, second] of [
      ['issuer', 'honest', { evil: true }],
      ['audience', 'api', 5],
      ['subject', 'ada', ['admin']],
      ['keyid', 'a', { evil: true }],
    ] as const) {
      const token = outcome(() => sign({ iat: 1 }, secret, changing(name, first, second)));
      if (token instanceof Error) continue;
      expect([first, undefined]).toContain(
        JSON.parse(JSON.stringify(decode(token as string, { complete: true })), (_, value) => value)
          .payload[{ issuer: 'iss', audience: 'aud', subject: 'sub', keyid: 'x' }[name]],
      );
      expect([first, undefined]).toContain(decode(token as string, { complete: true })?.header.kid);
    }
  });

  test('an element of a list is read once', () => {
    let reads = 0;
    const list = new Proxy(['https://id.example'], {
      get: (target, name) =>
        name === '0' && reads++ > 0 ? 'https://evil.example' : Reflect.get(target, name),
    });
    const verifier = createVerifier(secret, { issuer: list });
    expect(() =>
      verifier(forge({ alg: 'HS256' }, { iss: 'https://evil.example' }, secret)),
    ).toThrow('issuer');
  });
});

describe('a claim is read once: what was checked is what is signed', () => {
  test.each(['exp', 'nbf', 'iat'])('%s in the prepared signer', (claim) => {
    for (const second of ['never', null, undefined, Number.NaN]) {
      const token = outcome(() =>
        createSigner(secret, { noTimestamp: claim !== 'iat' })(
          changing(claim, 1_700_000_000, second),
        ),
      );
      if (token instanceof TypeError) continue;
      expect((decode(token as string) as Record<string, unknown>)[claim]).toBe(1_700_000_000);
    }
  });

  test('a duplicate claim does not come by a getter', () => {
    const token = outcome(() =>
      createSigner(secret, { subject: 'ada', noTimestamp: true })(
        changing('sub', undefined, 'admin'),
      ),
    );
    if (!(token instanceof TypeError)) expect(decode(token as string)).toEqual({ sub: 'ada' });
    expect.assertions(token instanceof TypeError ? 0 : 1);
  });
});

describe('what is changed after the call does not change its result', () => {
  const read = (token: unknown) => (decode(token as string) as { sub: string }).sub;

  test('the payload of sign with a callback', async () => {
    for (const [key, algorithm] of [
      [secret, 'HS256'],
      [rsa().privateKey, 'RS256'],
    ] as const) {
      const payload = { sub: 'ada' };
      const signed = new Promise((resolve, reject) => {
        sign(payload, key, { algorithm }, (error, token) =>
          error ? reject(error) : resolve(token),
        );
      });
      payload.sub = 'admin';
      expect(read(await signed)).toBe('ada');
    }
  });

  test('the payload of signAsync and of an async signer', async () => {
    const payload = { sub: 'ada' };
    const signed = [signAsync(payload, secret), createSigner(secret, { async: true })(payload)];
    payload.sub = 'admin';
    expect((await Promise.all(signed)).map(read)).toEqual(['ada', 'ada']);
  });

  test('one payload object used for two tokens', async () => {
    const payload = { sub: '' };
    const tokens = ['ada', 'bob'].map((sub) => {
      payload.sub = sub;
      return new Promise((resolve) => sign(payload, secret, (_, token) => resolve(token)));
    });
    expect((await Promise.all(tokens)).map(read)).toEqual(['ada', 'bob']);
  });

  test('the options of sign with a callback', async () => {
    const options = { subject: 'ada' };
    const signed = new Promise((resolve) =>
      sign({}, secret, options, (_, token) => resolve(token)),
    );
    options.subject = 'admin';
    expect(read(await signed)).toBe('ada');
  });

  test('the bytes of a secret, in verification that is later', async () => {
    for (const start of [
      (key: Buffer) =>
        new Promise((resolve, reject) =>
          verify(good, key, (error, value) => (error ? reject(error) : resolve(value))),
        ),
      (key: Buffer) => verifyAsync(good, key),
      (key: Buffer) => createVerifier(key, { async: true })(good),
    ]) {
      const key = Buffer.from(secret);
      const verified = start(key);
      key.fill(0);
      expect(await verified).toEqual({ sub: 'ada' });
    }
  });

  test('a forged token does not pass because the secret changes meanwhile', async () => {
    const forged = forge({ alg: 'HS256' }, { sub: 'admin' }, Buffer.alloc(64));
    for (const start of [
      (key: Buffer) => verifyAsync(forged, key),
      (key: Buffer) => createVerifier(key, { async: true })(forged),
    ]) {
      const key = Buffer.from(secret);
      const verified = start(key);
      key.fill(0);
      await expect(verified).rejects.toThrow('invalid signature');
    }
  });

  test('the bytes of a secret, after a verifier or signer was made of them', () => {
    const key = Buffer.from(secret);
    const verifier = createVerifier(key);
    const signer = createSigner(key);
    key.set(other.subarray(0, 64));
    expect(verifier(good)).toEqual({ sub: 'ada' });
    expect(() => verifier(forge({ alg: 'HS256' }, {}, key))).toThrow('invalid signature');
    expect(verifier(signer({}))).toHaveProperty('iat');
  });

  test('a result that is changed does not change the next', () => {
    const verifier = createVerifier(secret, { complete: true });
    const first = verifier(good);
    (first.payload as { sub?: string }).sub = 'admin';
    first.header.alg = 'none';
    expect(verifier(good)).toMatchObject({ header: { alg: 'HS256' }, payload: { sub: 'ada' } });
  });
});

describe('proxies', () => {
  const trap = () => {
    throw new RangeError('trapped');
  };
  const explosive = new Proxy(
    {},
    { get: trap, has: trap, ownKeys: trap, getPrototypeOf: trap, getOwnPropertyDescriptor: trap },
  );
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();

  test('that throw as token, key or options let nothing in', async () => {
    for (const hostile of [explosive, revoked.proxy]) {
      for (const { verify: open } of verifyApis) {
        await expect(open(hostile, secret)).rejects.toThrow();
        await expect(open(good, hostile)).rejects.toThrow();
        await expect(open(good, secret, hostile)).rejects.toThrow();
      }
      expect(() => sign({}, hostile as never)).toThrow();
      expect(() => sign(hostile, secret)).toThrow();
      expect(() => createSigner(hostile as never)).toThrow();
      expect(() => createSigner(secret)(hostile)).toThrow();
      expect(decode(hostile as never)).toBeNull();
    }
  });

  test('around a KeyObject, a Buffer or a JWK do not change what is verified', async () => {
    const jwk = { kty: 'oct', k: secret.toString('base64url') };
    let reads = 0;
    const turning = new Proxy(jwk, {
      get: (target, name) =>
        name === 'k' && reads++ % 2 === 1 ? other.toString('base64url') : Reflect.get(target, name),
    });
    const forged = forge({ alg: 'HS256' }, { sub: 'admin' }, Buffer.from('[object Object]'));
    for (const key of [
      turning,
      new Proxy(createSecretKey(secret), {}),
      new Proxy(secret, {}),
      new Proxy({}, { get: () => 'oct' }),
    ]) {
      for (const { verify: open } of verifyApis) await expect(open(forged, key)).rejects.toThrow();
    }
  });

  test('do not leave a key in the cache under the content of another', () => {
    const jwk = { kty: 'oct', k: secret.toString('base64url') };
    const honest = sign({ sub: 'ada' }, secret);
    const forged = forge({ alg: 'HS256' }, { sub: 'admin' }, other);
    for (const [plain, turning] of [
      [jwk, (reads: number) => (reads % 2 === 1 ? other.toString('base64url') : jwk.k)],
      [{ key: jwk.k }, (reads: number) => (reads % 2 === 1 ? other.toString() : jwk.k)],
    ] as const) {
      let reads = 0;
      const [name] = Object.keys(plain).slice(-1);
      const proxy = new Proxy(plain, {
        get: (target, member) => (member === name ? turning(reads++) : Reflect.get(target, member)),
      });
      clearKeyCache();
      outcome(() => verify(forged, proxy as never));
      expect(outcome(() => verify(forged, plain as never))).toBeInstanceOf(JsonWebTokenError);
    }
    expect(verify(honest, jwk)).toMatchObject({ sub: 'ada' });
  });

  test('around memory do not, either', () => {
    const bytes = new Uint8Array(secret);
    let reads = 0;
    const turning = Object.defineProperty(new Uint8Array(secret), 'buffer', {
      get: () => (reads++ % 2 === 1 ? new Uint8Array(other.subarray(0, 64)).buffer : bytes.buffer),
    });
    clearKeyCache();
    const forged = forge({ alg: 'HS256' }, { sub: 'admin' }, other.subarray(0, 64));
    outcome(() => verify(forged, turning));
    expect(() => verify(forged, secret)).toThrow('invalid signature');
    expect(verify(good, secret)).toEqual({ sub: 'ada' });
  });

  test('that claim to have every option', () => {
    const all = new Proxy({}, { get: () => true, has: () => true });
    const expired = forge({ alg: 'HS256' }, { exp: 1 }, secret);
    expect(() => verify(expired, secret, all)).toThrow('jwt expired');
    expect(() => createVerifier(secret, all)(expired)).toThrow('jwt expired');
  });

  test('that claim to be every payload', () => {
    const all = new Proxy({}, { get: () => 'x', has: () => true });
    expect(decode(sign(all, secret, { noTimestamp: true }))).toEqual({});
  });
});

describe('getters that throw', () => {
  const bomb = (name: string) =>
    Object.defineProperty({}, name, {
      enumerable: true,
      get() {
        throw new RangeError('boom');
      },
    });

  test('come out as they are, and nothing is signed or verified', async () => {
    expect(() => sign(bomb('sub'), secret)).toThrow('boom');
    expect(() => sign({}, secret, bomb('issuer'))).toThrow('boom');
    expect(() => createSigner(secret)(bomb('sub'))).toThrow('boom');
    expect(() => createSigner(secret, bomb('issuer'))).toThrow('boom');
    expect(() => verify(good, secret, bomb('issuer'))).toThrow('boom');
    expect(() => createVerifier(secret, bomb('issuer') as never)).toThrow('boom');
    await expect(verifyAsync(good, secret, bomb('issuer'))).rejects.toThrow('boom');
    for (const name of ['kty', 'key', 'k', 'then']) {
      for (const { verify: open } of verifyApis)
        await expect(open(good, bomb(name))).rejects.toThrow();
    }
  });
});

test('toJSON in a payload makes no token of another kind', () => {
  for (const answer of ['text', 5, null, [], true, undefined]) {
    expect(() => createSigner(secret)(Object.fromEntries([['toJSON', () => answer]]))).toThrow(
      TypeError,
    );
  }
});

test('a payload of another class is refused by both signers', () => {
  class Claims {
    sub = 'ada';
  }
  const payloads = [
    null,
    [],
    new Claims(),
    new Date(),
    new Map(),
    new Set(),
    /x/,
    new Error('x'),
    new Uint8Array(3),
    Object.create({ sub: 'admin' }),
    new Proxy([], {}),
    new String('x'),
    new Promise(() => {}),
  ];
  for (const payload of payloads) {
    expect(() => sign(payload as never, secret)).toThrow('plain object');
    expect(() => createSigner(secret)(payload as never)).toThrow(TypeError);
  }
});
