import { describe, expect, it, test, vi } from 'vitest';
import {
  type Auth,
  AuthError,
  createAuthenticator,
  type Guard,
  getAuth,
  type RequestLike,
  requireAll,
  requireAny,
  requireAnyRole,
  requireAnyScope,
  requireAuth,
  requireClaims,
  requireRoles,
  requireScopes,
  setAuth,
} from '../../src/http/index.ts';
import type { JwtPayload } from '../../src/index.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { clock, mint, secret, type WithoutKey, withBearer } from './requests.ts';

async function requestWith(claims: object, options: WithoutKey = {}): Promise<object> {
  const request = withBearer(mint(claims));
  const outcome = await createAuthenticator({ key: secret, clock, ...options })(request);
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

describe('requireAuth', () => {
  interface User {
    plan: string;
  }
  const user = ({ payload }: Auth): User => ({ plan: String(payload.plan) });

  test('requires a user, given no function', async () => {
    const guest = {};
    setAuth(guest, undefined);
    expect(errorOf(() => requireAuth()(guest))).toMatchObject({ reason: 'token_missing' });
    requireAuth()(await requestWith({}));
  });

  test('calls its function with the verified token, its user and the request', async () => {
    const request = await requestWith({ plan: 'pro' }, { user: user as never });
    const seen: unknown[] = [];
    const guard = requireAuth<JwtPayload, User, RequestLike>((auth, context) => {
      seen.push(auth.payload.sub, context === request);
      return auth.user.plan === 'pro';
    });
    guard(request);
    expect(seen).toEqual(['ada', true]);
    const free = await requestWith({ plan: 'free' }, { user: user as never });
    expect(errorOf(() => guard(free))).toMatchObject({ reason: 'forbidden', status: 403 });
  });

  it.each([undefined, null, 1, 'yes', Promise.resolve(true)])(
    'throws TypeError if the function returns %s',
    async (result) => {
      const request = await requestWith({});
      const guards = [
        requireAuth(() => result as never),
        requireAny(requireAuth(() => result as never)),
      ];
      for (const guard of guards) {
        expect(() => guard(request)).toThrow('the function of requireAuth must return a boolean');
      }
    },
  );

  test('throws TypeError for what is no function', () => {
    for (const wrong of [null, true, 'admin', {}]) {
      expect(() => requireAuth(wrong as never)).toThrow('requireAuth() needs a function');
    }
  });
});

describe('requireAny and requireAll', () => {
  const either = requireAny(requireRoles('admin'), requireScopes('orders:write'));
  const both = requireAll(requireRoles('admin'), requireScopes('orders:write'));
  const claims = {
    neither: {},
    role: { roles: ['admin'] },
    scope: { scope: 'orders:write' },
    all: { roles: ['admin'], scope: 'orders:write' },
  };

  test('accept tokens that satisfy one guard, or every guard, also nested', async () => {
    const all = Object.values(claims);
    expect(await accepted(either, all)).toEqual([claims.role, claims.scope, claims.all]);
    expect(await accepted(both, all)).toEqual([claims.all]);
    const nested = requireAny(
      both,
      requireClaims({ owner: true }),
      requireAuth(() => false),
    );
    expect(await accepted(nested, [...all, { owner: true }])).toEqual([
      claims.all,
      { owner: true },
    ]);
    expect(await accepted(requireAll(either, either), all)).toEqual([
      claims.role,
      claims.scope,
      claims.all,
    ]);
  });

  test('name the scopes of an alternative, else forbid', async () => {
    const request = await requestWith({}, { realm: 'orders' });
    const error = errorOf(() => either(request)) as AuthError;
    expect(error.reason).toBe('insufficient_scope');
    expect(error.headers['WWW-Authenticate']).toMatch(/realm="orders", .*scope="orders:write"$/);
    const roles = requireAny(requireRoles('a'), requireClaims({ b: 1 }));
    expect(errorOf(() => roles(request))).toMatchObject({ reason: 'forbidden' });
  });

  test('reject with the error of the first guard that is not satisfied as requireAll', async () => {
    const reasonOf = async (each: object) => {
      const request = await requestWith(each);
      return (errorOf(() => both(request)) as AuthError).reason;
    };
    expect(await reasonOf(claims.neither)).toBe('forbidden');
    expect(await reasonOf(claims.role)).toBe('insufficient_scope');
  });

  test('throw TypeError for anything but guards', () => {
    const wrong = [[], [undefined], ['admin'], [() => true], [either, () => {}], [requireRoles]];
    for (const guards of wrong) {
      expect(() => requireAny(...(guards as never[]))).toThrow('requireAny() needs guards');
      expect(() => requireAll(...(guards as never[]))).toThrow('requireAll() needs guards');
    }
  });
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
    const request = await requestWith({}, { realm: 'orders' });
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
