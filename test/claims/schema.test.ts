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
import { called, errorFields, errorOf, rejectionOf, settled } from '../fixtures/outcome.ts';
import { NOW, tokenOf } from '../fixtures/tokens.ts';

const good = tokenOf({ sub: '42', roles: ['admin'], extra: 1 });
const bad = tokenOf({ sub: 42, roles: ['admin', 7], extra: 1 });

/** The same demands in two libraries; the output is not the input: sub is a number, extra is gone. */
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

describe.each(validators)('a schema of %s', (_, sync, async) => {
  test('makes its output the result, through every entrance', async () => {
    expect(verify(good, secret, { schema: sync })).toEqual(output);
    expect(createVerifier(secret, { schema: sync })(good)).toEqual(output);
    expect(await called((done) => verify(good, secret, { schema: sync }, done))).toEqual(output);
    for (const schema of [sync, async]) {
      expect(await verifyAsync(good, secret, { schema })).toEqual(output);
      expect(await createVerifier(secret, { schema, async: true })(good)).toEqual(output);
      expect(await createVerifier(async () => secret, { schema })(good)).toEqual(output);
    }
  });

  test('makes its output the payload of a complete result', () => {
    const answer = createVerifier(secret, { schema: sync, complete: true })(good);
    expect(answer).toMatchObject({ header: { alg: 'HS256' }, payload: output });
    expect(Object.keys(answer)).toEqual(['header', 'payload', 'signature']);
  });

  test('refuses claims with their paths, and shows neither values nor words of the validator', () => {
    const error = errorOf(() => verify(bad, secret, { schema: sync }));
    expect(error.constructor).toBe(JsonWebTokenError);
    expect(error.message).toBe('jwt claims do not match the schema: "sub", "roles.1"');
    expect(error.code).toBe('ERR_CLAIM_SCHEMA');
    expect(error.claim).toBe('sub');
    expect(Object.keys(error)).toEqual(['name', 'message']);
    expect(error.cause).toHaveLength(2);
    expect((error.cause as Array<{ message: string }>)[0]?.message).toMatch(/string/);
  });

  test('refuses alike through every entrance', async () => {
    const face = errorFields(errorOf(() => verify(bad, secret, { schema: sync })));
    expect(errorFields(errorOf(() => createVerifier(secret, { schema: sync })(bad)))).toEqual(face);
    for (const schema of [sync, async]) {
      const answers = [
        verifyAsync(bad, secret, { schema }),
        createVerifier(secret, { schema, async: true })(bad),
        called((done) => verify(bad, secret, { schema }, done)),
      ];
      for (const answer of answers) expect(errorFields(await rejectionOf(answer))).toEqual(face);
    }
  });

  test('that answers with a promise is a TypeError where nobody can wait', () => {
    for (const call of [
      () => verify(good, secret, { schema: async }),
      () => createVerifier(secret, { schema: async })(good),
    ]) {
      const error = errorOf(call);
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toMatch(/^the schema returns a promise: /);
      expect(error.code).toBe('ERR_OPTION_INVALID');
    }
  });
});

describe('a validator that breaks its promise', () => {
  test.each([[false], [true], [undefined], [null], [{}], ['ok']])(
    'accepts nothing by answering %j',
    async (answer) => {
      const validate = () => answer as never;
      const schema = { '~standard': { version: 1, vendor: 'test', validate } } as const;
      const expected = { name: 'TypeError', code: 'ERR_OPTION_INVALID' };
      expect(errorOf(() => verify(good, secret, { schema }))).toMatchObject(expected);
      expect(errorOf(() => createVerifier(secret, { schema })(good))).toMatchObject(expected);
      await expect(verifyAsync(good, secret, { schema })).rejects.toMatchObject(expected);
      const later = {
        '~standard': { ...schema['~standard'], validate: async () => answer as never },
      };
      await expect(verifyAsync(good, secret, { schema: later })).rejects.toMatchObject(expected);
    },
  );
});

describe('the claim at fault', () => {
  const refusing = (path?: PropertyKey[]): StandardSchema => ({
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: () => ({ issues: [path ? { message: 'no', path } : { message: 'no' }] }),
    },
  });
  const fault = (schema: StandardSchema) => errorOf(() => verify(good, secret, { schema }));

  test('is the first step of the path', () => {
    expect(fault(refusing(['address', 'street'])).claim).toBe('address');
    expect(fault(refusing([{ key: 'address' } as never])).claim).toBe('address');
  });

  test('is whole where its name has dots', () => {
    const name = 'https://id.example/roles';
    expect(fault(refusing([name, 0])).claim).toBe(name);
  });

  test('is none where the claims as a whole are refused', () => {
    for (const schema of [refusing(), refusing([])]) {
      const error = fault(schema);
      expect(error.message).toBe('jwt claims do not match the schema: the claims set');
      expect(error.claim).toBeUndefined();
    }
  });
});

describe('a schema', () => {
  const watching = () => {
    const validate = vi.fn((value: unknown) => ({ value }));
    return { validate, schema: { '~standard': { version: 1, vendor: 'test', validate } } as const };
  };

  test('is asked last, with the claims, and once', () => {
    const { validate, schema } = watching();
    const options = { schema, requiredClaims: ['scope'], clock: () => NOW * 1000 };
    const run = createVerifier(secret, options);
    expect(() => run(`${good}AAAA`)).toThrow('invalid signature');
    expect(() => run(tokenOf({ exp: 1 }))).toThrow('jwt expired');
    expect(() => run(good)).toThrow('jwt must have a "scope" claim');
    expect(validate).not.toHaveBeenCalled();
    expect(run(tokenOf({ scope: 'x' }))).toEqual({ scope: 'x' });
    expect(validate.mock.calls).toEqual([[{ scope: 'x' }]]);
  });

  test('may be a function that carries the interface', () => {
    const { schema } = watching();
    const callable = Object.assign(() => {}, schema);
    expect(verify(good, secret, { schema: callable })).toMatchObject({ sub: '42' });
    expect(createVerifier(secret, { schema: callable })(good)).toMatchObject({ sub: '42' });
  });

  test('whose promise nobody waits for leaves no unhandled rejection behind', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const validate = () => Promise.reject(new Error('a fault of the validator'));
    const schema = { '~standard': { version: 1, vendor: 'test', validate } } as const;
    expect(() => verify(good, secret, { schema })).toThrow(TypeError);
    await settled();
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('does not move the end of a token by what it makes of "exp"', () => {
    const schema = z.object({ exp: z.number().transform(() => NOW + 1000) });
    const run = createVerifier(secret, { schema, clock: () => NOW * 1000 });
    expect(() => run(tokenOf({ exp: NOW }))).toThrow('jwt expired');
  });
});
