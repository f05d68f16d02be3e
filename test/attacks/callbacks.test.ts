/** Callbacks are called exactly once, and no rejection stays unhandled and ends the process. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createSigner,
  createVerifier,
  KeySourceError,
  type StandardSchema,
  sign,
  verify,
  verifyAsync,
} from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { callsOf, settled } from '../fixtures/outcome.ts';
import { tokenOf } from '../fixtures/tokens.ts';

const valid = tokenOf({ sub: 'ada' });

let unhandled: unknown[] = [];
let listeners: NodeJS.UnhandledRejectionListener[] = [];
const listen = (reason: unknown) => void unhandled.push(reason);

// The listeners of the test runner would report the rejections before this file counts them.
beforeEach(() => {
  unhandled = [];
  listeners = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', listen);
});
afterEach(async () => {
  await settled();
  process.removeListener('unhandledRejection', listen);
  for (const each of listeners) process.on('unhandledRejection', each);
  expect(unhandled).toEqual([]);
});

const throwing = () => {
  throw new Error('thrown');
};
const rejecting = () => Promise.reject(new Error('rejected'));
const schemaOf = (validate: () => unknown) =>
  ({ '~standard': { version: 1, vendor: 'x', validate } }) as unknown as StandardSchema;
const unreadable = Object.defineProperty({}, 'message', { get: throwing });

type Done = (error: unknown, value?: unknown) => void;

describe('calls a callback once, with an error,', () => {
  test.each<[title: string, call: (done: Done) => unknown]>([
    [
      'for a schema that throws',
      (done) => verify(valid, secret, { schema: schemaOf(throwing) }, done),
    ],
    [
      'for a schema that rejects',
      (done) => verify(valid, secret, { schema: schemaOf(rejecting) }, done),
    ],
    ['for a promise as key', (done) => verify(valid, rejecting() as never, {}, done)],
    ['for a key that rejects', (done) => sign({}, rejecting() as never, {}, done)],
    ['for a payload with a bigint', (done) => sign({ a: 1n }, secret, {}, done)],
    ['for a payload of null', (done) => sign(null as never, secret, {}, done)],
    [
      'for a toJSON that throws',
      (done) => sign(Object.fromEntries([['toJSON', throwing]]), secret, {}, done),
    ],
  ])('%s', async (_, call) => {
    const { calls } = await callsOf(call);
    expect(calls).toEqual([[expect.any(Error)]]);
  });

  test.each<[title: string, lookUp: (found: Done) => unknown]>([
    [
      'throws undefined',
      () => {
        throw undefined;
      },
    ],
    ['passes a promise that rejects as key', (found) => found(null, rejecting())],
    ['passes no key', (found) => found(null)],
    ['passes a string as error', (found) => found('no key')],
    ['passes an error without a message', (found) => found({})],
    ['passes an error whose message throws', (found) => found(unreadable)],
  ])('if the key function %s', async (_, lookUp) => {
    const { calls } = await callsOf((done) =>
      verify(valid, ((__: unknown, found: Done) => lookUp(found)) as never, done),
    );
    expect(calls).toEqual([[expect.any(Error)]]);
  });
});

test('calls the callback once if the key function rejects after it passed the key', async () => {
  const { calls } = await callsOf((done) =>
    verify(
      valid,
      async (__, found) => {
        found(null, secret);
        await null;
        throw new Error('late');
      },
      done,
    ),
  );
  expect(calls).toEqual([[null, { sub: 'ada' }]]);
});

describe('leaves no unhandled rejection', () => {
  test.each<[title: string, call: () => unknown]>([
    ['verify', () => verify(valid, rejecting() as never)],
    ['sign', () => sign({}, rejecting() as never)],
    ['createVerifier', () => createVerifier(rejecting() as never)],
    ['createSigner', () => createSigner(rejecting() as never)],
  ])('of a promise as key of %s', (_, call) => {
    expect(call).toThrow(TypeError);
  });

  test('of a promise in a list of keys', () => {
    expect(createVerifier(() => [rejecting(), secret] as never)(valid)).toEqual({ sub: 'ada' });
  });

  test('of a schema in a synchronous call', () => {
    const schema = schemaOf(rejecting);
    expect(() => verify(valid, secret, { schema })).toThrow(TypeError);
    expect(() => createVerifier(secret, { schema })(valid)).toThrow(TypeError);
  });

  test('of a key source that returns a promise without "async"', async () => {
    const result: unknown = createVerifier(rejecting as () => never)(valid);
    await expect(result).rejects.toBeInstanceOf(KeySourceError);
  });
});

test('calls a hostile thenable once and uses its first value', async () => {
  let calls = 0;
  const then = (resolve: (key: unknown) => void, reject: (error: unknown) => void) => {
    calls++;
    resolve('the wrong secret, long enough for HS256');
    resolve(secret);
    reject(new Error('late'));
    throw new Error('later');
  };
  const thenable = Object.fromEntries([['then', then]]);
  await expect(verifyAsync(valid, (() => thenable) as never)).rejects.toThrow('invalid signature');
  expect(calls).toBe(1);
  const result: unknown = createVerifier((() => thenable) as never)(valid);
  await expect(result).rejects.toThrow('invalid signature');
});
