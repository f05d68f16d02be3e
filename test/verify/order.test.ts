import { describe, expect, test } from 'vitest';
import { JsonWebTokenError, verify, verifyAsync } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { called, errorFields, errorOf, rejectionOf } from '../fixtures/outcome.ts';
import { NOW, tokenOf, unsigned } from '../fixtures/tokens.ts';

interface Call {
  /** Stands until the token is signed with something. */
  token?: unknown;
  signedWith?: Buffer | string;
  claims: Record<string, unknown>;
  key?: unknown;
  options: Record<string, unknown>;
}

/** Every fault at once. */
const faulty = (): Call => ({
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
});

/** What is found, and what mends it so that the next fault shows. */
const steps: Array<[finding: string, message: string, mend: (call: Call) => void]> = [
  [
    'clockTimestamp',
    'clockTimestamp must be a number',
    (call) => {
      call.options['clockTimestamp'] = NOW;
    },
  ],
  [
    'nonce',
    'nonce must be a non-empty string',
    (call) => {
      call.options['nonce'] = 'once';
    },
  ],
  [
    'allowInvalidAsymmetricKeyTypes',
    'allowInvalidAsymmetricKeyTypes must be a boolean',
    (call) => {
      call.options['allowInvalidAsymmetricKeyTypes'] = false;
    },
  ],
  [
    'that a token is there',
    'jwt must be provided',
    (call) => {
      call.token = Buffer.from('a');
    },
  ],
  [
    'that it is text',
    'jwt must be a string',
    (call) => {
      call.token = 'a.b';
    },
  ],
  [
    'its three parts',
    'jwt malformed',
    (call) => {
      call.token = 'a.b.c!';
    },
  ],
  [
    'their alphabet and the header',
    'invalid token',
    (call) => {
      call.signedWith = 'another secret';
    },
  ],
  [
    'that a key is there',
    'secret or public key must be provided',
    (call) => {
      call.key = 123;
    },
  ],
  [
    'that the key can be read',
    'secretOrPublicKey is not valid key material',
    (call) => {
      call.key = secret;
    },
  ],
  [
    'the algorithm',
    'invalid algorithm',
    (call) => {
      call.options['algorithms'] = ['RS256', 'HS256'];
    },
  ],
  [
    'the signature',
    'invalid signature',
    (call) => {
      call.signedWith = secret;
    },
  ],
  [
    'nbf',
    'jwt not active',
    (call) => {
      call.claims['nbf'] = NOW;
    },
  ],
  [
    'exp',
    'jwt expired',
    (call) => {
      call.claims['exp'] = NOW + 1;
    },
  ],
  [
    'aud',
    'jwt audience invalid. expected: api or /^web/',
    (call) => {
      call.claims['aud'] = ['website'];
    },
  ],
  [
    'iss',
    'jwt issuer invalid. expected: a,b',
    (call) => {
      call.claims['iss'] = 'b';
    },
  ],
  [
    'sub',
    'jwt subject invalid. expected: ada',
    (call) => {
      call.claims['sub'] = 'ada';
    },
  ],
  [
    'jti',
    'jwt jwtid invalid. expected: one',
    (call) => {
      call.claims['jti'] = 'one';
    },
  ],
  [
    'nonce',
    'jwt nonce invalid. expected: once',
    (call) => {
      call.claims['nonce'] = 'once';
    },
  ],
  [
    'that iat is there',
    'iat required when maxAge is specified',
    (call) => {
      call.claims['iat'] = NOW - 60;
    },
  ],
  [
    'that maxAge is a timespan',
    '"maxAge" should be a number of seconds or string representing a timespan eg: "1d", "20h", 60',
    (call) => {
      call.options['maxAge'] = '1m';
    },
  ],
  [
    'the age',
    'maxAge exceeded',
    (call) => {
      call.options['maxAge'] = 61;
    },
  ],
];

/** The arguments of the call after so many mendings. */
function mended(count: number): [token: never, key: never, options: object] {
  const call = faulty();
  for (const [, , mend] of steps.slice(0, count)) mend(call);
  const { token, signedWith, claims, key, options } = call;
  return [(signedWith ? tokenOf(claims, {}, signedWith) : token) as never, key as never, options];
}

describe('verify finds faults in this order, in every way to call it', () => {
  test.each(steps.map(([finding, message], index) => [index + 1, finding, message] as const))(
    '%d. %s',
    async (number, _, message) => {
      const args = mended(number - 1);
      const error = errorOf(() => verify(...args));
      expect(error.message).toBe(message);
      expect(error).toBeInstanceOf(JsonWebTokenError);

      const calledBack = await rejectionOf(called((done) => verify(...args, done)));
      expect(errorFields(calledBack)).toEqual(errorFields(error));
      expect(errorFields(await rejectionOf(verifyAsync(...args)))).toEqual(errorFields(error));
    },
  );

  test('and answers when the last of them is mended', () => {
    expect(verify(...mended(steps.length))).toMatchObject({ sub: 'ada' });
  });
});

describe('a token without a signature is refused in this order', () => {
  const token = unsigned({ sub: 'ada' });
  test.each<[message: string, key: unknown, options: object]>([
    ['jwt signature is required', secret, {}],
    ['jwt signature is required', secret, { algorithms: ['none'] }],
    ['jwt signature is required', 123, { algorithms: ['none'] }],
    ['please specify "none" in "algorithms" to verify unsigned tokens', undefined, {}],
    ['please specify "none" in "algorithms" to verify unsigned tokens', '', {}],
    ['invalid algorithm', undefined, { algorithms: ['HS256'] }],
    ['invalid algorithm', null, { algorithms: [] }],
  ])('%s', (message, key, options) => {
    const error = errorOf(() => verify(token, key as never, options));
    expect(error).toBeInstanceOf(JsonWebTokenError);
    expect(error.message).toBe(message);
  });
});
