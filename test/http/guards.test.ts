import { describe, expect, test, vi } from 'vitest';
import {
  AuthError,
  createAuthenticator,
  type Guard,
  getAuth,
  requireAnyRole,
  requireAnyScope,
  requireClaims,
  requireRoles,
  requireScopes,
  setAuth,
} from '../../src/http/index.ts';
import { clock, mint, secret, withBearer } from './requests.ts';

async function requestWith(claims: object, realm = 'api'): Promise<object> {
  const request = withBearer(mint(claims));
  const outcome = await createAuthenticator({ key: secret, clock, realm })(request);
  if (outcome.status === 'authenticated') setAuth(request, outcome.auth);
  return request;
}

const passes = async (guard: Guard, claims: object) => {
  const request = await requestWith(claims);
  try {
    guard(request);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(AuthError);
    return false;
  }
};

describe('scopes', () => {
  test.each([
    [{ scope: 'read write' }, true],
    [{ scope: ['read', 'write'] }, true],
    [{ scp: ['read', 'write'] }, true],
    [{ scp: 'write read' }, true],
    [{ permissions: ['read', 'write'] }, true],
    [{ scope: 'read' }, false],
    [{ scope: 'read', permissions: ['read', 'write'] }, false],
    [{ scope: 'readwrite' }, false],
    [{ scope: 'read,write' }, false],
    [{ scope: 'READ WRITE' }, false],
    [{ scope: { read: true, write: true } }, false],
    [{ scope: [['read', 'write']] }, false],
    [{}, false],
  ])('of %j: all of read and write: %s', async (claims, expected) => {
    expect(await passes(requireScopes('read', 'write'), claims)).toBe(expected);
  });

  test('one of several is enough for requireAnyScope', async () => {
    const guard = requireAnyScope('read', 'write');
    expect(await passes(guard, { scope: 'x write' })).toBe(true);
    expect(await passes(guard, { scope: 'x' })).toBe(false);
  });

  test.each([[], [''], ['a b'], ['a"'], ['a\n'], [7]])('%j are no scopes', (...names) => {
    for (const make of [requireScopes, requireAnyScope]) {
      expect(() => make(...(names as string[]))).toThrow(TypeError);
    }
  });
});

describe('roles and claims', () => {
  test.each([
    [{ roles: ['editor', 'admin'] }, true],
    [{ roles: 'editor' }, false],
    [{ role: 'editor admin' }, false],
    [{ role: ['admin', 'editor'] }, true],
    [{}, false],
  ])('of %j: both roles: %s', async (claims, expected) => {
    expect(await passes(requireRoles('editor', 'admin'), claims)).toBe(expected);
  });

  test('one role is enough for requireAnyRole', async () => {
    const guard = requireAnyRole('editor', 'admin');
    expect(await passes(guard, { role: 'admin' })).toBe(true);
    expect(await passes(guard, { role: 'reader' })).toBe(false);
    expect(() => requireAnyRole()).toThrow(TypeError);
    expect(() => requireRoles('')).toThrow(TypeError);
  });

  test('claims have to be there with their value', async () => {
    const guard = requireClaims({ email_verified: true, tenant: 'a' });
    expect(await passes(guard, { email_verified: true, tenant: 'a' })).toBe(true);
    expect(await passes(guard, { email_verified: 'true', tenant: 'a' })).toBe(false);
    expect(await passes(guard, { tenant: 'a' })).toBe(false);
    expect(await passes(requireClaims({ toString: 'x' }), {})).toBe(false);
    for (const wrong of [{}, { a: undefined }, { a: null }, null, ['a']]) {
      expect(() => requireClaims(wrong as never)).toThrow(TypeError);
    }
  });
});

describe('a guard', () => {
  test('calls next, or hands it the error, where there are three arguments', async () => {
    const next = vi.fn();
    requireRoles('admin')(await requestWith({ role: 'admin' }), {}, next);
    expect(next).toHaveBeenLastCalledWith();
    requireRoles('admin')(await requestWith({ role: 'reader' }), {}, next);
    expect(next.mock.lastCall).toEqual([expect.objectContaining({ reason: 'forbidden' })]);
    expect(next).toHaveBeenCalledTimes(2);
  });

  test('answers with what next answers, where there are two', async () => {
    const context = await requestWith({ role: 'admin' });
    expect(await requireRoles('admin')(context, async () => 'done')).toBe('done');
  });

  test('challenges in the realm of the authenticator, with the scope', async () => {
    const request = await requestWith({}, 'orders');
    try {
      requireScopes('a', 'b')(request);
      expect.unreachable();
    } catch (error) {
      const challenge = (error as AuthError).headers['WWW-Authenticate'];
      expect(challenge).toMatch(/^Bearer realm="orders", .*, scope="a b"$/);
    }
  });

  test('is a 401 for guests, and a mistake where no adapter ran', () => {
    const guest = {};
    setAuth(guest, undefined);
    expect(() => requireScopes('a')(guest)).toThrow(
      expect.objectContaining({ reason: 'token_missing' }),
    );
    expect(() => requireScopes('a')({})).toThrow(TypeError);
  });
});

describe('getAuth', () => {
  test('knows guests only where that is asked for', () => {
    const guest = {};
    setAuth(guest, undefined);
    expect(getAuth(guest, { optional: true })).toBeUndefined();
    expect(() => getAuth(guest)).toThrow(AuthError);
    expect(() => getAuth({}, { optional: true })).toThrow(TypeError);
  });
});
