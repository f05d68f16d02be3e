import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSessions } from '../../src/sessions/sessions.ts';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { createPostgresStore } from '../../src/sessions/stores/postgres.ts';
import { createRedisStore } from '../../src/sessions/stores/redis.ts';
import { createSqliteStore } from '../../src/sessions/stores/sqlite.ts';
import { errorOf, rejectionOf } from '../fixtures/outcome.ts';
import { accessKey, claimsOf, optionsWith, refreshKey, scene } from './scene.ts';

const create = (given: object) => () => createSessions({ ...optionsWith(), ...given } as never);
const pair = generateKeyPairSync('ed25519');

describe('createSessions refuses', () => {
  test.each(['store', 'access', 'refresh', 'issuer', 'audience'])('to be without %s', (name) => {
    const { [name as 'store']: _, ...rest } = optionsWith();
    const error = errorOf(() => createSessions(rest as never));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(`"${name}"`);
  });

  test.each<[string, object]>([
    ['an unknown option', { stroe: 1 }],
    ['an option that is undefined', { policy: undefined }],
    ['a store without rotate', { store: { ...createMemoryStore(), rotate: undefined } }],
    ['a store that is null', { store: null }],
    ['an unknown policy', { policy: 'one' }],
    ['no sessions at all', { maxPerUser: 0 }],
    ['an empty issuer', { issuer: '' }],
    ['no audience', { audience: [] }],
    ['a misspelt option of access', { access: { key: accessKey, expiresin: 5 } }],
    ['access that ends at once', { access: { key: accessKey, expiresIn: 0 } }],
    ['a lifetime without a unit', { access: { key: accessKey, expiresIn: '600' } }],
    ['an idle time that is not a number', { refresh: { key: refreshKey, idle: Number.NaN } }],
    ['an endless session', { refresh: { key: refreshKey, absolute: '100y' } }],
    ['a grace of an hour', { refresh: { key: refreshKey, grace: '1h' } }],
    ['a negative grace', { refresh: { key: refreshKey, grace: -1 } }],
    ['no key', { refresh: {} }],
    ['an empty list of keys', { refresh: { key: [] } }],
    ['a short secret', { refresh: { key: 'hunter2' } }],
    ['a public key', { access: { key: pair.publicKey } }],
    ['a clock that is no function', { clock: 5 }],
    ['an array', { access: [] }],
  ])('%s', (_, given) => {
    expect(errorOf(create(given))).toBeInstanceOf(TypeError);
  });

  test.each<[string, object]>([
    ['the same secret', { access: { key: accessKey }, refresh: { key: accessKey } }],
    [
      'the same secret in another form',
      { access: { key: accessKey }, refresh: { key: createSecretKey(accessKey) } },
    ],
    ['an old key of the other', { refresh: { key: [refreshKey, accessKey] } }],
    ['the same key pair', { access: { key: pair.privateKey }, refresh: { key: pair.privateKey } }],
  ])('%s for both tokens', (_, given) => {
    const { message } = errorOf(create(given));
    expect(message).toBe('"refresh.key" must not be a key of "access.key": each token has its own');
  });
});

describe('the calls refuse', () => {
  test.each([
    ['empty', ''],
    ['too long', 'a'.repeat(256)],
    ['NUL', 'a\0'],
    ['half a pair', '\ud800'],
  ])('a user id that is %s', async (_, uid) => {
    const { sessions } = scene();
    for (const call of [sessions.issue(uid), sessions.revokeAll(uid), sessions.list(uid)]) {
      expect(await rejectionOf(call)).toBeInstanceOf(TypeError);
    }
  });

  test.each<[string, unknown]>([
    ['a device without that policy', { device: 'phone' }],
    ['claims that belong to the token', { claims: { sub: 'eve' } }],
    ['claims that are a list', { claims: [] }],
    ['meta that is too long', { meta: 'x'.repeat(5000) }],
    ['meta that has no JSON', { meta: () => {} }],
    ['meta that is a circle', { meta: circle() }],
    ['an unknown option', { mata: 1 }],
    ['undefined', { meta: undefined }],
    ['null', null],
  ])('a login with %s', async (_, options) => {
    const { sessions } = scene();
    expect(await rejectionOf(sessions.issue('ada', options as never))).toBeInstanceOf(TypeError);
  });

  test('a login without its device, where the policy needs one', async () => {
    const { sessions } = scene({ policy: 'per-device' });
    expect(await rejectionOf(sessions.issue('ada'))).toBeInstanceOf(TypeError);
  });

  test.each([[undefined], [null], ['admin'], [[]], [{ exp: 1 }], [{ sid: 'x' }]])(
    'claims of the application that are %j',
    async (answer) => {
      const { sessions, store } = scene({ claims: () => answer as never });
      expect(await rejectionOf(sessions.issue('ada'))).toBeInstanceOf(TypeError);
      expect(await store.list('ada', 0)).toEqual([]);
    },
  );

  test('a clock that does not tell the time', async () => {
    const { sessions } = scene({ clock: () => Number.NaN });
    expect(await rejectionOf(sessions.issue('ada'))).toBeInstanceOf(TypeError);
  });

  test('wrong arguments of revoke, revokeAll and purge', async () => {
    const { sessions } = scene();
    const calls: Array<Promise<unknown>> = [
      sessions.revoke(null as never),
      sessions.revoke({ uid: 'ada' } as never),
      sessions.revoke({ uid: '', sid: 'x' }),
      sessions.revokeAll('ada', { except: 5 } as never),
      sessions.revokeAll('ada', { except: '' }),
      sessions.purge({ limit: 0 }),
    ];
    for (const call of calls) expect(await rejectionOf(call)).toBeInstanceOf(TypeError);
  });
});

describe('a polluted Object.prototype', () => {
  test('supplies neither option nor claim', async () => {
    const polluted = {
      device: 'x',
      except: 'x',
      meta: 'x',
      grace: 0,
      sub: 'eve',
      sid: 'x',
      login: { admin: true },
    };
    const prototype = Object.prototype as Record<string, unknown>;
    Object.assign(prototype, polluted);
    try {
      const { sessions } = scene();
      const first = await sessions.issue('ada', { claims: { a: 1 } });
      const [one, two] = [
        await sessions.refresh(first.refresh),
        await sessions.refresh(first.refresh),
      ];
      expect(one.refresh).toBe(two.refresh);
      expect(sessions.verifyAccess(one.access).sub).toBe('ada');
      expect(Object.hasOwn(claimsOf(one.access), 'admin')).toBe(false);
      expect(await sessions.isRevoked({ payload: {} })).toBe(true);
      expect(await sessions.revokeAll('ada')).toBe(1);
    } finally {
      for (const name of Object.keys(polluted)) delete prototype[name];
    }
  });
});

describe('a store refuses', () => {
  test.each<[string, () => unknown]>([
    ['a client that is none', () => createPostgresStore({} as never)],
    ['no client', () => createRedisStore(undefined as never)],
    ['a database that is none', () => createSqliteStore('sessions.db' as never)],
    ['a table that is not a name', () => createPostgresStore(query, { table: 'a; DROP TABLE b' })],
    ['an unknown option', () => createPostgresStore(query, { tabel: 'a' } as never)],
    ['an empty prefix', () => createRedisStore({ eval: async () => null }, { prefix: '' })],
  ])('%s', (_, make) => {
    expect(errorOf(make)).toBeInstanceOf(TypeError);
  });
});

const query = { query: async () => ({ rows: [] }) };

function circle(): object {
  const self: Record<string, unknown> = {};
  self['self'] = self;
  return self;
}
