import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ec, ed448, ed25519, rsa, rsaPss, secret } from '../fixtures/keys.ts';
import { encryptedPem, keyOf, pem } from './keys.ts';
import { complaint, type Library, type Outcome, ours, outcomeOf, theirs } from './outcome.ts';
import { freezeTime } from './property.ts';

const NOW = 1_700_000_000;
const key = createSecretKey(secret);
const base64url = (bytes: string | Uint8Array) =>
  Buffer.from(bytes as string).toString('base64url');

/** A token with exactly this header and payload. */
function token(payload: string | Uint8Array, header = '{"alg":"HS256","typ":"JWT"}'): string {
  const input = `${base64url(header)}.${base64url(payload)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

function verified(library: Library, ...args: unknown[]): Outcome {
  return outcomeOf(() => library.verify(...args));
}

const VALUE = 'a value';
const INVALID = 'JsonWebTokenError: invalid token';

/** What each library says to the same call: a complaint, or that there was a value. */
function answers(call: (library: Library) => unknown): { theirs: string; ours: string } {
  const say = (library: Library) => complaint(outcomeOf(() => call(library))) ?? VALUE;
  return { theirs: say(theirs), ours: say(ours) };
}

const verifyAnswers = (...args: unknown[]) => answers((library) => library.verify(...args));
const signAnswers = (...args: unknown[]) => answers((library) => library.sign(...args));

describe('where 9.0.3 goes one way and this library another', () => {
  freezeTime();

  test.each([
    '{"alg":"HS256","crit":["exp"]}',
    '{"alg":"HS256","crit":[]}',
    '{"alg":"HS256","crit":["b64"],"b64":true}',
    '{"alg":"HS256","b64":false}',
  ])('a header that demands an extension is refused: %s', (header) => {
    expect(verifyAnswers(token('{}', header), key)).toStrictEqual({ theirs: VALUE, ours: INVALID });
  });

  test.each([
    'rsa public PEM, in one line',
    'rsa public PEM, truncated',
    'rsa public PEM, damaged',
    'rsa public JWK as text',
    'rsa public JWKS as text',
    'rsa private encrypted PEM',
    'SSH public key',
  ])('key material that cannot be read is never a secret: %s', (name) => {
    const { input } = keyOf(name);
    const forged = theirs.sign({ admin: true }, input);
    expect(verifyAnswers(forged, input)).toStrictEqual({
      theirs: VALUE,
      ours: 'JsonWebTokenError: secretOrPublicKey is not valid key material',
    });
    expect(signAnswers({}, input)).toStrictEqual({
      theirs: VALUE,
      ours: 'Error: secretOrPrivateKey is not valid key material',
    });
  });

  test.each(['PEM, escaped', 'PEM, indented', 'PEM, quoted', 'DER'])(
    'key material that can be mended is the key it is: %s',
    (form) => {
      const { input } = keyOf(`rsa public ${form}`);
      const forged = theirs.sign({ admin: true }, input);
      expect(verifyAnswers(forged, input)).toStrictEqual({
        theirs: VALUE,
        ours: 'JsonWebTokenError: invalid algorithm',
      });
      const signing = keyOf(`rsa private ${form}`).input;
      expect(signAnswers({}, signing, { algorithm: 'RS256' })).toStrictEqual({
        theirs: 'Error: secretOrPrivateKey must be an asymmetric key when using RS256',
        ours: VALUE,
      });
      const signed = ours.sign({ sub: 'ada' }, signing, { algorithm: 'RS256' });
      expect(ours.verify(signed, input)).toMatchObject({ sub: 'ada' });
    },
  );

  test('the text of a public key does not sign', () => {
    expect(signAnswers({}, pem(rsa().publicKey))).toStrictEqual({
      theirs: VALUE,
      ours: 'Error: secretOrPrivateKey must be a symmetric key when using HS256',
    });
  });

  test.each([
    ['Buffer', Buffer.alloc(0)],
    ['KeyObject', createSecretKey(Buffer.alloc(0))],
  ])('a %s of no bytes is no key', (_, empty) => {
    const forged = theirs.sign({}, empty);
    expect(verifyAnswers(forged, empty)).toStrictEqual({
      theirs: VALUE,
      ours: 'JsonWebTokenError: secret or public key must be provided',
    });
    expect(signAnswers({}, empty)).toStrictEqual({
      theirs: VALUE,
      ours: 'Error: secretOrPrivateKey must have a value',
    });
  });

  test('clockTolerance as text is parsed, not put behind the time', () => {
    const stale = token(`{"exp":${NOW - 100}}`);
    for (const clockTolerance of ['60', '1m', '60s']) {
      expect(verifyAnswers(stale, key, { clockTolerance })).toStrictEqual({
        theirs: VALUE,
        ours: 'TokenExpiredError: jwt expired',
      });
    }
    const late = token(`{"exp":${NOW - 59}}`);
    expect(verifyAnswers(late, key, { clockTolerance: '1m' }).ours).toBe(VALUE);
    for (const clockTolerance of ['soon', [100], true]) {
      const late = token(`{"exp":${NOW}}`);
      expect(verifyAnswers(late, key, { clockTolerance })).toStrictEqual({
        theirs: VALUE,
        ours: 'JsonWebTokenError: clockTolerance must be a number',
      });
    }
  });

  test('maxAge 0 is a bound', () => {
    expect(verifyAnswers(token(`{"iat":${NOW - 5}}`), key, { maxAge: 0 })).toStrictEqual({
      theirs: VALUE,
      ours: 'TokenExpiredError: maxAge exceeded',
    });
  });

  test.each(['', NaN])('maxAge %j is no timespan', (maxAge) => {
    expect(verifyAnswers(token(`{"iat":${NOW}}`), key, { maxAge })).toStrictEqual({
      theirs: VALUE,
      ours: 'JsonWebTokenError: "maxAge" should be a number of seconds or string representing a timespan eg: "1d", "20h", 60',
    });
  });

  test('maxAge null and undefined stay off in both', () => {
    for (const maxAge of [null, undefined]) {
      const both = verifyAnswers(token(`{"iat":${NOW - 5}}`), key, { maxAge });
      expect(both).toStrictEqual({ theirs: VALUE, ours: VALUE });
    }
  });

  test.each([
    ['issuer', 'iss'],
    ['audience', 'aud'],
    ['subject', 'sub'],
    ['jwtid', 'jti'],
  ])('%s of no characters is compared', (option, claim) => {
    expect(verifyAnswers(token(`{"${claim}":"x"}`), key, { [option]: '' })).toStrictEqual({
      theirs: VALUE,
      ours: `JsonWebTokenError: jwt ${option} invalid. expected: `,
    });
    expect(verifyAnswers(token(`{"${claim}":""}`), key, { [option]: '' }).ours).toBe(VALUE);
    expect(verifyAnswers(token('{}'), key, { [option]: undefined })).toStrictEqual({
      theirs: VALUE,
      ours: VALUE,
    });
  });

  test.each([
    ['issuer', /x/, 'a string or array'],
    ['issuer', {}, 'a string or array'],
    ['audience', null, 'a string, RegExp or array'],
    ['subject', 0, 'a string'],
    ['jwtid', null, 'a string'],
  ])('%s of another type is refused: %s', (option, value, expected) => {
    expect(verifyAnswers(token('{}'), key, { [option]: value })).toStrictEqual({
      theirs: VALUE,
      ours: `JsonWebTokenError: "${option}" must be ${expected}`,
    });
  });

  test('a RegExp does not match an audience that is missing', () => {
    expect(verifyAnswers(token('{}'), key, { audience: /./ })).toStrictEqual({
      theirs: VALUE,
      ours: 'JsonWebTokenError: jwt audience invalid. expected: /./',
    });
  });

  test('a RegExp with the flag g matches each time', () => {
    const attempts = (library: Library) => {
      const audience = /api/g;
      return [1, 2].map(() =>
        complaint(verified(library, token('{"aud":"api"}'), key, { audience })),
      );
    };
    expect(attempts(theirs)).toStrictEqual([
      undefined,
      'JsonWebTokenError: jwt audience invalid. expected: /api/g',
    ]);
    expect(attempts(ours)).toStrictEqual([undefined, undefined]);
  });

  test('only text is an audience, and only text an issuer', () => {
    expect(verifyAnswers(token('{"aud":5}'), key, { audience: [5] })).toStrictEqual({
      theirs: VALUE,
      ours: 'JsonWebTokenError: jwt audience invalid. expected: 5',
    });
    expect(verifyAnswers(token('{"iss":5}'), key, { issuer: [5] })).toStrictEqual({
      theirs: VALUE,
      ours: 'JsonWebTokenError: jwt issuer invalid. expected: 5',
    });
  });

  test('times are finite', () => {
    expect(verifyAnswers(token('{"exp":1e400}'), key)).toStrictEqual({
      theirs: VALUE,
      ours: 'JsonWebTokenError: invalid exp value',
    });
    expect(verifyAnswers(token('{"nbf":-1e400}'), key)).toStrictEqual({
      theirs: VALUE,
      ours: 'JsonWebTokenError: invalid nbf value',
    });
    expect(verifyAnswers(token('{"iat":1e400}'), key, { maxAge: 60 })).toStrictEqual({
      theirs: VALUE,
      ours: 'JsonWebTokenError: iat required when maxAge is specified',
    });
  });

  test('iat 0 is a time', () => {
    const signed = (library: Library) =>
      library.decode(library.sign({ iat: 0 }, key, { expiresIn: 60 }));
    expect(signed(theirs)).toStrictEqual({ iat: NOW, exp: NOW + 60 });
    expect(signed(ours)).toStrictEqual({ iat: 0, exp: 60 });
    expect(verifyAnswers(token('{"iat":0}'), key, { maxAge: 60 })).toStrictEqual({
      theirs: VALUE,
      ours: 'TokenExpiredError: maxAge exceeded',
    });
  });

  test('an RSA key below 2048 bits verifies only where it is allowed', () => {
    const { privateKey, publicKey } = rsa(1024);
    const options = { algorithm: 'RS256', allowInsecureKeySizes: true };
    const signed = theirs.sign({}, privateKey, options);
    expect(verifyAnswers(signed, publicKey)).toStrictEqual({
      theirs: VALUE,
      ours: 'JsonWebTokenError: secretOrPublicKey has a minimum key size of 2048 bits for RS256',
    });
    const allowed = verifyAnswers(signed, publicKey, { allowInsecureKeySizes: true });
    expect(allowed).toStrictEqual({ theirs: VALUE, ours: VALUE });
  });

  test('an RSA key with the public exponent 1 verifies nothing', () => {
    const input = `${base64url('{"alg":"RS256"}')}.${base64url('{"admin":true}')}`;
    // EMSA-PKCS1-v1_5, RFC 8017 §9.2: raised to the power of 1 it is its own signature.
    const digest = Buffer.concat([
      Buffer.from('3031300d060960864801650304020105000420', 'hex'),
      createHash('sha256').update(input).digest(),
    ]);
    const padding = Buffer.alloc(256 - digest.length, 0xff);
    padding[0] = 0;
    padding[1] = 1;
    padding[padding.length - 1] = 0;
    const forged = `${input}.${base64url(Buffer.concat([padding, digest]))}`;
    expect(verifyAnswers(forged, keyOf('rsa, exponent 1').input)).toStrictEqual({
      theirs: VALUE,
      ours: 'JsonWebTokenError: secretOrPublicKey is not valid key material',
    });
  });

  test('a key is not looked for where the algorithm is not allowed', async () => {
    const asked = async (library: Library) => {
      let calls = 0;
      const lookUp = (_: unknown, found: (error: null, key: KeyObject) => void) => {
        calls++;
        found(null, key);
      };
      const error = await new Promise((resolve) => {
        library.verify(token('{}'), lookUp, { algorithms: ['RS256'] }, resolve);
      });
      return { calls, message: (error as Error).message };
    };
    expect(await asked(theirs)).toStrictEqual({ calls: 1, message: 'invalid algorithm' });
    expect(await asked(ours)).toStrictEqual({ calls: 0, message: 'invalid algorithm' });
  });

  test('a callback of verify may come after verify returned', async () => {
    const order = async (library: Library) => {
      const events: string[] = [];
      await new Promise<void>((resolve) => {
        library.verify(token('{}'), key, () => {
          events.push('callback');
          resolve();
        });
        events.push('returned');
      });
      return events;
    };
    expect(await order(theirs)).toStrictEqual(['callback', 'returned']);
    expect(await order(ours)).toStrictEqual(['returned', 'callback']);
  });

  test('an encrypted PEM without its passphrase is no secret', () => {
    const text = encryptedPem(rsa().privateKey);
    expect(signAnswers({}, text)).toStrictEqual({
      theirs: VALUE,
      ours: 'Error: secretOrPrivateKey is not valid key material',
    });
  });

  test.each([
    ['invalid UTF-8', token(Buffer.from([0xff]), '{"alg":"HS256"}')],
    ['a byte order mark', token('\ufeff{}', '{"alg":"HS256"}')],
    ['a member twice', token('{"exp":1,"exp":9999999999}')],
    ['a member twice, escaped', token('{"sub":"a","\\u0073ub":"b"}')],
    ['a member twice in the header', token('{}', '{"alg":"none","alg":"HS256"}')],
    ['deep nesting', token(`${'['.repeat(65)}${']'.repeat(65)}`, '{"alg":"HS256"}')],
    ['more than 64 KiB', token(JSON.stringify({ a: 'x'.repeat(50_000) }))],
  ])('a token with %s is refused', (_, text) => {
    expect(verifyAnswers(text, key)).toStrictEqual({ theirs: VALUE, ours: INVALID });
    expect(theirs.decode(text)).not.toBeNull();
    expect(ours.decode(text)).toBeNull();
  });

  test('a signature has one spelling', () => {
    const signed = String(theirs.sign({}, rsa().privateKey, { algorithm: 'RS256' }));
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const next = alphabet[alphabet.indexOf(signed.slice(-1)) + 1];
    expect(verifyAnswers(`${signed.slice(0, -1)}${next}`, rsa().publicKey)).toStrictEqual({
      theirs: VALUE,
      ours: INVALID,
    });
  });

  test('a header is UTF-8', () => {
    const keyid = 'ключ é';
    const kid = (library: Library, signed: unknown) =>
      Object(library.decode(signed, { complete: true })).header.kid;
    const [damaged, sound] = [theirs, ours].map((library) => library.sign({}, key, { keyid }));
    expect(kid(theirs, damaged)).not.toBe(keyid);
    expect(kid(ours, sound)).toBe(keyid);
    const latin1 = Buffer.from('{"alg":"HS256","kid":"é"}', 'latin1');
    expect(verifyAnswers(token('{}', latin1 as never), key)).toStrictEqual({
      theirs: VALUE,
      ours: INVALID,
    });
  });

  test('a header is a JSON object', () => {
    for (const header of ['true', '5', '"alg"', '["HS256"]']) {
      expect(verifyAnswers(token('{}', header), key)).toStrictEqual({
        theirs: 'JsonWebTokenError: invalid algorithm',
        ours: INVALID,
      });
    }
  });

  test('a payload that is not JSON is refused after the signature', () => {
    const text = token('text');
    const wrong = keyOf('other secret KeyObject').input;
    expect(verifyAnswers(text, key).theirs).toMatch(/^SyntaxError: /);
    expect(verifyAnswers(text, key).ours).toBe(INVALID);
    expect(verifyAnswers(text, wrong).theirs).toMatch(/^SyntaxError: /);
    expect(verifyAnswers(text, wrong).ours).toBe('JsonWebTokenError: invalid signature');
    expect(verifyAnswers(token('null'), key)).toStrictEqual({
      theirs: "TypeError: Cannot read properties of null (reading 'nbf')",
      ours: INVALID,
    });
  });

  test('an ECDSA signature of another length is a wrong signature', () => {
    const signed = String(theirs.sign({}, ec().privateKey, { algorithm: 'ES256' }));
    expect(verifyAnswers(`${signed}AAAA`, ec().publicKey)).toStrictEqual({
      theirs: 'TypeError: "ES256" signatures must be "64" bytes, saw "67"',
      ours: 'JsonWebTokenError: invalid signature',
    });
  });

  describe('a callback is told once', () => {
    const told = async (library: Library, ...args: unknown[]) => {
      const answered: string[] = [];
      const callback = (error: Error | null) => answered.push(error?.message ?? VALUE);
      const thrown = complaint(outcomeOf(() => library.sign(...args, callback)));
      await new Promise((resolve) => setTimeout(resolve, 5));
      return thrown ? [`thrown: ${thrown}`] : answered;
    };

    test('of a claim that stands in payload and options', async () => {
      const message = 'Bad "options.audience" option. The payload already has an "aud" property.';
      const args = [{ aud: 'a' }, key, { audience: 'b' }];
      expect(await told(theirs, ...args)).toStrictEqual([message, VALUE]);
      expect(await told(ours, ...args)).toStrictEqual([message]);
    });

    test('of an unsigned token and of payloads that are falsy', async () => {
      for (const args of [
        [{}, undefined, { algorithm: 'none' }],
        ['', key, {}],
        [0, key, {}],
        [false, key, {}],
      ]) {
        expect(await told(theirs, ...args)).toStrictEqual([]);
        expect(await told(ours, ...args)).toStrictEqual([VALUE]);
      }
    });

    test('of numbers and true', async () => {
      expect(await told(theirs, 5, key)).toStrictEqual([
        'thrown: TypeError: Unexpected data type (number)',
      ]);
      expect(await told(ours, 5, key)).toStrictEqual([VALUE]);
    });

    test('when a key function answers twice', async () => {
      const answered = async (library: Library) => {
        let calls = 0;
        const lookUp = (_: unknown, found: (error: null, key: KeyObject) => void) => {
          found(null, key);
          found(null, key);
        };
        library.verify(token('{}'), lookUp, () => {
          calls++;
        });
        await new Promise((resolve) => setTimeout(resolve, 5));
        return calls;
      };
      expect(await answered(theirs)).toBe(2);
      expect(await answered(ours)).toBe(1);
    });

    test('of options that crash 9.0.3', async () => {
      const args = [token('{}'), key, { algorithms: 5 }];
      expect(complaint(outcomeOf(() => theirs.verify(...args, () => undefined)))).toBe(
        'TypeError: options.algorithms.indexOf is not a function',
      );
      const error = await new Promise((resolve) => ours.verify(...args, resolve));
      expect(error).toBeInstanceOf(TypeError);
    });

    test('of an unsigned token without a key that claims to be signed', async () => {
      const unsigned = `${base64url('{"alg":"HS256"}')}.${base64url('{}')}.`;
      const args = [unsigned, undefined, { algorithms: ['HS256'] }];
      expect(complaint(outcomeOf(() => theirs.verify(...args, () => undefined)))).toBe(
        "TypeError: Cannot read properties of undefined (reading 'type')",
      );
      const error = await new Promise((resolve) => ours.verify(...args, resolve));
      expect(error).toMatchObject({ name: 'JsonWebTokenError' });
    });
  });

  test.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__'])(
    'a member named %s is a member like any other',
    (name) => {
      const payload = JSON.parse(`{"${name}":1}`);
      const crash = 'TypeError: validator.isValid is not a function';
      expect(signAnswers(payload, key)).toStrictEqual({ theirs: crash, ours: VALUE });
      const signed = String(ours.sign(payload, key, { noTimestamp: true }));
      expect(Buffer.from(signed.split('.')[1] ?? '', 'base64url').toString()).toBe(`{"${name}":1}`);
      expect(signAnswers({}, key, JSON.parse(`{"${name}":1}`))).toStrictEqual({
        theirs: crash,
        ours: `Error: "${name}" is not allowed in "options"`,
      });
    },
  );

  test('algorithms as text is one name', () => {
    const signed = token('{}');
    expect(verifyAnswers(signed, key, { algorithms: 'xHS256x' })).toStrictEqual({
      theirs: VALUE,
      ours: 'JsonWebTokenError: invalid algorithm',
    });
    expect(verifyAnswers(signed, key, { algorithms: 'HS256' })).toStrictEqual({
      theirs: VALUE,
      ours: VALUE,
    });
  });

  test('a header alone makes no unsigned token', () => {
    expect(signAnswers({}, key, { header: { alg: 'none' } })).toStrictEqual({
      theirs: VALUE,
      ours: 'Error: an unsigned token needs "algorithm": "none", not only "header.alg"',
    });
  });

  test('Ed25519, Ed448 and ES256K are supported', () => {
    for (const [algorithm, pair, refused] of [
      ['EdDSA', ed25519(), '"algorithm" must be a valid string enum value'],
      ['Ed25519', ed25519(), '"algorithm" must be a valid string enum value'],
      ['Ed448', ed448(), '"algorithm" must be a valid string enum value'],
      ['ES256K', ec('secp256k1'), '"algorithm" must be a valid string enum value'],
    ] as const) {
      expect(signAnswers({}, pair.privateKey, { algorithm })).toStrictEqual({
        theirs: `Error: ${refused}`,
        ours: VALUE,
      });
      const signed = ours.sign({}, pair.privateKey, { algorithm });
      expect(verifyAnswers(signed, pair.publicKey).theirs).not.toBe(VALUE);
      expect(verifyAnswers(signed, pair.publicKey).ours).toBe(VALUE);
    }
  });

  test('JWKs, CryptoKeys and the objects of private keys are supported', async () => {
    const { privateKey, publicKey } = ec();
    const signed = theirs.sign({}, privateKey, { algorithm: 'ES256' });
    const parameters = { name: 'ECDSA', namedCurve: 'P-256' };
    const jwk = publicKey.export({ format: 'jwk' });
    const cryptoKey = await crypto.subtle.importKey('jwk', jwk, parameters, true, ['verify']);
    const material = 'JsonWebTokenError: secretOrPublicKey is not valid key material';
    expect(verifyAnswers(signed, jwk)).toStrictEqual({ theirs: material, ours: VALUE });
    expect(verifyAnswers(signed, cryptoKey)).toStrictEqual({ theirs: material, ours: VALUE });
    expect(verifyAnswers(signed, privateKey)).toStrictEqual({
      theirs: 'JsonWebTokenError: secretOrPublicKey must be an asymmetric key when using ES256',
      ours: VALUE,
    });
  });

  test('a promise given as a key is a TypeError', () => {
    const promised = Promise.resolve(key);
    expect(verifyAnswers(token('{}'), promised)).toStrictEqual({
      theirs: 'JsonWebTokenError: secretOrPublicKey is not valid key material',
      ours: 'TypeError: secretOrPublicKey is a promise: await it first',
    });
    expect(signAnswers({}, promised)).toStrictEqual({
      theirs: 'Error: secretOrPrivateKey is not valid key material',
      ours: 'TypeError: secretOrPrivateKey is a promise: await it first',
    });
  });

  test('every error has a code that JSON.stringify does not show', () => {
    const call = (library: Library) => library.verify(token('{"exp":1}'), key);
    const [theirError, ourError] = [theirs, ours].map((library) => {
      try {
        return call(library);
      } catch (error) {
        return error;
      }
    });
    expect(theirError).not.toHaveProperty('code');
    expect(ourError).toHaveProperty('code', 'ERR_CLAIM_EXPIRED');
    expect(JSON.stringify(ourError)).toBe(JSON.stringify(theirError));
  });

  test('__proto__ in a token is there, and out of reach of a copy', () => {
    const text = token('{"__proto__":{"admin":true}}');
    const found = ours.verify(text, key);
    expect(Object.keys(theirs.verify(text, key) as object)).toStrictEqual(['__proto__']);
    expect(Object.keys(found as object)).toStrictEqual([]);
    expect(Object.hasOwn(found as object, '__proto__')).toBe(true);
    expect(Object.assign({}, found)).not.toHaveProperty('admin');
  });
});

describe('quirks of 9.0.3 that this library does not have', () => {
  freezeTime();

  test('decode answers null where 9.0.3 throws a SyntaxError', () => {
    const decoded = answers((library) => library.decode(token('text')));
    expect(decoded.theirs).toMatch(/^SyntaxError: /);
    expect(ours.decode(token('text'))).toBeNull();
    expect(() => theirs.decode(token('text', '{"alg":"HS256"}'), { json: true })).toThrow(
      SyntaxError,
    );
    expect(ours.decode(token('text', '{"alg":"HS256"}'), { json: true })).toBeNull();
  });

  test('decode reads text only, and takes no reviver', () => {
    const text = token('{"sub":"ada"}');
    expect(theirs.decode(Buffer.from(text))).toStrictEqual({ sub: 'ada' });
    expect(ours.decode(Buffer.from(text))).toBeNull();
    const encoding = (_: string, value: unknown) => (value === 'ada' ? 'eve' : value);
    expect(theirs.decode(text, { encoding })).toStrictEqual({ sub: 'eve' });
    expect(ours.decode(text, { encoding })).toStrictEqual({ sub: 'ada' });
  });

  test('JSON text in JSON text is not parsed twice', () => {
    const text = token('"{\\"sub\\":\\"ada\\"}"');
    expect(theirs.verify(text, key)).toStrictEqual({ sub: 'ada' });
    expect(ours.verify(text, key)).toBe('{"sub":"ada"}');
  });

  test('objects around text, numbers and booleans are of the wrong type', () => {
    expect(signAnswers({}, key, { subject: new String('ada') })).toStrictEqual({
      theirs: VALUE,
      ours: 'Error: "subject" must be a string',
    });
    expect(signAnswers({ exp: new Number(5) }, key)).toStrictEqual({
      theirs: VALUE,
      ours: 'Error: "exp" should be a number of seconds',
    });
  });

  test('Symbol.toStringTag does not make a payload of another kind', () => {
    expect(signAnswers({ [Symbol.toStringTag]: 'Claims' }, key)).toStrictEqual({
      theirs: 'Error: Expected "payload" to be a plain object.',
      ours: VALUE,
    });
  });

  test('an algorithm that is not known is refused for its name', () => {
    expect(signAnswers({}, key, { algorithm: 'RS999' })).toStrictEqual({
      theirs: 'Error: secretOrPrivateKey must be an asymmetric key when using RS999',
      ours: 'Error: "algorithm" must be a valid string enum value',
    });
    expect(signAnswers({}, key, { algorithm: 5 })).toStrictEqual({
      theirs: 'TypeError: header.alg.startsWith is not a function',
      ours: 'Error: "algorithm" must be a valid string enum value',
    });
  });

  test('algorithms that are no list are a TypeError that says so', () => {
    expect(verifyAnswers(token('{}'), key, { algorithms: {} })).toStrictEqual({
      theirs: 'TypeError: options.algorithms.indexOf is not a function',
      ours: 'TypeError: "algorithms" must be an array, got an object',
    });
  });

  test('a key function that throws is told to the callback', async () => {
    const lookUp = () => {
      throw new Error('no network');
    };
    const thrown = answers((library) => {
      const returned = library.verify(token('{}'), lookUp, () => undefined);
      return returned;
    });
    expect(thrown).toStrictEqual({ theirs: 'Error: no network', ours: VALUE });
    const error = await new Promise((resolve) => ours.verify(token('{}'), lookUp, resolve));
    expect(error).toMatchObject({
      name: 'JsonWebTokenError',
      message: 'error in secret or public key callback: no network',
    });
  });

  test('a callback that is no function is not called', () => {
    expect(answers((library) => library.verify(token('{}'), key, {}, 'later'))).toStrictEqual({
      theirs: 'TypeError: done is not a function',
      ours: VALUE,
    });
    expect(signAnswers(null, key, {}, 'later')).toStrictEqual({
      theirs: 'TypeError: callback is not a function',
      ours: 'Error: Expected "payload" to be a plain object.',
    });
  });

  test('an RSA-PSS key makes no RS256, even where its type is not held against it', () => {
    const { privateKey, publicKey } = rsaPss(256);
    const lifted = { allowInvalidAsymmetricKeyTypes: true };
    const signed = theirs.sign({}, privateKey, { ...lifted, algorithm: 'RS256' });
    expect(verifyAnswers(signed, publicKey, lifted)).toStrictEqual({
      theirs: VALUE,
      ours: 'JsonWebTokenError: invalid signature',
    });
  });
});

describe('what stays as it is in 9.0.3, although other doors refuse it', () => {
  freezeTime();
  const both = (call: (library: Library) => unknown) => {
    const answer = call(theirs);
    expect(call(ours)).toStrictEqual(answer);
    return answer;
  };

  test('an unsigned token where the list says none and there is no key', () => {
    const unsigned = theirs.sign({ sub: 'ada' }, undefined, {
      algorithm: 'none',
      noTimestamp: true,
    });
    const options = { algorithms: ['HS256', 'none'] };
    expect(both((library) => library.verify(unsigned, undefined, options))).toStrictEqual({
      sub: 'ada',
    });
    const refused = 'JsonWebTokenError: jwt signature is required';
    expect(verifyAnswers(unsigned, key, options)).toStrictEqual({ theirs: refused, ours: refused });
  });

  test('a payload of text where typ is not JWT', () => {
    expect(both((library) => library.verify(library.sign('text', key), key))).toBe('text');
    expect(both((library) => library.verify(token('[1]', '{"alg":"HS256"}'), key))).toStrictEqual([
      1,
    ]);
  });

  test('iat of any type without maxAge', () => {
    const text = token('{"iat":"yesterday"}');
    expect(both((library) => library.verify(text, key))).toStrictEqual({ iat: 'yesterday' });
  });

  test('a key of another curve where the caller lifted the rule', () => {
    const { privateKey, publicKey } = ec('secp256k1');
    const lifted = { allowInvalidAsymmetricKeyTypes: true };
    for (const signer of [theirs, ours]) {
      const signed = signer.sign({ sub: 'ada' }, privateKey, { ...lifted, algorithm: 'ES256' });
      const verifiedBy = both((library) => library.verify(signed, publicKey, lifted));
      expect(verifiedBy).toMatchObject({ sub: 'ada' });
    }
  });

  test('a timespan without a unit is milliseconds', () => {
    const expected = { iat: NOW, exp: NOW + 60 };
    expect(
      both((library) => library.decode(library.sign({}, key, { expiresIn: '60000' }))),
    ).toStrictEqual(expected);
  });

  test('a short secret signs', () => {
    expect(both((library) => library.sign({ iat: 1 }, 'short'))).toMatch(/^eyJ/);
  });
});
