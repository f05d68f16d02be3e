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
import { errorOf } from '../fixtures/outcome.ts';
import { clock, mint, secret, withBearer } from './requests.ts';

async function requestWith(claims: object, realm = 'api'): Promise<object> {
  const request = withBearer(mint(claims));
  const outcome = await createAuthenticator({ key: secret, clock, realm })(request);
  if (outcome.status === 'authenticated') setAuth(request, outcome.auth);
  return request;
}

/** The claims of the list that the guard accepts. */
async function accepted(guard: Guard, claims: readonly object[]): Promise<object[]> {
  const requests = await Promise.all(claims.map((each) => requestWith(each)));
  return claims.filter((_, index) => {
    try {
      guard(requests[index] ?? {});
      return true;
    } catch (error) {
      expect(error).toBeInstanceOf(AuthError);
      return false;
    }
  });
}

describe('requireScopes', () => {
  test('finds all scopes in scope, else scp, else permissions, as a string or an array', async () => {
    const all = [
      { scope: 'read write' },
      { scope: ['read', 'write'] },
      { scp: ['read', 'write'] },
      { scp: 'write read' },
      { permissions: ['read', 'write'] },
    ];
    const some = [
      { scope: 'read' },
      { scope: 'read', permissions: ['read', 'write'] },
      { scope: 'readwrite' },
      { scope: 'read,write' },
      { scope: 'READ WRITE' },
      { scope: { read: true, write: true } },
      { scope: [['read', 'write']] },
      {},
    ];
    const guard = requireScopes('read', 'write');
    expect(await accepted(guard, [...all, ...some])).toEqual(all);
  });

  test('accepts one of several scopes as requireAnyScope', async () => {
    const claims = [{ scope: 'x write' }, { scope: 'x' }];
    expect(await accepted(requireAnyScope('read', 'write'), claims)).toEqual([claims[0]]);
  });

  test('throws TypeError for names that are not scopes', () => {
    for (const names of [[], [''], ['a b'], ['a"'], ['a\n'], [7]]) {
      expect(() => requireScopes(...(names as string[]))).toThrow(TypeError);
      expect(() => requireAnyScope(...(names as string[]))).toThrow(TypeError);
    }
  });
});

describe('requireRoles', () => {
  test('finds all roles in roles, else role, as a string or an array', async () => {
    const all = [{ roles: ['editor', 'admin'] }, { role: ['admin', 'editor'] }];
    const some = [{ roles: 'editor' }, { role: 'editor admin' }, {}];
    expect(await accepted(requireRoles('editor', 'admin'), [...all, ...some])).toEqual(all);
  });

  test('accepts one of several roles as requireAnyRole', async () => {
    const claims = [{ role: 'admin' }, { role: 'reader' }];
    expect(await accepted(requireAnyRole('editor', 'admin'), claims)).toEqual([claims[0]]);
  });

  test('throws TypeError without a name', () => {
    expect(() => requireAnyRole()).toThrow(TypeError);
    expect(() => requireRoles('')).toThrow(TypeError);
  });
});

test('requireClaims compares own claims by value and type', async () => {
  const guard = requireClaims({ email_verified: true, tenant: 'a' });
  const matching = { email_verified: true, tenant: 'a' };
  const others = [{ email_verified: 'true', tenant: 'a' }, { tenant: 'a' }];
  expect(await accepted(guard, [matching, ...others])).toEqual([matching]);
  expect(await accepted(requireClaims({ toString: 'x' }), [{}])).toEqual([]);
  for (const wrong of [{}, { a: undefined }, { a: null }, null, ['a']]) {
    expect(() => requireClaims(wrong as never)).toThrow(TypeError);
  }
});

describe('a guard', () => {
  test('calls next with the error or without one, given three arguments', async () => {
    const next = vi.fn();
    requireRoles('admin')(await requestWith({ role: 'admin' }), {}, next);
    expect(next).toHaveBeenLastCalledWith();
    requireRoles('admin')(await requestWith({ role: 'reader' }), {}, next);
    expect(next.mock.lastCall).toEqual([expect.objectContaining({ reason: 'forbidden' })]);
    expect(next).toHaveBeenCalledTimes(2);
  });

  test('returns the result of next, given two arguments', async () => {
    const context = await requestWith({ role: 'admin' });
    expect(await requireRoles('admin')(context, async () => 'done')).toBe('done');
  });

  test('sends the realm of the authenticator and the scopes in its challenge', async () => {
    const request = await requestWith({}, 'orders');
    const error = errorOf(() => requireScopes('a', 'b')(request)) as AuthError;
    expect(error.headers['WWW-Authenticate']).toMatch(/^Bearer realm="orders", .*, scope="a b"$/);
  });
});

test('getAuth and guards reject a request without a token, and one without an adapter', () => {
  const guest = {};
  setAuth(guest, undefined);
  expect(getAuth(guest, { optional: true })).toBeUndefined();
  const readers: Array<(target: object) => unknown> = [getAuth, requireScopes('a')];
  for (const read of readers) {
    expect(errorOf(() => read(guest))).toMatchObject({ reason: 'token_missing' });
    expect(() => read({})).toThrow(TypeError);
  }
  expect(() => getAuth({}, { optional: true })).toThrow(TypeError);
});
