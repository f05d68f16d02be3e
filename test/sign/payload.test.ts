import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { sign, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { partOf, payloadOf } from '../fixtures/tokens.ts';

const signs = (payload: unknown, options: object = {}) => sign(payload as never, secret, options);

describe('a payload of claims is a plain object', () => {
  const others: Record<string, unknown> = {
    null: null,
    'an array': [],
    'a Date': new Date(0),
    'an instance of a class': new (class Claims {})(),
    'a Map': new Map(),
    'a Uint8Array': new Uint8Array(1),
    'a String object': Object('text'),
  };
  for (const [name, payload] of Object.entries(others)) {
    test(`${name} is not`, () => {
      const error = errorOf(() => signs(payload));
      expect(error.constructor).toBe(Error);
      expect(error.message).toBe('Expected "payload" to be a plain object.');
      expect(error.code).toBe('ERR_PAYLOAD_INVALID');
    });
  }

  test('an object without a prototype is', () => {
    const token = signs(Object.assign(Object.create(null), { iat: 1 }));
    expect(payloadOf(token)).toEqual({ iat: 1 });
  });

  test('an object of another realm is', () => {
    expect(payloadOf(signs(runInNewContext('({ iat: 1 })')))).toEqual({ iat: 1 });
  });

  test('nothing at all is refused in words of its own', () => {
    const error = errorOf(() => signs(undefined));
    expect(error.message).toBe('payload is required');
    expect(error.code).toBe('ERR_PAYLOAD_INVALID');
  });
});

describe.each(['iat', 'exp', 'nbf'])('"%s" of the payload', (claim) => {
  test.each([undefined, null, '1', true, {}, []])('may not be %j', (value) => {
    const error = errorOf(() => signs({ [claim]: value }));
    expect(error.constructor).toBe(Error);
    expect(error.message).toBe(`"${claim}" should be a number of seconds`);
    expect(error.code).toBe('ERR_CLAIM_INVALID');
  });

  test('may not be a Date', () => {
    expect(() => signs({ [claim]: new Date(0) })).toThrow(`"${claim}" should be a number`);
  });

  test.each([0, -1, 1.5, 1e12])('may be %d', (value) => {
    expect(payloadOf(signs({ iat: 1, [claim]: value }))).toMatchObject({ [claim]: value });
  });

  test('is written as null where it is infinite', () => {
    expect(partOf(signs({ iat: 1, [claim]: Infinity }), 1)).toContain(`"${claim}":null`);
  });
});

test('the first wrong time in the order of the keys is named', () => {
  expect(() => signs({ nbf: 'a', iat: 'b', exp: 'c' })).toThrow('"nbf" should be');
  expect(() => signs({ exp: 'c', nbf: 'a', iat: 'b' })).toThrow('"exp" should be');
});

test('other claims are not judged', () => {
  expect(payloadOf(signs({ iat: 1, sub: 5, aud: { a: 1 } }))).toEqual({
    iat: 1,
    sub: 5,
    aud: { a: 1 },
  });
});

test.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty'])(
  'a claim named "%s" is an ordinary claim',
  (name) => {
    expect(payloadOf(signs({ iat: 1, [name]: 'x' }))).toEqual({ iat: 1, [name]: 'x' });
  },
);

describe('a claim stands in payload or options, not in both', () => {
  const pairs: Array<[option: string, claim: string, value: unknown]> = [
    ['audience', 'aud', 'a'],
    ['issuer', 'iss', 'a'],
    ['subject', 'sub', 'a'],
    ['jwtid', 'jti', 'a'],
  ];
  test.each(pairs)('"%s" and "%s"', (option, claim, value) => {
    const error = errorOf(() => signs({ [claim]: 'b' }, { [option]: value }));
    expect(error.constructor).toBe(Error);
    expect(error.message).toBe(
      `Bad "options.${option}" option. The payload already has an "${claim}" property.`,
    );
    expect(error.code).toBe('ERR_CLAIM_INVALID');
  });

  test.each(pairs)('"%s" and a "%s" of null', (option, claim, value) => {
    expect(() => signs({ [claim]: null }, { [option]: value })).toThrow('already has');
  });

  test.each(pairs)('but "%s" and a "%s" of undefined may', (option, claim, value) => {
    const token = signs({ [claim]: undefined }, { [option]: value });
    expect(payloadOf(token)).toMatchObject({ [claim]: value });
  });

  test.each([
    ['expiresIn', 'exp'],
    ['notBefore', 'nbf'],
  ])('"%s" and "%s"', (option, claim) => {
    expect(() => signs({ [claim]: 1 }, { [option]: 1 })).toThrow(
      `Bad "options.${option}" option the payload already has an "${claim}" property.`,
    );
  });
});

describe('a payload that is no object', () => {
  test.each<[name: string, payload: unknown, text: string]>([
    ['a string', 'text', 'text'],
    ['a number', 123, '123'],
    ['a boolean', true, 'true'],
    ['a Buffer', Buffer.from('bytes'), 'bytes'],
    ['a string of JSON', '{"a":1}', '{"a":1}'],
    ['an empty string', '', ''],
  ])('that is %s becomes its text', (_, payload, text) => {
    expect(partOf(signs(payload), 1)).toBe(text);
  });

  test('that is empty signs to a token that nobody verifies', () => {
    expect(() => verify(signs(''), secret)).toThrow('invalid token');
    expect(() => verify(signs(Buffer.alloc(0)), secret)).toThrow('invalid token');
  });

  test.each([
    ['string', 'text'],
    ['number', 1],
    ['boolean', false],
    ['object', Buffer.from('a')],
  ])('takes no options that write claims: %s', (type, payload) => {
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

describe('mutatePayload', () => {
  const options = {
    expiresIn: 5,
    notBefore: 1,
    audience: 'a',
    issuer: 'i',
    subject: 's',
    jwtid: 'j',
  };

  test('writes the claims into the payload that was given', () => {
    const payload = { iat: 10, z: 1 };
    const token = signs(payload, { ...options, mutatePayload: true });
    expect(payload).toEqual({
      iat: 10,
      z: 1,
      nbf: 11,
      exp: 15,
      aud: 'a',
      iss: 'i',
      sub: 's',
      jti: 'j',
    });
    expect(payloadOf(token)).toEqual(payload);
  });

  test('removes an iat with noTimestamp', () => {
    const payload = { iat: 10 };
    signs(payload, { noTimestamp: true, mutatePayload: true });
    expect(payload).toEqual({});
  });

  test('is off by default: the payload is not touched, and may be frozen', () => {
    const payload = Object.freeze({ z: 1 });
    expect(payloadOf(signs(payload, options))).toMatchObject({ z: 1, aud: 'a' });
    expect(payload).toEqual({ z: 1 });
  });
});
