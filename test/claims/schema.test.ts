/** Tests of the option `schema`. */

import * as v from 'valibot';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import {
  createVerifier,
  JsonWebTokenError,
  type StandardSchema,
  verify,
  verifyAsync,
} from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorFields, errorOf, rejectionOf } from '../fixtures/outcome.ts';
import { NOW, tokenOf } from '../fixtures/tokens.ts';
import { verifyApis } from '../fixtures/verify-apis.ts';

const matching = tokenOf({ sub: '42', roles: ['admin'], extra: 1 });
const mismatching = tokenOf({ sub: 42, roles: ['admin', 7], extra: 1 });

/** One schema in two libraries. It changes its input: `sub` becomes a number, `extra` is removed. */
const validators: Array<[name: string, sync: StandardSchema, async: StandardSchema]> = [
  [
    'zod',
    z.object({ sub: z.string().transform(Number), roles: z.array(z.string()) }),
    z.object({
      sub: z.string().transform(async (text) => Number(text)),
      roles: z.array(z.string()),
    }),
  ],
  [
    'valibot',
    v.object({ sub: v.pipe(v.string(), v.transform(Number)), roles: v.array(v.string()) }),
    v.objectAsync({
      sub: v.pipeAsync(
        v.string(),
        v.transformAsync(async (text) => Number(text)),
      ),
      roles: v.array(v.string()),
    }),
  ],
];

const output = { sub: 42, roles: ['admin'] };

/** The APIs that wait for a schema. */
const waiting = verifyApis.filter(({ name }) => /async/i.test(name));

const schemaOf = (validate: (value: unknown) => unknown) => {
  const standard = { version: 1, vendor: 'test', validate };
  return { '~standard': standard } as unknown as StandardSchema;
};

describe.each(validators)('a schema of %s', (_, sync, async) => {
  test('returns the output of the schema in every API', async () => {
    for (const api of verifyApis) {
      expect(await api.verify(matching, secret, { schema: sync })).toEqual(output);
    }
    for (const api of waiting) {
      expect(await api.verify(matching, secret, { schema: async })).toEqual(output);
    }
  });

  test('returns the output as the payload of a complete result', () => {
    const result = createVerifier(secret, { schema: sync, complete: true })(matching);
    expect(result).toMatchObject({ header: { alg: 'HS256' }, payload: output });
    expect(Object.keys(result)).toEqual(['header', 'payload', 'signature']);
  });

  test('rejects claims with their paths, without values or messages of the validator', () => {
    const error = errorOf(() => verify(mismatching, secret, { schema: sync }));
    expect(error).toMatchObject({
      constructor: JsonWebTokenError,
      message: 'jwt claims do not match the schema: "sub", "roles.1"',
      code: 'ERR_CLAIM_SCHEMA',
      claim: 'sub',
      cause: [{ message: expect.stringMatching(/string/) }, {}],
    });
    expect(Object.keys(error)).toEqual(['name', 'message']);
  });

  test('rejects with the same error in every API', async () => {
    const expected = errorFields(errorOf(() => verify(mismatching, secret, { schema: sync })));
    const calls = [
      ...verifyApis.map((api) => api.verify(mismatching, secret, { schema: sync })),
      ...waiting.map((api) => api.verify(mismatching, secret, { schema: async })),
    ];
    for (const call of calls) expect(errorFields(await rejectionOf(call))).toEqual(expected);
  });

  test('throws a TypeError in a synchronous call if the schema returns a promise', () => {
    for (const call of [
      () => verify(matching, secret, { schema: async }),
      () => createVerifier(secret, { schema: async })(matching),
    ]) {
      expect(errorOf(call)).toMatchObject({
        constructor: TypeError,
        message: expect.stringMatching(/^the schema returns a promise: /),
        code: 'ERR_OPTION_INVALID',
      });
    }
  });
});

test.each([[false], [true], [undefined], [null], [{}], ['ok']])(
  'throws a TypeError if a validator returns %j',
  async (result) => {
    const expected = { name: 'TypeError', code: 'ERR_OPTION_INVALID' };
    const schema = schemaOf(() => result);
    for (const api of verifyApis) {
      expect(await rejectionOf(api.verify(matching, secret, { schema }))).toMatchObject(expected);
    }
    const later = verifyAsync(matching, secret, { schema: schemaOf(async () => result) });
    expect(await rejectionOf(later)).toMatchObject(expected);
  },
);

describe('the claim of the error', () => {
  const errorAt = (path?: PropertyKey[]) => {
    const schema = schemaOf(() => ({ issues: [{ message: 'no', ...(path && { path }) }] }));
    return errorOf(() => verify(matching, secret, { schema }));
  };

  test.each<[path: unknown[], claim: string]>([
    [['address', 'street'], 'address'],
    [[{ key: 'address' }], 'address'],
    [['https://id.example/roles', 0], 'https://id.example/roles'],
  ])('is the first segment of the path %j', (path, claim) => {
    expect(errorAt(path as PropertyKey[]).claim).toBe(claim);
  });

  test.each([[undefined], [[]]])('is undefined with the path %j', (path) => {
    const error = errorAt(path);
    expect(error.message).toBe('jwt claims do not match the schema: the claims set');
    expect(error.claim).toBeUndefined();
  });
});

describe('a schema', () => {
  test('is called once, with the claims, after every other check', () => {
    const validate = vi.fn((value: unknown) => ({ value }));
    const options = {
      schema: schemaOf(validate),
      requiredClaims: ['scope'],
      clock: () => NOW * 1000,
    };
    const run = createVerifier(secret, options);
    expect(() => run(`${matching}AAAA`)).toThrow('invalid signature');
    expect(() => run(tokenOf({ exp: 1 }))).toThrow('jwt expired');
    expect(() => run(matching)).toThrow('jwt must have a "scope" claim');
    expect(validate).not.toHaveBeenCalled();
    expect(run(tokenOf({ scope: 'x' }))).toEqual({ scope: 'x' });
    expect(validate.mock.calls).toEqual([[{ scope: 'x' }]]);
  });

  test('can be a function', () => {
    const schema = Object.assign(
      () => {},
      schemaOf((value) => ({ value })),
    );
    expect(verify(matching, secret, { schema })).toMatchObject({ sub: '42' });
    expect(createVerifier(secret, { schema })(matching)).toMatchObject({ sub: '42' });
  });

  test('cannot change the "exp" that is checked', () => {
    const schema = z.object({ exp: z.number().transform(() => NOW + 1000) });
    const run = createVerifier(secret, { schema, clock: () => NOW * 1000 });
    expect(() => run(tokenOf({ exp: NOW }))).toThrow('jwt expired');
  });
});

test('takes no output of a schema from a polluted Object.prototype', () => {
  const schema = { '~standard': { version: 1, vendor: 'x', validate: () => false } } as never;
  const verifyWithSchema = createVerifier(secret, { schema });
  const token = tokenOf({});
  const polluted = Object.prototype as { value?: unknown };
  let error: unknown;
  polluted.value = { admin: 1 };
  try {
    verifyWithSchema(token);
  } catch (thrown) {
    error = thrown;
  } finally {
    delete polluted.value;
  }
  expect(error).toBeInstanceOf(TypeError);
});
