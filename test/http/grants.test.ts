import { describe, expect, it } from 'vitest';
import {
  createAuthenticator,
  type GrantSource,
  requireRoles,
  requireScopes,
  rolesOf,
  scopesOf,
  setAuth,
} from '../../src/http/index.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { clock, mint, secret, type WithoutKey, withBearer } from './requests.ts';

async function authOf(claims: object, options: WithoutKey) {
  const request = withBearer(mint(claims));
  const outcome = await createAuthenticator({ key: secret, clock, ...options })(request);
  if (outcome.status !== 'authenticated') throw outcome.error;
  setAuth(request, outcome.auth);
  return { request, auth: outcome.auth };
}

const name = 'https://app.example/roles';
const clients = ({ resource_access: clients }: Record<string, unknown>) => {
  return Object.entries(Object(clients) as Record<string, { roles: string[] }>).flatMap(
    ([client, { roles }]) => roles.map((role) => `${client}:${role}`),
  );
};

/** Where providers put roles: the option, the claims, the roles. */
const places: Record<string, readonly [GrantSource, object, readonly string[]]> = {
  'a member': ['groups', { groups: ['a', 'b'] }, ['a', 'b']],
  'a path, as of Keycloak': ['realm_access.roles', { realm_access: { roles: ['a'] } }, ['a']],
  'a long path': ['a.b.c.d', { a: { b: { c: { d: ['x'] } } } }, ['x']],
  'an exact name, as of Auth0': [[name], { [name]: ['a'] }, ['a']],
  'an exact name with a colon, as of Cognito': [
    'cognito:groups',
    { 'cognito:groups': ['a'] },
    ['a'],
  ],
  'a string is one role': ['role', { role: 'a b' }, ['a b']],
  'an empty list': ['groups', { groups: [] }, []],
  'an absent path': ['realm_access.roles', { realm_access: {} }, []],
  'only strings count': ['groups', { groups: ['a', 7, null, ['b'], { b: 1 }] }, ['a']],
  'a function': [
    clients,
    { resource_access: { orders: { roles: ['x', 'y'] } } },
    ['orders:x', 'orders:y'],
  ],
};

describe('rolesFrom', () => {
  it.each(Object.entries(places))('reads %s', async (_, [rolesFrom, claims, roles]) => {
    const { auth } = await authOf(claims, { rolesFrom });
    expect(rolesOf(auth)).toEqual(roles);
  });

  it('applies to the options and to guards later on the same request', async () => {
    const rolesFrom = 'realm_access.roles';
    const claims = { realm_access: { roles: ['clerk'] }, roles: ['admin'] };
    const options: WithoutKey = { rolesFrom, roles: 'clerk', anyRole: ['x', 'clerk'] };
    const { request } = await authOf(claims, options);
    requireRoles('clerk')(request);
    expect(errorOf(() => requireRoles('admin')(request))).toMatchObject({ reason: 'forbidden' });
    await expect(authOf(claims, { rolesFrom, roles: 'admin' })).rejects.toMatchObject({
      reason: 'forbidden',
    });
  });
});

describe('scopesFrom', () => {
  it('reads a string of scopes or an array, for options and guards', async () => {
    for (const scopes of ['read write', ['read', 'write']]) {
      const claims = { access: { scopes }, scope: 'erase' };
      const { request, auth } = await authOf(claims, {
        scopesFrom: 'access.scopes',
        scopes: 'read',
      });
      expect(scopesOf(auth)).toEqual(['read', 'write']);
      requireScopes('write')(request);
      expect(() => requireScopes('erase')(request)).toThrow('insufficient_scope');
    }
  });

  it('lets a function read several claims, such as scope and permissions of Auth0', async () => {
    const scopesFrom = ({ scope, permissions }: Record<string, unknown>) => {
      return [...String(scope).split(' '), ...(permissions as string[])];
    };
    const { auth } = await authOf({ scope: 'a', permissions: ['b'] }, { scopesFrom });
    expect(scopesOf(auth)).toEqual(['a', 'b']);
  });
});

describe('a function in rolesFrom or scopesFrom', () => {
  it.each([undefined, null, 'admin', { admin: true }, new Set(['admin']), Promise.resolve([])])(
    'throws TypeError if it returns %s',
    async (result) => {
      const rolesFrom = () => result as never;
      const message = '"rolesFrom" must return an array of strings, got';
      await expect(authOf({}, { rolesFrom, roles: 'a' })).rejects.toThrow(message);
      const { request, auth } = await authOf({}, { rolesFrom });
      expect(() => rolesOf(auth)).toThrow(message);
      expect(() => requireRoles('a')(request)).toThrow(TypeError);
    },
  );

  it('receives the output of the schema', async () => {
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: () => ({ value: { groups: ['mapped'] } }),
      },
    };
    const { auth } = await authOf({}, { schema: schema as never, rolesFrom: 'groups' });
    expect(rolesOf(auth)).toEqual(['mapped']);
  });
});

it.each(['', '.', 'a.', '.a', 'a..b', [], [''], ['a', 'b'], [7], 7, null, {}, true])(
  'createAuthenticator throws TypeError for rolesFrom: %j',
  (wrong) => {
    for (const option of ['rolesFrom', 'scopesFrom']) {
      const create = () => createAuthenticator({ key: secret, [option]: wrong as never });
      expect(create).toThrow(`"${option}" must be a path such as "realm_access.roles"`);
    }
  },
);

it('finds nothing in an empty string', async () => {
  const { auth } = await authOf({ scope: '', roles: '' }, {});
  expect([scopesOf(auth), rolesOf(auth), auth.scopes]).toEqual([[], [], []]);
});

it('rolesOf and scopesOf read the usual claims of an object of your own', () => {
  const payload = { role: 'admin', scp: 'read write' };
  const auth = {
    payload,
    header: { alg: 'HS256' },
    token: '',
    source: 'custom',
    user: {},
  } as const;
  expect([rolesOf(auth), scopesOf(auth)]).toEqual([['admin'], ['read', 'write']]);
});
