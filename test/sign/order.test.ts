/** The order in which sign finds errors: that of jsonwebtoken. */

import { describe, expect, test } from 'vitest';
import { sign } from '../../src/index.ts';
import { ec, rsa, secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';

interface Call {
  payload?: Record<string, unknown>;
  key?: unknown;
  options?: Record<string, unknown>;
}

/** A call with every error at once. */
const broken: Call = {
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
};

const TIMESPAN =
  'should be a number of seconds or string representing a timespan eg: "1d", "20h", 60';
const duplicate = (option: string, claim: string, separator = 'option. The') =>
  `Bad "options.${option}" ${separator} payload already has an "${claim}" property.`;

/** Each error, and what corrects it so that the next one shows; undefined removes a member. */
const steps: Array<[message: string, correction: Call]> = [
  ['secretOrPrivateKey must have a value', { key: 123 }],
  ['secretOrPrivateKey is not valid key material', { key: secret }],
  ['secretOrPrivateKey must be an asymmetric key when using RS256', { key: rsa(1024).privateKey }],
  ['secretOrPrivateKey has a minimum key size of 2048 bits for RS256', { key: ec().privateKey }],
  ['"exp" should be a number of seconds', { payload: { exp: 9 } }],
  [duplicate('expiresIn', 'exp', 'option the'), { payload: { exp: undefined } }],
  [duplicate('notBefore', 'nbf', 'option the'), { payload: { nbf: undefined } }],
  ['"noTimestamp" must be a boolean', { options: { noTimestamp: undefined } }],
  [
    '"alg" parameter for "ec" key type must be one of: ES256, ES384, ES512.',
    { options: { algorithm: 'ES256' } },
  ],
  [`"notBefore" ${TIMESPAN}`, { options: { notBefore: '1s' } }],
  [`"expiresIn" ${TIMESPAN}`, { options: { expiresIn: '1h' } }],
  [duplicate('audience', 'aud'), { payload: { aud: undefined } }],
  [duplicate('issuer', 'iss'), { payload: { iss: undefined } }],
  [duplicate('subject', 'sub'), { payload: { sub: undefined } }],
  [duplicate('jwtid', 'jti'), { payload: { jti: undefined } }],
];

function corrected(count: number): Call {
  const call: Call = { payload: { ...broken.payload }, options: { ...broken.options } };
  for (const [, { payload, options, ...rest }] of steps.slice(0, count)) {
    Object.assign(call, rest);
    Object.assign(call.payload ?? {}, payload);
    Object.assign(call.options ?? {}, options);
  }
  for (const members of [call.payload ?? {}, call.options ?? {}]) {
    for (const name of Object.keys(members)) {
      if (members[name] === undefined) delete members[name];
    }
  }
  return call;
}

const run = ({ payload = {}, key, options = {} }: Call) => sign(payload, key as never, options);

describe('reports, once the errors before it are corrected', () => {
  for (const [index, [message]] of steps.entries()) {
    test(message.slice(0, 80), () => {
      const error = errorOf(() => run(corrected(index)));
      expect(error.message).toBe(message);
      expect(error.constructor).toBe(Error);
    });
  }
});

test('signs once all errors are corrected', () => {
  expect(run(corrected(steps.length))).toMatch(/^[\w-]+\.[\w-]+\.[\w-]{86}$/);
});

test('reports an unknown alg of the header after every error of the options', () => {
  const header = { alg: 'foo' };
  const messageOf = (options: object) =>
    errorOf(() => sign({ sub: 'a' }, secret, { header, ...options })).message;
  expect(messageOf({ noTimestamp: 1 })).toBe('"noTimestamp" must be a boolean');
  expect(messageOf({ expiresIn: 'soon' })).toBe(`"expiresIn" ${TIMESPAN}`);
  expect(messageOf({ subject: 'b' })).toBe(duplicate('subject', 'sub'));
  expect(messageOf({})).toMatch('"foo" is not a valid algorithm.');
});

test.each<[payload: unknown, message: string]>([
  [undefined, 'payload is required'],
  [null, 'Expected "payload" to be a plain object.'],
  ['text', 'invalid audience option for string payload'],
  [{}, '"audience" must be a string or array'],
])('reports a wrong payload of %j before a wrong option', (payload, message) => {
  expect(errorOf(() => sign(payload as never, secret, { audience: 5 } as never)).message).toBe(
    message,
  );
});
