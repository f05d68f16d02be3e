import { describe, expect, test } from 'vitest';
import { createVerifier, sign, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { forge, tokenOf } from '../fixtures/tokens.ts';

const bare = (payload: string) => forge({ alg: 'HS256' }, payload);

describe('verify answers with the payload,', () => {
  test.each<[payload: unknown, text: string]>([
    [{ a: 1 }, '{"a":1}'],
    [[1, 2], '[1,2]'],
    [123, '123'],
    ['text', '"text"'],
    [true, 'true'],
    [false, 'false'],
    [0, '0'],
  ])('%j where the typ is JWT, which makes it JSON', (payload, text) => {
    expect(verify(tokenOf(text), secret)).toEqual(payload);
  });

  test.each<[payload: unknown, text: string]>([
    [{ a: 1 }, '{"a":1}'],
    [[1, 2], '[1,2]'],
    ['123', '123'],
    ['"text"', '"text"'],
    ['true', 'true'],
    ['null', 'null'],
    ['no JSON', 'no JSON'],
  ])('%j where the header has no typ', (payload, text) => {
    expect(verify(bare(text), secret)).toEqual(payload);
  });

  test('and reads the typ exactly: jwt in small letters does not make it JSON', () => {
    expect(verify(forge({ alg: 'HS256', typ: 'jwt' }, '123'), secret)).toBe('123');
  });

  test('also of text, number, boolean and Buffer that sign took', () => {
    expect(verify(sign('text', secret), secret)).toBe('text');
    expect(verify(sign(5 as never, secret), secret)).toBe('5');
    expect(verify(sign(true as never, secret), secret)).toBe('true');
    expect(verify(sign(Buffer.from('é'), secret), secret)).toBe('é');
  });

  test.each(['{"a":1,"a":2}', `${'['.repeat(65)}${']'.repeat(65)}`])(
    'but refuses text that could be read in two ways or is nested too deep: %s',
    (text) => {
      expect(errorOf(() => verify(bare(text), secret)).code).toBe('ERR_PAYLOAD_INVALID');
    },
  );
});

describe('complete', () => {
  const token = tokenOf({ sub: 'ada' }, { kid: 'k' });
  const parts = {
    header: { alg: 'HS256', typ: 'JWT', kid: 'k' },
    payload: { sub: 'ada' },
    signature: token.split('.')[2],
  };

  test('answers with header, payload and signature, in that order', () => {
    const answer = verify(token, secret, { complete: true });
    expect(answer).toEqual(parts);
    expect(Object.keys(answer)).toEqual(['header', 'payload', 'signature']);
    expect(createVerifier(secret, { complete: true })(token)).toEqual(parts);
  });

  test.each([false, undefined, 1, 'true', null, {}])('is off for %j', (complete) => {
    expect(verify(token, secret, { complete } as never)).toEqual({ sub: 'ada' });
  });
});

describe('a prepared verifier takes claims only:', () => {
  const verifier = createVerifier(secret);
  test.each(['123', '"text"', 'true', 'null', '[]', 'no JSON'])('not %s', (text) => {
    for (const token of [tokenOf(text), bare(text)]) {
      const error = errorOf(() => verifier(token));
      expect(error.message).toBe('invalid token');
      expect(error.code).toBe('ERR_PAYLOAD_INVALID');
    }
  });

  test('but with any typ, or none', () => {
    expect(verifier(bare('{"sub":"ada"}'))).toEqual({ sub: 'ada' });
    expect(verifier(tokenOf({ sub: 'ada' }, { typ: 'at+jwt' }))).toEqual({ sub: 'ada' });
  });
});
