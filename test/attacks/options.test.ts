/** C6: options fail closed. test/options/ has the values of every option. */

import { describe, expect, test } from 'vitest';
import { createSigner, createVerifier, sign, verify } from '../../src/index.ts';
import { rsa, secret } from '../fixtures/keys.ts';
import { tokenOf } from '../fixtures/tokens.ts';
import { acceptedBy, classicVerifyApis } from '../fixtures/verify-apis.ts';

const wrong: unknown[] = [
  null,
  '',
  Number.NaN,
  0,
  -1,
  Number.POSITIVE_INFINITY,
  true,
  'x',
  [],
  [''],
  [undefined],
  [1],
  {},
  () => 1,
  Symbol('x'),
  1n,
  new Date(0),
  new Map(),
];
const expired = tokenOf({ sub: 'ada', exp: 1, iat: 1 });
const bare = tokenOf({ sub: 'ada' });

describe('a misspelt option is a TypeError', () => {
  const creates: Array<[name: string, create: (options: never) => unknown, options: string[]]> = [
    [
      'createVerifier',
      (options) => createVerifier(secret, options),
      ['algorithms', 'issuer', 'audience', 'requiredClaims', 'maxAge', 'clockTolerance', 'typ'],
    ],
    [
      'createSigner',
      (options) => createSigner(secret, options),
      ['algorithm', 'keyid', 'expiresIn', 'notBefore', 'audience', 'noTimestamp'],
    ],
  ];
  test.each(creates)('in %s', (_, create, options) => {
    for (const name of options) {
      for (const misspelt of [
        `${name}s`,
        name.slice(0, -1),
        name.toUpperCase(),
        ` ${name}`,
        `${name}\0`,
        `_${name}`,
      ]) {
        expect(() => create({ [misspelt]: 'x' } as never)).toThrow(/is not an option/);
      }
    }
  });

  test.each(['iss', 'exp', 'allowedAud', 'maxTokenAge', 'clockTimestamp', 'key', 'hasOwnProperty'])(
    'in createVerifier under the name of another library: %s',
    (name) => {
      for (const value of ['x', undefined]) {
        expect(() => createVerifier(secret, { [name]: value } as never)).toThrow(TypeError);
      }
    },
  );

  test('named "__proto__"', () => {
    const options = JSON.parse('{"__proto__":{"ignoreExpiration":true}}');
    expect(() => createVerifier(secret, options)).toThrow(TypeError);
    expect(() => createSigner(secret, options)).toThrow(TypeError);
    expect(() => sign({}, secret, options)).toThrow(/not allowed/);
    expect(() => verify(expired, secret, options)).toThrow('jwt expired');
  });
});

test('options that are not a plain object are a TypeError', () => {
  for (const options of [
    null,
    'HS256',
    5,
    ['HS256'],
    () => ({}),
    new Map(),
    new (class Options {
      issuer = 'x';
    })(),
    Symbol('x'),
    Object.create({ issuer: 'x' }),
  ]) {
    expect(() => createVerifier(secret, options as never)).toThrow(TypeError);
    expect(() => createSigner(secret, options as never)).toThrow(TypeError);
  }
});

test('a list with a wrong element or a hole, and an array-like, are a TypeError', () => {
  const lists: unknown[] = [
    ['x', undefined],
    ['x', ''],
    ['x', 1],
    ['x', ['y']],
    Object.assign(['x'], { length: 2 }),
    { 0: 'x', length: 1 },
    new Set(['x']),
    new Uint8Array(1),
  ];
  for (const list of lists) {
    for (const name of ['issuer', 'audience', 'requiredClaims', 'algorithms', 'typ']) {
      expect(() => createVerifier(secret, { [name]: list } as never)).toThrow(TypeError);
    }
    expect(() => createSigner(secret, { audience: list } as never)).toThrow(TypeError);
  }
});

test('algorithms that do not fit the key are a TypeError in createVerifier', () => {
  for (const [key, algorithms] of [
    [rsa().publicKey, ['HS256']],
    [secret, ['HS256', 'RS256']],
    [rsa().publicKey, ['RS256', 'ES256']],
  ] as const) {
    expect(() => createVerifier(key, { algorithms } as never)).toThrow(TypeError);
  }
});

describe('verify accepts no token by a wrong option:', () => {
  test.each(['issuer', 'audience', 'subject', 'jwtid', 'nonce', 'schema', 'maxTokenLength'])(
    '%s',
    async (option) => {
      for (const value of wrong) {
        expect(await acceptedBy(classicVerifyApis, bare, secret, { [option]: value })).toEqual([]);
      }
    },
  );

  test.each(['typ', 'requiredClaims'])('%s', async (option) => {
    for (const value of wrong.filter((each) => each !== 'x')) {
      expect(await acceptedBy(classicVerifyApis, bare, secret, { [option]: value })).toEqual([]);
    }
  });

  test('algorithms', async () => {
    for (const algorithms of wrong.filter((each) => each !== null)) {
      expect(await acceptedBy(classicVerifyApis, bare, secret, { algorithms })).toEqual([]);
    }
  });

  test.each(['ignoreExpiration', 'allowInsecureKeySizes'])('%s that is falsy', async (option) => {
    for (const value of [undefined, null, '', 0, Number.NaN, false]) {
      const accepted = await acceptedBy(classicVerifyApis, expired, secret, { [option]: value });
      expect(accepted).toEqual([]);
    }
  });

  test('options that are not an object', () => {
    for (const options of ['ignoreExpiration', ['ignoreExpiration'], 5, true, null, Symbol('x')]) {
      expect(() => verify(expired, secret, options as never)).toThrow('jwt expired');
    }
  });

  test('inherited options', () => {
    const options = Object.create({ ignoreExpiration: true, algorithms: ['none'], complete: true });
    expect(() => verify(expired, secret, options)).toThrow('jwt expired');
    expect(verify(bare, secret, options)).toEqual({ sub: 'ada' });
  });
});
