/** One example for each difference from jsonwebtoken 9.0.3, with what both libraries do. */

import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import { ec, ed448, ed25519, rsa, rsaPss, secret } from '../fixtures/keys.ts';
import { callsOf } from '../fixtures/outcome.ts';
import { base64url, forge, unsigned, withSignature } from '../fixtures/tokens.ts';
import { encryptedPem, keyOf, pem } from './keys.ts';
import { type Library, messageOf, ours, outcomeOf, theirs } from './outcome.ts';
import { freezeTime } from './property.ts';

const NOW = 1_700_000_000;
const key = createSecretKey(secret);

/** A token with exactly this payload and header. */
const token = (payload: string | Uint8Array, header = '{"alg":"HS256","typ":"JWT"}') =>
  forge(header, payload);

const VALUE = 'a value';
const INVALID = 'JsonWebTokenError: invalid token';
const UTF8 = 'must be UTF-8 without a byte order mark';
const UNIQUE = 'must not have duplicate members';
const NO_PUBLIC_KEY = 'JsonWebTokenError: secretOrPublicKey is not valid key material';
const NO_PRIVATE_KEY = 'Error: secretOrPrivateKey is not valid key material';
const MAX_AGE =
  'JsonWebTokenError: "maxAge" should be a number of seconds or string representing a timespan eg: "1d", "20h", 60';

/** What the call throws in each library, or that it returns a value. */
function results(call: (library: Library) => unknown): { theirs: string; ours: string } {
  const resultOf = (library: Library) => messageOf(outcomeOf(() => call(library))) ?? VALUE;
  return { theirs: resultOf(theirs), ours: resultOf(ours) };
}

const verifyResults = (...args: unknown[]) => results((library) => library.verify(...args));
const signResults = (...args: unknown[]) => results((library) => library.sign(...args));

/** Without `theirs`, 9.0.3 accepts the call. */
type Row = [title: string, args: unknown[], ours: string, theirs?: string];

const expired = (seconds: number) => token(`{"exp":${NOW - seconds}}`);
const { privateKey: pssPrivate, publicKey: pssPublic } = rsaPss(256);
const { privateKey: smallPrivate, publicKey: smallPublic } = rsa(1024);
const lifted = { allowInvalidAsymmetricKeyTypes: true };
const esToken = String(theirs.sign({}, ec().privateKey, { algorithm: 'ES256' }));
const rsToken = String(theirs.sign({}, rsa().privateKey, { algorithm: 'RS256' }));
const smallToken = theirs.sign({}, smallPrivate, {
  algorithm: 'RS256',
  allowInsecureKeySizes: true,
});

/** The same signature with the unused bits of its last character set. */
function respelled(signed: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return `${signed.slice(0, -1)}${alphabet[alphabet.indexOf(signed.slice(-1)) + 1]}`;
}

/** EMSA-PKCS1-v1_5, RFC 8017 §9.2: raised to the power of 1 it is its own signature. */
function exponentOneToken(): string {
  const [header, payload] = ['{"alg":"RS256"}', '{"admin":true}'];
  const input = `${base64url(header)}.${base64url(payload)}`;
  const digest = Buffer.concat([
    Buffer.from('3031300d060960864801650304020105000420', 'hex'),
    createHash('sha256').update(input).digest(),
  ]);
  const padding = Buffer.alloc(256 - digest.length, 0xff);
  padding[0] = 0;
  padding[1] = 1;
  padding[padding.length - 1] = 0;
  return withSignature(header, payload, Buffer.concat([padding, digest]));
}

const verifyRows: Row[] = [
  ...['"crit":["exp"]', '"crit":[]', '"crit":["b64"],"b64":true'].map(
    (members): Row => [
      `a header with ${members}`,
      [token('{}', `{"alg":"HS256",${members}}`), key],
      'JsonWebTokenError: "crit" in the header names extensions, and none is supported',
    ],
  ),
  [
    'a header with "b64":false',
    [token('{}', '{"alg":"HS256","b64":false}'), key],
    'JsonWebTokenError: "b64" in the header must be true or absent: a JWT payload is base64url',
  ],
  ...[
    ['ignoreExpiration', expired(100)] as const,
    ['ignoreNotBefore', token(`{"nbf":${NOW + 100}}`)] as const,
  ].flatMap(([option, rejected]) =>
    ['false', '0', {}, 1].map(
      (value): Row => [
        `an option ${option} of ${JSON.stringify(value)}`,
        [rejected, key, { [option]: value }],
        `JsonWebTokenError: "${option}" must be a boolean`,
      ],
    ),
  ),
  ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(
    (clockTimestamp): Row => [
      `a clockTimestamp of ${clockTimestamp}`,
      [token(`{"sub":"ada"}`), key, { clockTimestamp }],
      'JsonWebTokenError: clockTimestamp must be a number',
    ],
  ),
  [
    'a clockTolerance of Infinity',
    [expired(100), key, { clockTolerance: Number.POSITIVE_INFINITY }],
    'JsonWebTokenError: clockTolerance must be a number',
  ],
  ...['60', '1m', '60s'].map(
    (clockTolerance): Row => [
      `a clockTolerance of "${clockTolerance}"`,
      [expired(100), key, { clockTolerance }],
      'TokenExpiredError: jwt expired',
    ],
  ),
  ...['soon', [100], true].map(
    (clockTolerance): Row => [
      `a clockTolerance of ${JSON.stringify(clockTolerance)}`,
      [expired(0), key, { clockTolerance }],
      'JsonWebTokenError: clockTolerance must be a number',
    ],
  ),
  [
    'a maxAge of 0',
    [token(`{"iat":${NOW - 5}}`), key, { maxAge: 0 }],
    'TokenExpiredError: maxAge exceeded',
  ],
  ['an empty maxAge', [token(`{"iat":${NOW}}`), key, { maxAge: '' }], MAX_AGE],
  ['a maxAge of null', [token(`{"iat":${NOW}}`), key, { maxAge: null }], MAX_AGE],
  ['a maxAge of NaN', [token(`{"iat":${NOW}}`), key, { maxAge: NaN }], MAX_AGE],
  ...[
    ['issuer', 'iss'],
    ['audience', 'aud'],
    ['subject', 'sub'],
    ['jwtid', 'jti'],
  ].map(
    ([option = '', claim]): Row => [
      `an empty ${option}`,
      [token(`{"${claim}":"x"}`), key, { [option]: '' }],
      `JsonWebTokenError: jwt ${option} invalid. expected: `,
    ],
  ),
  ...(
    [
      ['issuer', /x/, 'a string or array'],
      ['issuer', {}, 'a string or array'],
      ['audience', null, 'a string, RegExp or array'],
      ['subject', 0, 'a string'],
      ['jwtid', null, 'a string'],
    ] as const
  ).map(
    ([option, value, expected]): Row => [
      `an option ${option} of ${value}`,
      [token('{}'), key, { [option]: value }],
      `JsonWebTokenError: "${option}" must be ${expected}`,
    ],
  ),
  [
    'a RegExp for an absent audience',
    [token('{}'), key, { audience: /./ }],
    'JsonWebTokenError: jwt audience invalid. expected: /./',
  ],
  [
    'a number as audience',
    [token('{"aud":5}'), key, { audience: [5] }],
    'JsonWebTokenError: jwt audience invalid. expected: 5',
  ],
  [
    'a number as issuer',
    [token('{"iss":5}'), key, { issuer: [5] }],
    'JsonWebTokenError: jwt issuer invalid. expected: 5',
  ],
  ['an infinite exp', [token('{"exp":1e400}'), key], 'JsonWebTokenError: invalid exp value'],
  ['an infinite nbf', [token('{"nbf":-1e400}'), key], 'JsonWebTokenError: invalid nbf value'],
  [
    'an infinite iat under maxAge',
    [token('{"iat":1e400}'), key, { maxAge: 60 }],
    'JsonWebTokenError: iat required when maxAge is specified',
  ],
  [
    'an iat of 0 under maxAge',
    [token('{"iat":0}'), key, { maxAge: 60 }],
    'TokenExpiredError: maxAge exceeded',
  ],
  [
    'an RSA key below 2048 bits',
    [smallToken, smallPublic],
    'JsonWebTokenError: secretOrPublicKey has a minimum key size of 2048 bits for RS256',
  ],
  [
    'an RSA key with the public exponent 1',
    [exponentOneToken(), keyOf('rsa, exponent 1').input],
    NO_PUBLIC_KEY,
  ],
  ...(
    [
      ['invalid UTF-8', token(Buffer.from([0xff]), '{"alg":"HS256"}'), `payload ${UTF8}`],
      ['a byte order mark', token('\ufeff{}', '{"alg":"HS256"}'), `payload ${UTF8}`],
      ['a duplicate member', token('{"exp":1,"exp":9999999999}'), `payload ${UNIQUE}`],
      ['an escaped duplicate member', token('{"sub":"a","\\u0073ub":"b"}'), `payload ${UNIQUE}`],
      [
        'a duplicate member in the header',
        token('{}', '{"alg":"none","alg":"HS256"}'),
        `header ${UNIQUE}`,
      ],
      [
        'deep nesting',
        token(`${'['.repeat(65)}${']'.repeat(65)}`, '{"alg":"HS256"}'),
        'payload must not nest deeper than 64 levels',
      ],
      [
        'more than 64 KiB',
        token(JSON.stringify({ a: 'x'.repeat(50_000) })),
        'is longer than maxTokenLength (65536 characters)',
      ],
    ] as const
  ).map(
    ([what, text, rule]): Row => [
      `a token with ${what}`,
      [text, key],
      `JsonWebTokenError: jwt ${rule}`,
    ],
  ),
  [
    'a second spelling of a signature',
    [respelled(rsToken), rsa().publicKey],
    'JsonWebTokenError: jwt is not canonical base64url',
  ],
  [
    'a header in latin1',
    [forge(Buffer.from('{"alg":"HS256","kid":"é"}', 'latin1'), '{}'), key],
    `JsonWebTokenError: jwt header ${UTF8}`,
  ],
  ...['true', '5', '"alg"', '["HS256"]'].map(
    (header): Row => [
      `a header that is ${header}`,
      [token('{}', header), key],
      'JsonWebTokenError: jwt header must be a JSON object',
      'JsonWebTokenError: invalid algorithm',
    ],
  ),
  [
    'a payload of null',
    [token('null'), key],
    INVALID,
    "TypeError: Cannot read properties of null (reading 'nbf')",
  ],
  [
    'an ECDSA signature of another length',
    [`${esToken}AAAA`, ec().publicKey],
    'JsonWebTokenError: invalid signature',
    'TypeError: "ES256" signatures must be "64" bytes, saw "67"',
  ],
  [
    'algorithms in a string',
    [token('{}'), key, { algorithms: 'xHS256x' }],
    'JsonWebTokenError: invalid algorithm',
  ],
  [
    'algorithms in an object',
    [token('{}'), key, { algorithms: {} }],
    'TypeError: "algorithms" must be an array, got an object',
    'TypeError: options.algorithms.indexOf is not a function',
  ],
  [
    'a promise as key',
    [token('{}'), Promise.resolve(key)],
    'TypeError: secretOrPublicKey is a promise: await it first',
    NO_PUBLIC_KEY,
  ],
  ['a JWK as key', [esToken, ec().publicKey.export({ format: 'jwk' })], VALUE, NO_PUBLIC_KEY],
  [
    'the KeyObject of a private key',
    [esToken, ec().privateKey],
    VALUE,
    'JsonWebTokenError: secretOrPublicKey must be an asymmetric key when using ES256',
  ],
  [
    'RS256 by an RSA-PSS key, its type allowed',
    [theirs.sign({}, pssPrivate, { ...lifted, algorithm: 'RS256' }), pssPublic, lifted],
    'JsonWebTokenError: invalid signature',
  ],
  [
    'a callback that is no function',
    [token('{}'), key, {}, 'later'],
    VALUE,
    'TypeError: done is not a function',
  ],
];

const signRows: Row[] = [
  [
    'the PEM of a public key',
    [{}, pem(rsa().publicKey)],
    'Error: secretOrPrivateKey must be a symmetric key when using HS256',
  ],
  ['an encrypted PEM without passphrase', [{}, encryptedPem(rsa().privateKey)], NO_PRIVATE_KEY],
  [
    'alg none in the header only',
    [{}, key, { header: { alg: 'none' } }],
    'Error: an unsigned token needs "algorithm": "none", not only "header.alg"',
  ],
  [
    'a promise as key',
    [{}, Promise.resolve(key)],
    'TypeError: secretOrPrivateKey is a promise: await it first',
    NO_PRIVATE_KEY,
  ],
  [
    'a String object as option',
    [{}, key, { subject: new String('ada') }],
    'Error: "subject" must be a string',
  ],
  [
    'a Number object as claim',
    [{ exp: new Number(5) }, key],
    'Error: "exp" should be a number of seconds',
  ],
  [
    'a payload with Symbol.toStringTag',
    [{ [Symbol.toStringTag]: 'Claims' }, key],
    VALUE,
    'Error: Expected "payload" to be a plain object.',
  ],
  [
    'an unknown algorithm',
    [{}, key, { algorithm: 'RS999' }],
    'Error: "algorithm" must be a valid string enum value',
    'Error: secretOrPrivateKey must be an asymmetric key when using RS999',
  ],
  [
    'a number as algorithm',
    [{}, key, { algorithm: 5 }],
    'Error: "algorithm" must be a valid string enum value',
    'TypeError: header.alg.startsWith is not a function',
  ],
  [
    'a callback that is no function',
    [null, key, {}, 'later'],
    'Error: Expected "payload" to be a plain object.',
    'TypeError: callback is not a function',
  ],
];

describe('where 9.0.3 and this library differ', () => {
  freezeTime();

  it.each(verifyRows)('verifies %s its own way', (_, args, ours, theirs = VALUE) => {
    expect(verifyResults(...args)).toStrictEqual({ theirs, ours });
  });

  it.each(signRows)('signs %s its own way', (_, args, ours, theirs = VALUE) => {
    expect(signResults(...args)).toStrictEqual({ theirs, ours });
  });

  it('accepts what the rows above are near to', () => {
    for (const args of [
      [expired(59), key, { clockTolerance: '1m' }],
      [token(`{"iat":${NOW - 5}}`), key, { maxAge: undefined }],
      [token('{"iss":""}'), key, { issuer: '' }],
      [token('{}'), key, { issuer: undefined }],
      [smallToken, smallPublic, { allowInsecureKeySizes: true }],
      [token('{}'), key, { algorithms: 'HS256' }],
    ]) {
      expect(verifyResults(...args).ours).toBe(VALUE);
    }
  });

  it.each([
    'rsa public PEM, truncated',
    'rsa public PEM, damaged',
    'rsa public JWK as text',
    'rsa public JWKS as text',
    'rsa private encrypted PEM',
    'SSH public key',
  ])('never uses unreadable key material as a secret: %s', (name) => {
    const { input } = keyOf(name);
    const forged = theirs.sign({ admin: true }, input);
    expect(verifyResults(forged, input)).toStrictEqual({ theirs: VALUE, ours: NO_PUBLIC_KEY });
    expect(signResults({}, input)).toStrictEqual({ theirs: VALUE, ours: NO_PRIVATE_KEY });
  });

  it.each(['PEM, escaped', 'PEM, indented', 'PEM, quoted', 'PEM, in one line', 'DER'])(
    'normalizes a key: %s',
    (form) => {
      const { input } = keyOf(`rsa public ${form}`);
      const forged = theirs.sign({ admin: true }, input);
      expect(verifyResults(forged, input)).toStrictEqual({
        theirs: VALUE,
        ours: 'JsonWebTokenError: invalid algorithm',
      });
      const signing = keyOf(`rsa private ${form}`).input;
      expect(signResults({}, signing, { algorithm: 'RS256' })).toStrictEqual({
        theirs: 'Error: secretOrPrivateKey must be an asymmetric key when using RS256',
        ours: VALUE,
      });
      const signed = ours.sign({ sub: 'ada' }, signing, { algorithm: 'RS256' });
      expect(ours.verify(signed, input)).toMatchObject({ sub: 'ada' });
    },
  );

  it.each([
    ['Buffer', Buffer.alloc(0)],
    ['KeyObject', createSecretKey(Buffer.alloc(0))],
  ])('rejects an empty %s as key', (_, empty) => {
    expect(verifyResults(theirs.sign({}, empty), empty)).toStrictEqual({
      theirs: VALUE,
      ours: 'JsonWebTokenError: secret or public key must be provided',
    });
    expect(signResults({}, empty)).toStrictEqual({
      theirs: VALUE,
      ours: 'Error: secretOrPrivateKey must have a value',
    });
  });

  it('matches a RegExp with the flag g each time', () => {
    const attempts = (library: Library) => {
      const audience = /api/g;
      const attempt = () => library.verify(token('{"aud":"api"}'), key, { audience });
      return [messageOf(outcomeOf(attempt)), messageOf(outcomeOf(attempt))];
    };
    const mismatch = 'JsonWebTokenError: jwt audience invalid. expected: /api/g';
    expect(attempts(theirs)).toStrictEqual([undefined, mismatch]);
    expect(attempts(ours)).toStrictEqual([undefined, undefined]);
  });

  it('counts from an iat of 0', () => {
    const signed = (library: Library) =>
      library.decode(library.sign({ iat: 0 }, key, { expiresIn: 60 }));
    expect(signed(theirs)).toStrictEqual({ iat: NOW, exp: NOW + 60 });
    expect(signed(ours)).toStrictEqual({ iat: 0, exp: 60 });
  });

  it('queries no key for an algorithm that is not allowed', async () => {
    const queries = async (library: Library) => {
      let count = 0;
      const lookUp = (_: unknown, found: (error: null, key: KeyObject) => void) => {
        count++;
        found(null, key);
      };
      const { calls } = await callsOf((done) =>
        library.verify(token('{}'), lookUp, { algorithms: ['RS256'] }, done),
      );
      return { count, message: Object(calls[0]?.[0]).message };
    };
    expect(await queries(theirs)).toStrictEqual({ count: 1, message: 'invalid algorithm' });
    expect(await queries(ours)).toStrictEqual({ count: 0, message: 'invalid algorithm' });
  });

  it('calls the callback of verify after verify has returned', async () => {
    const early = async (library: Library) =>
      (await callsOf((done) => library.verify(token('{}'), key, done))).early;
    expect([await early(theirs), await early(ours)]).toStrictEqual([1, 0]);
  });

  it('writes a header in UTF-8', () => {
    const keyid = 'ключ é';
    const kid = (library: Library) =>
      Object(library.decode(library.sign({}, key, { keyid }), { complete: true })).header.kid;
    expect(kid(theirs)).not.toBe(keyid);
    expect(kid(ours)).toBe(keyid);
  });

  it('checks the signature before it reads a payload that is not JSON', () => {
    const wrong = keyOf('other secret KeyObject').input;
    for (const [each, expected] of [
      [key, INVALID],
      [wrong, 'JsonWebTokenError: invalid signature'],
    ]) {
      const found = verifyResults(token('text'), each);
      expect(found.theirs).toMatch(/^SyntaxError: /);
      expect(found.ours).toBe(expected);
    }
  });

  it.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__'])(
    'signs a member named %s like any other',
    (name) => {
      const payload = JSON.parse(`{"${name}":1}`);
      const crash = 'TypeError: validator.isValid is not a function';
      expect(signResults(payload, key)).toStrictEqual({ theirs: crash, ours: VALUE });
      const signed = String(ours.sign(payload, key, { noTimestamp: true }));
      expect(signed.split('.')[1]).toBe(base64url(`{"${name}":1}`));
      expect(signResults({}, key, payload)).toStrictEqual({
        theirs: crash,
        ours: `Error: "${name}" is not allowed in "options"`,
      });
    },
  );

  it.each([
    ['EdDSA', ed25519()],
    ['Ed25519', ed25519()],
    ['Ed448', ed448()],
    ['ES256K', ec('secp256k1')],
  ] as const)('supports %s', (algorithm, pair) => {
    expect(signResults({}, pair.privateKey, { algorithm })).toStrictEqual({
      theirs: 'Error: "algorithm" must be a valid string enum value',
      ours: VALUE,
    });
    const found = verifyResults(ours.sign({}, pair.privateKey, { algorithm }), pair.publicKey);
    expect(found.theirs).not.toBe(VALUE);
    expect(found.ours).toBe(VALUE);
  });

  it('verifies with a CryptoKey', async () => {
    const parameters = { name: 'ECDSA', namedCurve: 'P-256' };
    const jwk = ec().publicKey.export({ format: 'jwk' });
    const cryptoKey = await crypto.subtle.importKey('jwk', jwk, parameters, true, ['verify']);
    expect(verifyResults(esToken, cryptoKey)).toStrictEqual({ theirs: NO_PUBLIC_KEY, ours: VALUE });
  });

  it('gives every error a code that JSON.stringify does not show', () => {
    const errors = [theirs, ours].map((library) => {
      try {
        return library.verify(token('{"exp":1}'), key);
      } catch (error) {
        return error;
      }
    });
    expect(errors[0]).not.toHaveProperty('code');
    expect(errors[1]).toHaveProperty('code', 'ERR_CLAIM_EXPIRED');
    expect(JSON.stringify(errors[1])).toBe(JSON.stringify(errors[0]));
  });

  it('keeps __proto__ of a token out of reach of a copy', () => {
    const text = token('{"__proto__":{"admin":true}}');
    const found = ours.verify(text, key) as object;
    expect(Object.keys(theirs.verify(text, key) as object)).toStrictEqual(['__proto__']);
    expect(Object.keys(found)).toStrictEqual([]);
    expect(Object.hasOwn(found, '__proto__')).toBe(true);
    expect(Object.assign({}, found)).not.toHaveProperty('admin');
  });

  it('decodes to null where 9.0.3 throws a SyntaxError', () => {
    for (const [text, options] of [
      [token('text'), undefined],
      [token('text', '{"alg":"HS256"}'), { json: true }],
    ]) {
      expect(() => theirs.decode(text, options)).toThrow(SyntaxError);
      expect(ours.decode(text, options)).toBeNull();
    }
  });

  it('decodes strings only, and takes no reviver', () => {
    const text = token('{"sub":"ada"}');
    expect(theirs.decode(Buffer.from(text))).toStrictEqual({ sub: 'ada' });
    expect(ours.decode(Buffer.from(text))).toBeNull();
    const encoding = (_: string, value: unknown) => (value === 'ada' ? 'eve' : value);
    expect(theirs.decode(text, { encoding })).toStrictEqual({ sub: 'eve' });
    expect(ours.decode(text, { encoding })).toStrictEqual({ sub: 'ada' });
  });

  it('does not parse JSON in a JSON string', () => {
    const text = token('"{\\"sub\\":\\"ada\\"}"');
    expect(theirs.verify(text, key)).toStrictEqual({ sub: 'ada' });
    expect(ours.verify(text, key)).toBe('{"sub":"ada"}');
  });
});

describe('a callback', () => {
  /** The messages that a callback receives, or what the call throws past it. */
  const messages = async (library: Library, name: 'sign' | 'verify', args: unknown[]) => {
    let thrown: string | undefined;
    const { calls } = await callsOf((done) => {
      thrown = messageOf(outcomeOf(() => library[name](...args, done)));
    }, false);
    if (thrown !== undefined) return [`throws ${thrown}`];
    return calls.map(([error]) => (error ? (error as Error).message : VALUE));
  };
  const twice = (_: unknown, found: (error: null, key: KeyObject) => void) => {
    found(null, key);
    found(null, key);
  };
  const throwing = () => {
    throw new Error('no network');
  };
  const duplicate = 'Bad "options.audience" option. The payload already has an "aud" property.';

  const rows: Array<
    [title: string, name: 'sign' | 'verify', args: unknown[], theirs: string[], ours: string[]]
  > = [
    [
      'a claim in payload and options',
      'sign',
      [{ aud: 'a' }, key, { audience: 'b' }],
      [duplicate, VALUE],
      [duplicate],
    ],
    ['an unsigned token', 'sign', [{}, undefined, { algorithm: 'none' }], [], [VALUE]],
    ['an empty payload', 'sign', ['', key, {}], [], [VALUE]],
    ['a payload of 0', 'sign', [0, key, {}], [], [VALUE]],
    ['a payload of false', 'sign', [false, key, {}], [], [VALUE]],
    [
      'a payload of 5',
      'sign',
      [5, key],
      ['throws TypeError: Unexpected data type (number)'],
      [VALUE],
    ],
    [
      'a key function that calls back twice',
      'verify',
      [token('{}'), twice],
      [VALUE, VALUE],
      [VALUE],
    ],
    [
      'a key function that throws',
      'verify',
      [token('{}'), throwing],
      ['throws Error: no network'],
      ['error in secret or public key callback: no network'],
    ],
    [
      'algorithms that are no list',
      'verify',
      [token('{}'), key, { algorithms: 5 }],
      ['throws TypeError: options.algorithms.indexOf is not a function'],
      ['"algorithms" must be an array, got 5'],
    ],
    [
      'no key and no signature under alg HS256',
      'verify',
      [unsigned('{}', { alg: 'HS256' }), undefined, { algorithms: ['HS256'] }],
      ["throws TypeError: Cannot read properties of undefined (reading 'type')"],
      ['secretOrPublicKey must be a symmetric key when using HS256'],
    ],
  ];

  it.each(rows)('is called exactly once for %s', async (_, name, args, their, our) => {
    expect(await messages(theirs, name, args)).toStrictEqual(their);
    expect(await messages(ours, name, args)).toStrictEqual(our);
  });
});

describe('what stays as in 9.0.3, although createVerifier and createSigner reject it', () => {
  freezeTime();
  const { privateKey, publicKey } = ec('secp256k1');
  const options = { algorithms: ['HS256', 'none'] };
  const none = unsigned({ sub: 'ada' });

  const rows: Array<[title: string, call: (library: Library) => unknown, value: unknown]> = [
    [
      'an unsigned token without a key if "none" is listed',
      (library) => library.verify(none, undefined, options),
      { sub: 'ada' },
    ],
    [
      'a payload that is a string',
      (library) => library.verify(library.sign('text', key), key),
      'text',
    ],
    [
      'a payload that is a list',
      (library) => library.verify(token('[1]', '{"alg":"HS256"}'), key),
      [1],
    ],
    [
      'an iat of any type without maxAge',
      (library) => library.verify(token('{"iat":"yesterday"}'), key),
      { iat: 'yesterday' },
    ],
    [
      'a timespan without a unit as milliseconds',
      (library) => library.decode(library.sign({}, key, { expiresIn: '60000' })),
      { iat: NOW, exp: NOW + 60 },
    ],
    [
      'a key of another curve with allowInvalidAsymmetricKeyTypes',
      (library) => {
        const sent = library.sign({ iat: 1 }, privateKey, { ...lifted, algorithm: 'ES256' });
        return library.verify(sent, publicKey, lifted);
      },
      { iat: 1 },
    ],
    [
      'a short secret',
      (library) => library.verify(library.sign({ iat: 1 }, 'short'), 'short'),
      { iat: 1 },
    ],
  ];

  test.each(rows)('%s', (_, call, value) => {
    expect([call(theirs), call(ours)]).toStrictEqual([value, value]);
  });

  it('rejects an unsigned token beside a key', () => {
    const required = 'JsonWebTokenError: jwt signature is required';
    expect(verifyResults(none, key, options)).toStrictEqual({ theirs: required, ours: required });
  });
});
