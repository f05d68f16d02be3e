/** The errors about a key argument, and what is stored with a key. */

import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  allowedAlgorithms,
  allowOnly,
  bind,
  classicSigningKey,
  classicVerifyingKey,
  invalidKey,
  type Key,
  missingKey,
  preparedKeyArgument,
} from '../../src/core/keys/key.ts';
import { JsonWebTokenError } from '../../src/index.ts';

const object = () => createSecretKey(Buffer.alloc(64, 1));
const prepared = preparedKeyArgument('sign', 'the key');

describe('allowOnly', () => {
  it('binds a key object to its algorithms, unless there are none', () => {
    const key = object();
    expect(allowOnly(key, undefined)).toBe(key);
    expect(allowedAlgorithms(key)).toBeUndefined();
    expect(allowOnly(key, ['HS512'])).toBe(key);
    expect(allowedAlgorithms(key)).toEqual(['HS512']);
    expect(allowedAlgorithms(object())).toBeUndefined();
  });
});

describe('bind', () => {
  it('binds a key once for each algorithm', () => {
    const key: Key = { kind: 'secret', object: object(), only: undefined };
    const bound = { HS256: bind('HS256', key), HS512: bind('HS512', key) };
    expect(bound.HS256).not.toBe(bound.HS512);
    expect(bind('HS256', key)).toBe(bound.HS256);
    expect(bind('HS512', key)).toBe(bound.HS512);
  });
});

const hint = ': is the environment variable set?';

describe('missingKey', () => {
  it.each([
    [undefined, `got undefined${hint}`],
    [null, 'got null'],
    ['', `got an empty secret${hint}`],
  ])('says what was passed: %j', (input, reason) => {
    const error = missingKey(prepared, input);
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({
      code: 'ERR_KEY_MISSING',
      message: `the key must have a value, ${reason}`,
    });
    expect(error.cause).toBeUndefined();
    for (const classic of [classicSigningKey, classicVerifyingKey]) {
      const inherited = missingKey(classic, input);
      expect(inherited).toMatchObject({ code: 'ERR_KEY_MISSING', message: classic.missing });
      expect(inherited.cause).toMatchObject({ code: 'ERR_KEY_MISSING', message: reason });
    }
  });
});

describe('invalidKey', () => {
  it('has the reason in its message, or as the cause of a message of jsonwebtoken', () => {
    const error = invalidKey(prepared, 'it is old');
    expect(error.message).toBe('the key is not valid key material: it is old');
    expect(error.cause).toBeUndefined();
    const classic = invalidKey(classicVerifyingKey, 'it is old');
    expect(classic).toBeInstanceOf(JsonWebTokenError);
    expect(classic.message).toBe('secretOrPublicKey is not valid key material');
    expect(classic.cause).toMatchObject({ message: 'secretOrPublicKey is unusable: it is old' });
    expect(Object.keys(classic)).not.toContain('cause');
  });
});
