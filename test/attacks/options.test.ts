/** C6: options fail closed. */

import { describe, expect, test } from 'vitest';
import { createSigner, createVerifier, sign, verify } from '../../src/index.ts';
import { rsa, secret } from '../fixtures/keys.ts';
import { forge } from '../fixtures/tokens.ts';
import { acceptedBy, classicVerifyApis } from '../fixtures/verify-apis.ts';

const wrong: unknown[] = [
  undefined,
  null,
  '',
  Number.NaN,
  0,
  1,
  -1,
  Number.POSITIVE_INFINITY,
  true,
  'x',
  [],
  [''],
  [undefined],
  [null],
  [1],
  {},
  () => 1,
  Symbol('x'),
  1n,
  new Date(0),
  new Map(),
];

/** Of {@link wrong}, what each option of the verifier does take. */
const verifierOptions: Record<string, (value: unknown) => boolean> = {
  algorithms: () => false,
  issuer: (value) => value === 'x',
  audience: (value) => value === 'x',
  subject: (value) => value === 'x',
  jwtid: (value) => value === 'x',
  nonce: (value) => value === 'x',
  typ: (value) => value === 'x' || isNullList(value),
  requiredClaims: () => false,
  schema: () => false,
  maxAge: (value) => value === 0 || value === 1,
  clockTolerance: (value) => value === 0 || value === 1,
  ignoreExpiration: (value) => value === true,
  ignoreNotBefore: (value) => value === true,
  complete: (value) => value === true,
  maxTokenLength: (value) => value === 1,
  allowInsecureKeySizes: (value) => value === true,
  async: (value) => value === true,
  clock: (value) => typeof value === 'function',
};

function isNullList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 1 && value[0] === null;
}

const signerOptions: Record<string, (value: unknown) => boolean> = {
  algorithm: () => false,
  keyid: (value) => value === 'x',
  header: (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype,
  expiresIn: (value) => value === 0 || value === 1 || value === -1,
  notBefore: (value) => value === 0 || value === 1 || value === -1,
  audience: (value) => value === 'x',
  issuer: (value) => value === 'x',
  subject: (value) => value === 'x',
  jwtid: (value) => value === 'x' || typeof value === 'function',
  noTimestamp: (value) => value === true,
  allowInsecureKeySizes: (value) => value === true,
  async: (value) => value === true,
  clock: (value) => typeof value === 'function',
};

describe('a wrong value is a TypeError when the function is made', () => {
  for (const [name, takes] of Object.entries(verifierOptions)) {
    test(`createVerifier: ${name}`, () => {
      for (const value of wrong.filter((each) => !takes(each))) {
        for (const key of [secret, () => secret]) {
          const attempt = () => createVerifier(key, { [name]: value } as never);
          expect(attempt).toThrow(TypeError);
          expect(attempt).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }));
        }
      }
      for (const value of wrong.filter(takes)) {
        expect(createVerifier(secret, { [name]: value } as never)).toBeTypeOf('function');
      }
    });
  }

  for (const [name, takes] of Object.entries(signerOptions)) {
    test(`createSigner: ${name}`, () => {
      for (const value of wrong.filter((each) => !takes(each))) {
        const attempt = () => createSigner(secret, { [name]: value } as never);
        expect(attempt).toThrow(TypeError);
        expect(attempt).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }));
      }
      for (const value of wrong.filter(takes)) {
        expect(createSigner(secret, { [name]: value } as never)).toBeTypeOf('function');
      }
    });
  }
});

describe('a misspelt option is a TypeError', () => {
  const spellings = (name: string) =>
    [
      `${name}s`,
      name.slice(0, -1),
      name.toUpperCase(),
      name[0]?.toUpperCase() + name.slice(1),
      ` ${name}`,
      `${name} `,
      `${name}\0`,
      `_${name}`,
      name.replace(/[A-Z]/, (c) => `_${c.toLowerCase()}`),
    ].filter((each) => !(each in verifierOptions) && !(each in signerOptions));

  test('of every option', () => {
    for (const name of Object.keys(verifierOptions)) {
      for (const misspelt of spellings(name)) {
        expect(() => createVerifier(secret, { [misspelt]: 'x' } as never)).toThrow(
          /is not an option/,
        );
      }
    }
    for (const name of Object.keys(signerOptions)) {
      for (const misspelt of spellings(name)) {
        expect(() => createSigner(secret, { [misspelt]: 'x' } as never)).toThrow(
          /is not an option/,
        );
      }
    }
  });

  test.each([
    'algorithm',
    'iss',
    'aud',
    'sub',
    'jti',
    'exp',
    'issuers',
    'audiences',
    'allowedIss',
    'allowedAud',
    'maxTokenAge',
    'clockTimestamp',
    'ignoreExp',
    'secret',
    'key',
    'kid',
    'alg',
    'constructor',
    'toString',
    'hasOwnProperty',
  ])('createVerifier: %s, as other libraries call it', (name) => {
    expect(() => createVerifier(secret, { [name]: 'x' } as never)).toThrow(TypeError);
    expect(() => createVerifier(secret, { [name]: undefined } as never)).toThrow(TypeError);
  });

  test('__proto__ as an own key', () => {
    const options = JSON.parse('{"__proto__":{"ignoreExpiration":true}}');
    expect(() => createVerifier(secret, options)).toThrow(TypeError);
    expect(() => createSigner(secret, options)).toThrow(TypeError);
    expect(() => sign({}, secret, options)).toThrow(/not allowed/);
    const expired = forge({ alg: 'HS256' }, { exp: 1 }, secret);
    expect(() => verify(expired, secret, options)).toThrow('jwt expired');
  });
});

test('options that are no object are a TypeError in the prepared door', () => {
  class Options {
    issuer = 'x';
  }
  for (const options of [
    null,
    'HS256',
    5,
    true,
    [],
    ['HS256'],
    () => ({}),
    new Map(),
    new Options(),
    new Date(),
    Symbol('x'),
    Object.create({ issuer: 'x' }),
  ]) {
    expect(() => createVerifier(secret, options as never)).toThrow(TypeError);
    expect(() => createSigner(secret, options as never)).toThrow(TypeError);
  }
});

describe('a list with a hole, or with something else among good values, is a TypeError', () => {
  test('of every list option', () => {
    const lists = [
      ['x', undefined],
      ['x', null],
      ['x', ''],
      ['x', 1],
      ['x', ['y']],
      // A hole, which every() does not look at.
      Object.assign(['x'], { length: 2 }),
    ];
    for (const name of ['issuer', 'audience', 'requiredClaims', 'algorithms']) {
      for (const list of lists)
        expect(() => createVerifier(secret, { [name]: list } as never)).toThrow(TypeError);
    }
    for (const list of lists.filter((each) => each[1] !== null)) {
      expect(() => createVerifier(secret, { typ: list } as never)).toThrow(TypeError);
    }
    for (const list of lists)
      expect(() => createSigner(secret, { audience: list } as never)).toThrow(TypeError);
  });

  test('an array-like is no array', () => {
    for (const name of ['issuer', 'audience', 'requiredClaims', 'algorithms', 'typ']) {
      for (const value of [
        { 0: 'x', length: 1 },
        new Set(['x']),
        'x,y'.split.bind('x,y'),
        new Uint8Array(1),
      ]) {
        expect(() => createVerifier(secret, { [name]: value } as never)).toThrow(TypeError);
      }
    }
  });
});

describe('the classic door is never an open gate', () => {
  const expired = forge({ alg: 'HS256', typ: 'JWT' }, { sub: 'ada', exp: 1, iat: 1 }, secret);
  const bare = forge({ alg: 'HS256', typ: 'JWT' }, { sub: 'ada' }, secret);

  for (const option of ['issuer', 'audience', 'subject', 'jwtid', 'nonce']) {
    test(`${option} of a wrong type or empty is refused`, async () => {
      for (const value of wrong.filter((each) => each !== undefined)) {
        expect(await acceptedBy(classicVerifyApis, bare, secret, { [option]: value })).toEqual([]);
      }
    });
  }

  test('typ, requiredClaims, schema and maxTokenLength of a wrong type are refused', async () => {
    for (const option of ['typ', 'requiredClaims', 'schema', 'maxTokenLength']) {
      for (const value of wrong.filter(
        (each) => each !== undefined && !verifierOptions[option]?.(each),
      )) {
        expect(await acceptedBy(classicVerifyApis, bare, secret, { [option]: value })).toEqual([]);
      }
    }
  });

  test('algorithms of a wrong type are refused', async () => {
    for (const value of wrong.filter((each) => each !== undefined && each !== null)) {
      expect(await acceptedBy(classicVerifyApis, bare, secret, { algorithms: value })).toEqual([]);
    }
  });

  test('ignoreExpiration and ignoreNotBefore that are falsy ignore nothing', async () => {
    for (const value of [undefined, null, '', 0, Number.NaN, false]) {
      expect(
        await acceptedBy(classicVerifyApis, expired, secret, { ignoreExpiration: value }),
      ).toEqual([]);
    }
  });

  test('options that are no object switch nothing on', () => {
    for (const options of [
      'ignoreExpiration',
      ['ignoreExpiration'],
      5,
      true,
      null,
      Symbol('x'),
      new Map([['ignoreExpiration', true]]),
    ]) {
      expect(() => verify(expired, secret, options as never)).toThrow('jwt expired');
    }
  });

  test('inherited options are no options', () => {
    const options = Object.create({ ignoreExpiration: true, algorithms: ['none'], complete: true });
    expect(() => verify(expired, secret, options)).toThrow('jwt expired');
    expect(verify(bare, secret, options)).toEqual({ sub: 'ada' });
  });
});

test('false switches a policy of the prepared door off by name, and no other', () => {
  const off = {
    issuer: false,
    audience: false,
    subject: false,
    jwtid: false,
    nonce: false,
    typ: false,
    requiredClaims: false,
    schema: false,
    maxAge: false,
  } as const;
  const verifier = createVerifier(secret, off);
  expect(verifier(forge({ alg: 'HS256' }, { sub: 'ada' }, secret))).toEqual({ sub: 'ada' });
  for (const name of ['algorithms', 'clockTolerance', 'maxTokenLength', 'clock']) {
    expect(() => createVerifier(secret, { [name]: false } as never)).toThrow(TypeError);
  }
});

test('algorithms that do not fit the key are a mistake when the verifier is made, not at the first token', () => {
  expect(() => createVerifier(rsa().publicKey, { algorithms: ['HS256'] })).toThrow(TypeError);
  expect(() => createVerifier(secret, { algorithms: ['RS256'] })).toThrow(TypeError);
  expect(() => createVerifier(secret, { algorithms: ['HS256', 'RS256'] })).toThrow(TypeError);
  expect(() => createVerifier(rsa().publicKey, { algorithms: ['RS256', 'ES256'] })).toThrow(
    TypeError,
  );
});
