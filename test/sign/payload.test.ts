import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { sign, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { partOf, payloadOf } from '../fixtures/tokens.ts';

const signs = (payload: unknown, options: object = {}) => sign(payload as never, secret, options);

describe('the payload of sign', () => {
  test.each<[name: string, payload: unknown, message?: string]>([
    ['undefined', undefined, 'payload is required'],
    ['null', null],
    ['an array', []],
    ['a Date', new Date(0)],
    ['an instance of a class', new (class Claims {})()],
    ['a Map', new Map()],
    ['a Uint8Array', new Uint8Array(1)],
    ['a String object', Object('text')],
  ])('must be a plain object, not %s', (_, payload, message) => {
    const error = errorOf(() => signs(payload));
    expect(error.constructor).toBe(Error);
    expect(error.message).toBe(message ?? 'Expected "payload" to be a plain object.');
    expect(error.code).toBe('ERR_PAYLOAD_INVALID');
  });

  test('can have no prototype, or that of another realm', () => {
    const bare = Object.assign(Object.create(null), { iat: 1 });
    for (const payload of [bare, runInNewContext('({ iat: 1 })')]) {
      expect(payloadOf(signs(payload))).toEqual({ iat: 1 });
    }
  });

  test('can have claims of any type and name', () => {
    const claims = { iat: 1, sub: 5, aud: { a: 1 }, constructor: 'x', toString: 'y' };
    expect(payloadOf(signs(claims))).toEqual(claims);
  });

  test('is not changed, and can be frozen', () => {
    const payload = Object.freeze({ z: 1 });
    expect(payloadOf(signs(payload, { audience: 'a' }))).toMatchObject({ z: 1, aud: 'a' });
  });

  test('receives the claims with mutatePayload', () => {
    const payload = { iat: 10, z: 1 };
    const token = signs(payload, {
      expiresIn: 5,
      notBefore: 1,
      audience: 'a',
      issuer: 'i',
      subject: 's',
      jwtid: 'j',
      mutatePayload: true,
    });
    const written = { nbf: 11, exp: 15, aud: 'a', iss: 'i', sub: 's', jti: 'j' };
    expect(payload).toEqual({ iat: 10, z: 1, ...written });
    expect(payloadOf(token)).toEqual(payload);
  });

  test('loses iat with mutatePayload and noTimestamp', () => {
    const payload = { iat: 10 };
    signs(payload, { noTimestamp: true, mutatePayload: true });
    expect(payload).toEqual({});
  });
});

describe.each(['iat', 'exp', 'nbf'])('"%s" of the payload', (claim) => {
  test.each([undefined, null, '1', true, {}, [], new Date(0)])('must not be %j', (value) => {
    const error = errorOf(() => signs({ [claim]: value }));
    expect(error.constructor).toBe(Error);
    expect(error.message).toBe(`"${claim}" should be a number of seconds`);
    expect(error.code).toBe('ERR_CLAIM_INVALID');
  });

  test.each([0, -1, 1.5, 1e10])('can be %d', (value) => {
    expect(payloadOf(signs({ iat: 1, [claim]: value }))).toMatchObject({ [claim]: value });
  });

  test('is null in the token if it is infinite', () => {
    expect(partOf(signs({ iat: 1, [claim]: Infinity }), 1)).toContain(`"${claim}":null`);
  });
});

test('reports the first wrong time in the order of the payload', () => {
  expect(() => signs({ nbf: 'a', iat: 'b', exp: 'c' })).toThrow('"nbf" should be');
  expect(() => signs({ exp: 'c', nbf: 'a', iat: 'b' })).toThrow('"exp" should be');
});

test.each<[option: string, claim: string, value: unknown, message: string]>([
  ['audience', 'aud', 'a', 'option. The payload'],
  ['issuer', 'iss', 'a', 'option. The payload'],
  ['subject', 'sub', 'a', 'option. The payload'],
  ['jwtid', 'jti', 'a', 'option. The payload'],
  ['expiresIn', 'exp', 1, 'option the payload'],
  ['notBefore', 'nbf', 1, 'option the payload'],
])('rejects the option "%s" with the claim "%s"', (option, claim, value, message) => {
  const error = errorOf(() => signs({ [claim]: 1 }, { [option]: value }));
  expect(error.constructor).toBe(Error);
  expect(error.message).toBe(
    `Bad "options.${option}" ${message} already has an "${claim}" property.`,
  );
  expect(error.code).toBe('ERR_CLAIM_INVALID');
  if (value !== 'a') return;
  expect(() => signs({ [claim]: null }, { [option]: value })).toThrow('already has');
  const token = signs({ [claim]: undefined }, { [option]: value });
  expect(payloadOf(token)).toMatchObject({ [claim]: value });
});

describe('a payload that is not an object', () => {
  test.each<[name: string, payload: unknown, text: string]>([
    ['a string', 'text', 'text'],
    ['a number', 123, '123'],
    ['a boolean', true, 'true'],
    ['a Buffer', Buffer.from('bytes'), 'bytes'],
    ['a string of JSON', '{"a":1}', '{"a":1}'],
  ])('is signed as its text: %s', (_, payload, text) => {
    expect(partOf(signs(payload), 1)).toBe(text);
  });

  test('is signed if it is empty, and never verifies', () => {
    for (const empty of ['', Buffer.alloc(0)]) {
      expect(() => verify(signs(empty), secret)).toThrow('invalid token');
    }
  });

  test.each([
    ['string', 'text'],
    ['number', 1],
    ['boolean', false],
    ['object', Buffer.from('a')],
  ])('allows no options that write claims: %s', (type, payload) => {
    const options = {
      jwtid: 'j',
      subject: 's',
      issuer: 'i',
      audience: 'a',
      noTimestamp: true,
      notBefore: 1,
      expiresIn: 1,
    };
    const error = errorOf(() => signs(payload, options));
    expect(error.message).toBe(
      `invalid expiresIn,notBefore,noTimestamp,audience,issuer,subject,jwtid option for ${type} payload`,
    );
    expect(error.code).toBe('ERR_OPTION_INVALID');
  });
});
