/** Tests of the order in which `verify` checks its arguments, the token and the claims. */

import { describe, expect, it, test, vi } from 'vitest';
import { createVerifier, JsonWebTokenError, verify, verifyAsync } from '../../src/index.ts';
import { rsa, secret } from '../fixtures/keys.ts';
import { called, errorFields, errorOf, rejectionOf } from '../fixtures/outcome.ts';
import { forge, NOW, tokenOf, unsigned } from '../fixtures/tokens.ts';

interface Call {
  /** Is passed until the token is signed. */
  token?: unknown;
  signedWith?: Buffer | string;
  claims?: Record<string, unknown>;
  key?: unknown;
  options?: Record<string, unknown>;
}

/** A call with every error at once. */
const start: Call = {
  claims: {
    nbf: NOW + 100,
    exp: NOW - 100,
    aud: 'other',
    iss: 'other',
    sub: 'other',
    jti: 'other',
    nonce: 'other',
  },
  options: {
    clockTimestamp: 'now',
    nonce: ' ',
    allowInvalidAsymmetricKeyTypes: 'yes',
    algorithms: ['RS256'],
    audience: ['api', /^web/],
    issuer: ['a', 'b'],
    subject: 'ada',
    jwtid: 'one',
    maxAge: 'soon',
  },
};

/** Each error, and the change that corrects it, so that the next error shows. */
const steps: Array<[message: string, change: Call]> = [
  ['clockTimestamp must be a number', { options: { clockTimestamp: NOW } }],
  ['nonce must be a non-empty string', { options: { nonce: 'once' } }],
  [
    'allowInvalidAsymmetricKeyTypes must be a boolean',
    { options: { allowInvalidAsymmetricKeyTypes: false } },
  ],
  ['jwt must be provided', { token: Buffer.from('a') }],
  ['jwt must be a string', { token: 'a.b' }],
  ['jwt malformed', { token: 'a.b.c!' }],
  ['invalid token', { signedWith: 'another secret' }],
  ['secret or public key must be provided', { key: 123 }],
  ['secretOrPublicKey is not valid key material', { key: secret }],
  ['invalid algorithm', { options: { algorithms: ['RS256', 'HS256'] } }],
  ['invalid signature', { signedWith: secret }],
  ['jwt not active', { claims: { nbf: NOW } }],
  ['jwt expired', { claims: { exp: NOW + 1 } }],
  ['jwt audience invalid. expected: api or /^web/', { claims: { aud: ['website'] } }],
  ['jwt issuer invalid. expected: a,b', { claims: { iss: 'b' } }],
  ['jwt subject invalid. expected: ada', { claims: { sub: 'ada' } }],
  ['jwt jwtid invalid. expected: one', { claims: { jti: 'one' } }],
  ['jwt nonce invalid. expected: once', { claims: { nonce: 'once' } }],
  ['iat required when maxAge is specified', { claims: { iat: NOW - 60 } }],
  [
    '"maxAge" should be a number of seconds or string representing a timespan eg: "1d", "20h", 60',
    { options: { maxAge: '1m' } },
  ],
  ['maxAge exceeded', { options: { maxAge: 61 } }],
];

/** The arguments of the call after the first `count` changes. */
function argumentsAfter(count: number): [token: never, key: never, options: object] {
  const changes = [start, ...steps.slice(0, count).map(([, change]) => change)];
  const { token, signedWith, key } = Object.assign({}, ...changes) as Call;
  const claims = Object.assign({}, ...changes.map((change) => change.claims));
  const options = Object.assign({}, ...changes.map((change) => change.options));
  return [(signedWith ? tokenOf(claims, {}, signedWith) : token) as never, key as never, options];
}

const rejecting = {
  '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'no' }] }) },
} as const;

/** The token with signatures that are not base64url: other characters, and loose bits at the end. */
function misspelt(token: string): string[] {
  // A MAC of 32 bytes ends on one of 16 characters; the next one has loose bits.
  const loose = String.fromCharCode(token.charCodeAt(token.length - 1) + 1);
  const cut = token.slice(0, -1);
  return [`${token}!`, `${token}=`, `${token} `, `${cut}+`, `${cut}\u0141`, cut + loose];
}

describe('verify reports, in this order,', () => {
  test.each(steps.map(([message], index) => [message.slice(0, 60), message, index] as const))(
    '%s',
    async (_, message, index) => {
      const args = argumentsAfter(index);
      const error = errorOf(() => verify(...args));
      expect(error.message).toBe(message);
      expect(error).toBeInstanceOf(JsonWebTokenError);
      for (const call of [called((done) => verify(...args, done)), verifyAsync(...args)]) {
        expect(errorFields(await rejectionOf(call))).toEqual(errorFields(error));
      }
    },
  );

  test('and accepts the token at last', () => {
    expect(verify(...argumentsAfter(steps.length))).toMatchObject({ sub: 'ada' });
  });
});

describe('a signature that is not base64url is reported before', () => {
  const signedFrom = steps.findIndex(([, { signedWith }]) => signedWith !== undefined) + 1;
  const rest = steps.slice(signedFrom).map(([message], i) => [message, signedFrom + i] as const);

  it.each(rest)('"%s"', async (_, index) => {
    const [token, key, options] = argumentsAfter(index);
    for (const text of misspelt(token)) {
      for (const error of [
        errorOf(() => verify(text, key, options)),
        await rejectionOf(called((done) => verify(text, key, options, done))),
        await rejectionOf(verifyAsync(text, key, options)),
      ]) {
        expect(error).toMatchObject({
          constructor: JsonWebTokenError,
          code: 'ERR_TOKEN_MALFORMED',
        });
      }
    }
  });

  const expired = { exp: 1 };
  it.each<[fault: string, token: string, options?: object]>([
    ['an alg that is not allowed', tokenOf({}, { alg: 'HS512' })],
    ['an alg that does not exist', tokenOf({}, { alg: 'foo' })],
    ['another typ', tokenOf({}), { typ: 'at+jwt' }],
    ['crit', tokenOf({}, { crit: ['x'] })],
    ['a kid that is no string', tokenOf({}, { kid: 1 })],
    ['a header that is not JSON', forge('{', {})],
    ['duplicate members of the header', forge('{"alg":"HS256","alg":"HS256"}', {})],
    ['another key', tokenOf({}, {}, 'another secret')],
    ['a payload that is not JSON', tokenOf('text')],
    ['duplicate members of the payload', tokenOf('{"a":1,"a":1}')],
    ['an expired token', tokenOf(expired)],
    ['a schema that rejects', tokenOf({}), { schema: rejecting }],
  ])('%s, and no key source is called', async (_, token, options = {}) => {
    const source = vi.fn(() => secret);
    for (const text of misspelt(token)) {
      const malformed = { constructor: JsonWebTokenError, code: 'ERR_TOKEN_MALFORMED' };
      for (const verify of [createVerifier(secret, options), createVerifier(source, options)]) {
        expect(errorOf(() => verify(text))).toMatchObject(malformed);
        expect(verify.result(text)).toMatchObject({ ok: false, code: malformed.code });
      }
      const calls = [
        createVerifier(source, { ...options, async: true })(text),
        verifyAsync(text, source, options),
        called((done) => verify(text, source as never, options, done)),
      ];
      for (const call of calls) expect(await rejectionOf(call)).toMatchObject(malformed);
    }
    expect(source).not.toHaveBeenCalled();
  });
});

const specifyNone = 'please specify "none" in "algorithms" to verify unsigned tokens';

test.each<[message: string, key: unknown, options: object]>([
  ['jwt signature is required', secret, {}],
  ['jwt signature is required', secret, { algorithms: ['none', 'HS256'] }],
  ['jwt signature is required', rsa().publicKey, { algorithms: ['none'] }],
  ['jwt signature is required', 123, { algorithms: ['none'] }],
  [specifyNone, undefined, {}],
  [specifyNone, '', {}],
  ['invalid algorithm', undefined, { algorithms: ['HS256'] }],
  ['invalid algorithm', null, { algorithms: [] }],
])('rejects an unsigned token with "%s"', (message, key, options) => {
  const error = errorOf(() => verify(unsigned({ sub: 'ada' }), key as never, options));
  expect(error).toMatchObject({ constructor: JsonWebTokenError, message });
});

describe('a misspelt signature', () => {
  const misspelt = `${tokenOf({ sub: 'ada' }, {}, secret).split('.', 2).join('.')}.c!`;

  test.each([
    ['no key', undefined],
    ['a wrong key', 123],
    ['a key of another type', rsa().publicKey],
    ['the key', secret],
  ])('is reported before %s', (_, key) => {
    const run = () => verify(misspelt, key as never, { algorithms: ['HS256'] });
    expect(errorOf(run)).toMatchObject({ message: 'invalid token', code: 'ERR_TOKEN_MALFORMED' });
  });
});
