/** The outcome of an explanation is that of the real call, on generated tokens, keys and options. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explain, explainClassic } from '../../src/explain/explain.ts';
import type { Explanation } from '../../src/explain/explanation.ts';
import { createVerifier, JsonWebTokenError, verify } from '../../src/index.ts';
import { called } from '../fixtures/outcome.ts';
import {
  textOf,
  type VerifyCase,
  verifyClaims,
  verifyKeys,
  verifyShapes,
} from '../parity/cases.ts';
import { keyOf, objectNames } from '../parity/keys.ts';
import { checkAsync, freezeTime } from '../parity/property.ts';

interface Call {
  readonly hasSource: boolean;
  /** With a key function that counts its calls. */
  run(count: () => void): unknown;
  explained(count: () => void): Promise<Explanation>;
}

type Settled = { value: unknown } | { error: unknown };

async function settle(run: () => unknown): Promise<Settled> {
  try {
    return { value: await run() };
  } catch (error) {
    return { error };
  }
}

function fieldsOf(error: unknown) {
  const { name, code, message, claim } = Object(error);
  return { class: Object(error).constructor, name, code, message, claim };
}

async function compare({ run, explained, hasSource }: Call): Promise<void> {
  const lookUps = { real: 0, explained: 0 };
  const real = await settle(() => run(() => lookUps.real++));
  const ours = await settle(() => explained(() => lookUps.explained++));
  expect(lookUps.explained).toBe(lookUps.real);
  if ('error' in ours) {
    const { code, message } = fieldsOf(ours.error);
    // The time of the checks is read for every token, and without a key source the key is an argument.
    if (/^"clock" must return/.test(message)) return;
    expect(fieldsOf(ours.error)).toEqual(fieldsOf('error' in real && real.error));
    expect(code === 'ERR_OPTION_INVALID' || (!hasSource && /^ERR_KEY_/.test(code))).toBe(true);
    return;
  }
  const explanation = ours.value as Explanation;
  const { outcome, checks, error } = explanation;
  if ('value' in real) {
    expect(outcome).toBe('accepted');
    expect(error).toBeUndefined();
    expect(checks.filter(({ status }) => status !== 'passed')).toEqual([]);
    return;
  }
  expect(outcome).toBe(real.error instanceof JsonWebTokenError ? 'rejected' : 'failed');
  expect(fieldsOf(error)).toEqual(fieldsOf(real.error));
  expect(explanation.message).toBe(fieldsOf(real.error).message);
  expect(explanation.code).toBe(fieldsOf(real.error).code);
  const failed = checks.find(({ status }) => status === 'failed');
  expect(failed?.code).toBe(explanation.code);
  expect(failed?.message).toBe(explanation.message);
  const statuses = checks.map(({ status }) => status);
  const first = statuses.indexOf('failed');
  expect(statuses.slice(0, first)).toEqual(Array(first).fill('passed'));
  // A token that cannot be parsed leaves nothing to check.
  if (first === 0) expect(new Set(statuses.slice(1))).toEqual(new Set(['skipped']));
}

/** Of the tests below together, a thousand parts: 20,000 cases in CI. */
const SHARE = 500;

type Form = 'given' | 'callback' | 'late callback';
const forms = fc.constantFrom<Form>('given', 'callback', 'late callback');

/** `verify` with the key, or with a function that finds it at once or later. */
function classicCall({ token, key, options }: VerifyCase, form: Form): Call {
  const text = textOf(token) as string;
  const { input } = keyOf(key);
  const given = options as object;
  if (form === 'given') {
    return {
      hasSource: false,
      run: () => verify(text, input as string, given),
      explained: () => explainClassic(text, input as string, given),
    };
  }
  const getKey = (count: () => void) => (_header: unknown, done: (...args: never[]) => void) => {
    count();
    const call = () => (done as (error: null, key: unknown) => void)(null, input);
    if (form === 'callback') call();
    else setImmediate(call);
  };
  return {
    hasSource: true,
    run: (count) => called((done) => verify(text, getKey(count), given, done as never)),
    explained: (count) => explainClassic(text, getKey(count), given),
  };
}

const validOptions = fc.record(
  {
    algorithms: fc.subarray(['HS256', 'HS384', 'RS256', 'PS256', 'ES256', 'EdDSA'] as const, {
      minLength: 1,
    }),
    audience: fc.constantFrom<unknown[]>('a', ['a', 'b'], /a/, /^b$/g, false),
    issuer: fc.constantFrom<unknown[]>('a', ['a', 'b'], false),
    subject: fc.constantFrom<unknown[]>('a', 'b', false),
    jwtid: fc.constantFrom('a', 'b'),
    nonce: fc.constantFrom('a', 'b'),
    typ: fc.constantFrom<unknown[]>('JWT', 'at+jwt', ['at+jwt', null], false),
    requiredClaims: fc.constantFrom<unknown[]>(['sub'], ['exp', 'aud'], ['x']),
    maxAge: fc.constantFrom<unknown[]>('1m', 60, '1h'),
    clockTolerance: fc.constantFrom<unknown[]>('1m', 5),
    ignoreExpiration: fc.boolean(),
    ignoreNotBefore: fc.boolean(),
    complete: fc.boolean(),
    cache: fc.constantFrom<unknown[]>(true, false, { max: 5 }),
    async: fc.boolean(),
    allowPadding: fc.boolean(),
    maxTokenLength: fc.constantFrom(20, 1000),
    allowInsecureKeySizes: fc.boolean(),
    clock: fc.constantFrom<unknown[]>(
      () => 1_700_000_000_000,
      () => Number.NaN,
    ),
    schema: fc.constantFrom<unknown[]>(
      ...[
        (claims: unknown) => ({ value: claims }),
        (claims: unknown) => Promise.resolve({ value: claims }),
        () => ({ issues: [{ message: 'no', path: ['sub'] }] }),
        async () => ({ issues: [{ message: 'no' }] }),
        () => false,
        () => {
          throw new RangeError('the schema failed');
        },
      ].map((validate) => ({ '~standard': { version: 1, vendor: 'test', validate } })),
    ),
    foo: fc.constant(1),
  },
  { requiredKeys: [] },
);

/** Mostly one to four options: with more, nearly every token is rejected. */
const someOptions = fc
  .tuple(validOptions, fc.array(fc.nat(), { minLength: 1, maxLength: 4 }))
  .map(([options, places]) => {
    const names = Object.keys(options).filter((name) => name !== 'foo' || places[0] === 0);
    const chosen = names.length > 0 ? places.map((place) => names[place % names.length]) : [];
    return Object.fromEntries(chosen.map((name) => [name, options[name as never]]));
  });

type Source =
  | 'given'
  | 'source'
  | 'async source'
  | 'list'
  | 'late list'
  | 'nothing'
  | 'failing'
  | 'rejecting';
const sources = fc.constantFrom<Source>(
  ...(['given', 'given', 'source', 'source', 'async source', 'list', 'late list'] as const),
  ...(['nothing', 'failing', 'rejecting'] as const),
);

/** `createVerifier` with the key, or with a source that finds it. */
function verifierCall({ token, key }: VerifyCase, options: object, source: Source): Call {
  const text = textOf(token) as string;
  const input = keyOf(key).input as string;
  const keyFor = (count: () => void): unknown => {
    const found = (value: unknown) => () => {
      count();
      return value as string;
    };
    switch (source) {
      case 'given':
        return input;
      case 'source':
        return found(input);
      case 'async source':
        return async () => found(input)();
      case 'list':
        return found([keyOf('other secret KeyObject').input, input]);
      case 'late list':
        return () => Promise.resolve(found([input, keyOf('P-256 public').input])());
      case 'nothing':
        return found(null);
      case 'failing':
        return () => {
          count();
          throw new RangeError('the database is down');
        };
      case 'rejecting':
        return async () => {
          count();
          throw new JsonWebTokenError('this user is banned');
        };
    }
  };
  return {
    hasSource: source !== 'given',
    run: (count) => createVerifier(keyFor(count) as string, options as object)(text, 'context'),
    explained: (count) => explain(text, keyFor(count) as string, options as object, 'context'),
  };
}

const cases = fc.oneof(
  { weight: 4, arbitrary: verifyClaims },
  { weight: 2, arbitrary: verifyShapes },
  { weight: 3, arbitrary: verifyKeys(objectNames) },
);

describe('an explanation has the outcome, code, message and look-ups of the real call', () => {
  freezeTime();

  test('of verify, with a key and with a key function', async () => {
    await checkAsync(fc.tuple(cases, forms), SHARE / 2, ([given, form]) =>
      compare(classicCall(given, form)),
    );
  });

  test('of createVerifier, with a key and with sources, schemas and every option', async () => {
    await checkAsync(fc.tuple(cases, someOptions, sources), SHARE / 2, ([given, options, source]) =>
      compare(verifierCall(given, options, source)),
    );
  });
});
