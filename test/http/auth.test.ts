import { describe, expect, it, test } from 'vitest';
import { type Auth, AuthError, getAuth, getAuthError, setAuth } from '../../src/http/index.ts';
import { polluted } from './requests.ts';

describe('setAuth', () => {
  const auth = { payload: { sub: 'ada' } } as Auth;
  const error = new AuthError('token_expired');

  it('stores a token, an outcome or a request without a user', () => {
    const target = {};
    setAuth(target, undefined);
    expect([getAuth(target, { optional: true }), getAuthError(target)]).toEqual([
      undefined,
      undefined,
    ]);
    setAuth(target, { status: 'anonymous', error });
    expect(getAuthError(target)).toBe(error);
    setAuth(target, auth);
    setAuth(target, { status: 'anonymous', error });
    expect([getAuth(target), getAuthError(target)]).toEqual([auth, undefined]);
    setAuth(target, { status: 'rejected', error });
    expect(() => getAuth(target)).toThrow(error);
    setAuth(target, { status: 'authenticated', auth });
    expect([getAuth(target), getAuthError(target)]).toEqual([auth, undefined]);
  });

  it('is not misled by a polluted prototype', async () => {
    const target = {};
    await polluted({ status: 'anonymous', error }, () => setAuth(target, auth));
    expect(getAuth(target)).toBe(auth);
  });
});

test('getAuthError throws TypeError if no adapter ran', () => {
  expect(() => getAuthError({})).toThrow('getAuthError() found no jotkit adapter');
});
