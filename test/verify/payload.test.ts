/** Tests of the payload that is returned, and of the option `complete`. */

import { describe, expect, test } from 'vitest';
import { createVerifier, sign, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { forge, tokenOf } from '../fixtures/tokens.ts';

const withoutTyp = (payload: string) => forge({ alg: 'HS256' }, payload);

describe('verify', () => {
  test.each<[json: string, payload: unknown]>([
    ['{"a":1}', { a: 1 }],
    ['[1,2]', [1, 2]],
    ['123', 123],
    ['"text"', 'text'],
    ['true', true],
    ['false', false],
    ['0', 0],
  ])('parses the payload %s as JSON if "typ" is JWT', (json, payload) => {
    expect(verify(tokenOf(json), secret)).toEqual(payload);
  });

  test.each<[string: string, payload?: unknown]>([
    ['{"a":1}', { a: 1 }],
    ['[1,2]', [1, 2]],
    ['123'],
    ['"text"'],
    ['true'],
    ['null'],
    ['no JSON'],
  ])(
    'returns the payload %s without "typ" as an object, a list or a string',
    (string, payload = string) => {
      expect(verify(withoutTyp(string), secret)).toEqual(payload);
    },
  );

  test('compares "typ" exactly', () => {
    expect(verify(forge({ alg: 'HS256', typ: 'jwt' }, '123'), secret)).toBe('123');
  });

  test.each<[payload: unknown, expected: string]>([
    ['text', 'text'],
    [5, '5'],
    [true, 'true'],
    [Buffer.from('é'), 'é'],
  ])('returns a string for a token that sign made of %j', (payload, expected) => {
    expect(verify(sign(payload as never, secret), secret)).toBe(expected);
  });

  test.each([
    ['with a repeated member', '{"a":1,"a":2}'],
    ['that is nested too deep', `${'['.repeat(65)}${']'.repeat(65)}`],
  ])('rejects JSON %s', (_, json) => {
    expect(errorOf(() => verify(withoutTyp(json), secret)).message).toMatch(
      /^jwt payload must not /,
    );
  });
});

describe('complete', () => {
  const token = tokenOf({ sub: 'ada' }, { kid: 'k' });

  test('returns header, payload and signature', () => {
    const parts = {
      header: { alg: 'HS256', typ: 'JWT', kid: 'k' },
      payload: { sub: 'ada' },
      signature: token.split('.')[2],
    };
    const result = verify(token, secret, { complete: true });
    expect(result).toEqual(parts);
    expect(Object.keys(result)).toEqual(['header', 'payload', 'signature']);
    expect(createVerifier(secret, { complete: true })(token)).toEqual(parts);
  });

  test.each([false, undefined, 1, 'true', null, {}])('is off if it is %j', (complete) => {
    expect(verify(token, secret, { complete } as never)).toEqual({ sub: 'ada' });
  });
});

describe('createVerifier', () => {
  const verifier = createVerifier(secret);
  test.each(['123', '"text"', 'true', 'null', '[]', 'no JSON'])(
    'rejects the payload %s',
    (payload) => {
      for (const token of [tokenOf(payload), withoutTyp(payload)]) {
        expect(errorOf(() => verifier(token))).toMatchObject({
          message: 'jwt payload must be a JSON object',
          code: 'ERR_PAYLOAD_INVALID',
        });
      }
    },
  );

  test('accepts claims with every "typ" and without', () => {
    expect(verifier(withoutTyp('{"sub":"ada"}'))).toEqual({ sub: 'ada' });
    expect(verifier(tokenOf({ sub: 'ada' }, { typ: 'at+jwt' }))).toEqual({ sub: 'ada' });
  });
});
