import { describe, expect, test, vi } from 'vitest';
import {
  createVerifier,
  JsonWebTokenError,
  type VerifyOptions,
  verify,
  verifyAsync,
} from '../../src/index.ts';
import { rsa, secret } from '../fixtures/keys.ts';
import { called, errorOf, rejectionOf } from '../fixtures/outcome.ts';
import { base64url, tokenOf, unsigned } from '../fixtures/tokens.ts';

const token = unsigned({ sub: 'ada' });
const none: VerifyOptions = { algorithms: ['none'] };

describe('an unsigned token passes where none is listed and no key is given:', () => {
  test.each([undefined, null, ''])('%j', async (key) => {
    const args = [token, key as never, none] as const;
    expect(verify(...args)).toEqual({ sub: 'ada' });
    expect(await verifyAsync(...args)).toEqual({ sub: 'ada' });
    expect(await called((done) => verify(...args, done))).toEqual({ sub: 'ada' });
  });

  test('also beside other algorithms in the classic call', () => {
    const options: VerifyOptions = { algorithms: ['HS256', 'none'] };
    expect(verify(token, undefined as never, options)).toEqual({ sub: 'ada' });
    expect(() => verify(token, secret, options)).toThrow('jwt signature is required');
  });

  test('in a prepared verifier for none alone', () => {
    const verifier = createVerifier(null, { algorithms: ['none'] });
    expect(verifier(token)).toEqual({ sub: 'ada' });
    expect(() => verifier(tokenOf({ sub: 'ada' }))).toThrow('invalid algorithm');
    expect(() => verifier(`${token}${base64url('signature')}`)).toThrow('invalid signature');
  });
});

describe('an unsigned token is refused', () => {
  test.each(['HS256', 'RS256', 'ES256'])('whose alg is %s, with no key', async (alg) => {
    const bare = unsigned({ sub: 'ada' }, { alg, typ: 'JWT' });
    const options = { algorithms: [alg as 'HS256'] };
    const error = errorOf(() => verify(bare, undefined as never, options));
    expect(error).toBeInstanceOf(JsonWebTokenError);
    const answered = called((done) => {
      verify(bare, (_, cb) => setImmediate(cb, null, undefined), options, done);
    });
    expect((await rejectionOf(answered)).message).toBe('jwt signature is required');
  });

  test.each([
    ['a secret', secret],
    ['a public key', rsa().publicKey],
  ])('beside %s, whatever is listed', (_, key) => {
    const more: VerifyOptions = { algorithms: ['none', 'HS256', 'RS256'] };
    for (const options of [none, more]) {
      expect(() => verify(token, key, options)).toThrow('jwt signature is required');
    }
  });

  test('where the key function knows no key, although none is listed', async () => {
    for (const key of [null, undefined, '']) {
      const answered = called((done) =>
        verify(token, (_, cb) => cb(null, key as never), none, done),
      );
      expect((await rejectionOf(answered)).message).toBe('jwt signature is required');
      const promised = verifyAsync(token, () => key as never, none);
      expect(await rejectionOf(promised)).toBeInstanceOf(JsonWebTokenError);
    }
  });

  test('by a prepared verifier with a key source, before the source is asked', () => {
    const source = vi.fn(() => secret);
    const verifier = createVerifier(source);
    expect(() => verifier(token)).toThrow(JsonWebTokenError);
    expect(() => verifier(unsigned({}, { alg: 'HS256' }))).toThrow('jwt signature is required');
    expect(source).not.toHaveBeenCalled();
  });
});

test('a signature under alg none does not hold', () => {
  const signed = tokenOf({ sub: 'ada' }, { alg: 'none' });
  expect(() => verify(signed, secret)).toThrow('invalid algorithm');
  expect(() => verify(signed, secret, none)).toThrow('invalid signature');
});

describe('a prepared door takes none only alone and without a key:', () => {
  const alone = '"algorithms" may name "none" only alone, and with null or undefined as the key';
  test.each<[title: string, key: unknown, algorithms: string[], message: string]>([
    ['a secret', secret, ['none'], alone],
    ['an empty secret', '', ['none'], alone],
    ['no key and another algorithm', null, ['none', 'HS256'], alone],
    [
      'a key source',
      () => secret,
      ['HS256', 'none'],
      '"algorithms" may not name "none" beside a key source',
    ],
    ['no key and no none', null, ['HS256'], 'key must have a value'],
    ['no key at all', undefined, ['RS256'], 'key must have a value'],
  ])('%s is a TypeError', (_, key, algorithms, message) => {
    const error = errorOf(() => createVerifier(key as never, { algorithms } as never));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe(message);
  });
});
