import { expect, test, vi } from 'vitest';
import { decode, sign, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { called, errorOf, settled } from '../fixtures/outcome.ts';
import { headerOf } from '../fixtures/tokens.ts';

test('accepts the callback as third argument', async () => {
  const token = await called((done) => sign({ sub: 'ada' }, secret, done));
  expect(decode(token as string)).toMatchObject({ sub: 'ada' });
});

test('prefers a function as third argument to one as fourth', async () => {
  const fourth = vi.fn();
  const token = await called((done) => sign({ sub: 'ada' }, secret, done as never, fourth));
  await settled();
  expect(headerOf(token as string).alg).toBe('HS256');
  expect(fourth).not.toHaveBeenCalled();
});

test.each([[undefined], [null], [false], [0], ['']])(
  'treats options of %o as absent',
  (options: unknown) => {
    const token = sign({ iat: 1 }, secret, options as never);
    expect(token).toBe(sign({ iat: 1 }, secret, {}));
  },
);

test.each([['text'], [1], [[]], [new Date(0)], [new (class Options {})()]])(
  'rejects options of %o',
  (options: unknown) => {
    const error = errorOf(() => sign({}, secret, options as never));
    expect(error.message).toBe('Expected "options" to be a plain object.');
    expect(error.code).toBe('ERR_OPTION_INVALID');
  },
);

test('stays synchronous if the fourth argument is not a function', () => {
  const token = sign({ iat: 1 }, secret, {}, true as never);
  expect(token).toBe(sign({ iat: 1 }, secret, {}));
});

test('accepts options without a prototype or of another realm', async () => {
  const { runInNewContext } = await import('node:vm');
  const bare = Object.assign(Object.create(null), { keyid: 'a' });
  expect(headerOf(sign({}, secret, bare)).kid).toBe('a');
  expect(headerOf(sign({}, secret, runInNewContext('({ keyid: "b" })'))).kid).toBe('b');
});

test('rejects a promise as key with a TypeError', () => {
  const error = errorOf(() => sign({}, Promise.resolve(secret) as never));
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toBe('secretOrPrivateKey is a promise: await it first');
  expect(error.code).toBe('ERR_KEY_INVALID');
});

test('sign, verify and decode do not use this', () => {
  const token = Reflect.apply(sign, undefined, [{ sub: 'ada' }, secret]);
  expect(Reflect.apply(verify, undefined, [token, secret])).toMatchObject({ sub: 'ada' });
  expect(Reflect.apply(decode, undefined, [token])).toMatchObject({ sub: 'ada' });
});
