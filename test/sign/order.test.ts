import { describe, expect, test } from 'vitest';
import { sign } from '../../src/index.ts';
import { ec, rsa, secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';

interface Call {
  payload: Record<string, unknown>;
  key?: unknown;
  options: Record<string, unknown>;
}

/** Every fault at once. */
const faulty = (): Call => ({
  payload: { exp: 'soon', nbf: 5, aud: 'a', iss: 'b', sub: 'c', jti: 'd' },
  options: {
    algorithm: 'RS256',
    expiresIn: 'soon',
    notBefore: 'later',
    audience: 'a',
    issuer: 'b',
    subject: 'c',
    jwtid: 'd',
    noTimestamp: 'yes',
  },
});

/** What is found, and what mends it so that the next fault shows. */
const steps: Array<[finding: string, message: string, mend: (call: Call) => void]> = [
  [
    'the key is there',
    'secretOrPrivateKey must have a value',
    (call) => {
      call.key = 123;
    },
  ],
  [
    'the key can be read',
    'secretOrPrivateKey is not valid key material',
    (call) => {
      call.key = secret;
    },
  ],
  [
    'its kind fits the algorithm',
    'secretOrPrivateKey must be an asymmetric key when using RS256',
    (call) => {
      call.key = rsa(1024).privateKey;
    },
  ],
  [
    'its size is large enough',
    'secretOrPrivateKey has a minimum key size of 2048 bits for RS256',
    (call) => {
      call.key = ec().privateKey;
    },
  ],
  [
    'times in the payload are numbers',
    '"exp" should be a number of seconds',
    (call) => {
      call.payload['exp'] = 9;
    },
  ],
  [
    'exp stands in one place',
    'Bad "options.expiresIn" option the payload already has an "exp" property.',
    (call) => {
      delete call.payload['exp'];
    },
  ],
  [
    'nbf stands in one place',
    'Bad "options.notBefore" option the payload already has an "nbf" property.',
    (call) => {
      delete call.payload['nbf'];
    },
  ],
  [
    'options are of their types',
    '"noTimestamp" must be a boolean',
    (call) => {
      delete call.options['noTimestamp'];
    },
  ],
  [
    'the type of the key fits the algorithm',
    '"alg" parameter for "ec" key type must be one of: ES256, ES384, ES512.',
    (call) => {
      call.options['algorithm'] = 'ES256';
    },
  ],
  [
    'notBefore is a timespan',
    '"notBefore" should be a number of seconds or string representing a timespan eg: "1d", "20h", 60',
    (call) => {
      call.options['notBefore'] = '1s';
    },
  ],
  [
    'expiresIn is a timespan',
    '"expiresIn" should be a number of seconds or string representing a timespan eg: "1d", "20h", 60',
    (call) => {
      call.options['expiresIn'] = '1h';
    },
  ],
  [
    'aud stands in one place',
    'Bad "options.audience" option. The payload already has an "aud" property.',
    (call) => {
      delete call.payload['aud'];
    },
  ],
  [
    'iss stands in one place',
    'Bad "options.issuer" option. The payload already has an "iss" property.',
    (call) => {
      delete call.payload['iss'];
    },
  ],
  [
    'sub stands in one place',
    'Bad "options.subject" option. The payload already has an "sub" property.',
    (call) => {
      delete call.payload['sub'];
    },
  ],
  [
    'jti stands in one place',
    'Bad "options.jwtid" option. The payload already has an "jti" property.',
    (call) => {
      delete call.payload['jti'];
    },
  ],
];

const mended = (count: number): Call => {
  const call = faulty();
  for (const [, , mend] of steps.slice(0, count)) mend(call);
  return call;
};

const run = ({ payload, key, options }: Call) => sign(payload, key as never, options as never);

describe('sign finds faults in this order', () => {
  test.each(steps.map(([finding, message], index) => [index + 1, finding, message] as const))(
    '%d. %s',
    (number, _, message) => {
      const error = errorOf(() => run(mended(number - 1)));
      expect(error.message).toBe(message);
      expect(error.constructor).toBe(Error);
    },
  );

  test('and signs when the last of them is mended', () => {
    expect(run(mended(steps.length))).toMatch(/^[\w-]+\.[\w-]+\.[\w-]{86}$/);
  });
});

test('a header that names an unknown algorithm is found after every fault of the options', () => {
  const header = { alg: 'foo' };
  const fault = (options: object) => errorOf(() => sign({ sub: 'a' }, secret, options)).message;
  expect(fault({ header, noTimestamp: 1 })).toBe('"noTimestamp" must be a boolean');
  expect(fault({ header, expiresIn: 'soon' })).toMatch('"expiresIn" should be');
  expect(fault({ header, subject: 'b' })).toMatch('Bad "options.subject" option.');
  expect(fault({ header })).toMatch('"foo" is not a valid algorithm.');
});

test('a payload is missed before options that it forbids', () => {
  const fault = (payload: unknown) => {
    return errorOf(() => sign(payload as never, secret, { audience: 5 } as never)).message;
  };
  expect(fault(undefined)).toBe('payload is required');
  expect(fault(null)).toBe('Expected "payload" to be a plain object.');
  expect(fault('text')).toBe('invalid audience option for string payload');
  expect(fault({})).toBe('"audience" must be a string or array');
});
