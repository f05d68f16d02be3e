import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSessionHandlers } from '../../src/sessions/handlers.ts';
import { createSessions } from '../../src/sessions/sessions.ts';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { createPostgresStore } from '../../src/sessions/stores/postgres.ts';
import { createRedisStore } from '../../src/sessions/stores/redis.ts';
import { createSqliteStore } from '../../src/sessions/stores/sqlite.ts';
import { errorOf, rejectionOf } from '../fixtures/outcome.ts';
import { payloadOf } from '../fixtures/tokens.ts';
import { accessKey, ISSUER, optionsWith, refreshKey, setup } from './setup.ts';

interface OptionsCase {
  /** Calls the function with the options. */
  call(options: never): unknown;
  /** Options that every call needs. */
  required?: object;
  /** Invalid values of every option. `undefined` and an unknown name are added. */
  invalid: Record<string, readonly unknown[]>;
}

const circular: Record<string, unknown> = {};
circular['self'] = circular;

const notFunction = [null, 5, 'x', {}];
const lifetimes = [null, 0, -1, Number.NaN, Number.POSITIVE_INFINITY, '600', '100y', [], true];
const claims = [null, 'x', [], { exp: 1 }, { sid: 'x' }, { sub: 'eve' }];
const keys = [null, [], [undefined], 'hunter2', generateKeyPairSync('ed25519').publicKey];
const strings = [null, '', 5, [], {}];
const storableStrings = [...strings, 'a'.repeat(256), 'a\0', '\ud800'];
const tokenKey = { key: keys, algorithm: [null, '', 'none', 'HS257'], keyid: strings };

const { sessions } = setup();
const perDevice = setup({ policy: 'per-device' }).sessions;
const query = async () => ({ rows: [] });
const prepare = () => ({ get: () => ({ timeout: 1 }), all: () => [], run: () => undefined });
const meta = () => 'Firefox';
const loginRequest = () =>
  new Request(ISSUER, { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } });
const tables = [...strings, 'a; DROP TABLE b', 'a.b.c', '1a', 'a'.repeat(60)];

const cases: Record<string, OptionsCase> = {
  createSessions: {
    call: (options) => createSessions(options),
    required: optionsWith(),
    invalid: {
      store: [null, {}, 'x', { ...createMemoryStore(), rotate: undefined }],
      access: [null, [], 'x', new Map()],
      refresh: [null, [], {}],
      issuer: strings,
      audience: [null, '', [], [''], 5],
      policy: [null, '', 'one', true],
      maxPerUser: [null, 0, -1, 1.5, '5', Number.POSITIVE_INFINITY],
      claims: notFunction,
      beforeRefresh: notFunction,
      on: notFunction,
      storeTimeout: [null, 0, 0.999, '61s', '5', Number.NaN, Number.POSITIVE_INFINITY, '1 hour'],
      autoPurge: [null, 0, 'no', {}],
      clock: notFunction,
    },
  },
  '"access" of createSessions': {
    call: (access) => createSessions(optionsWith({ access })),
    required: { key: accessKey },
    invalid: { ...tokenKey, expiresIn: lifetimes },
  },
  '"refresh" of createSessions': {
    call: (refresh) => createSessions(optionsWith({ refresh })),
    required: { key: refreshKey },
    invalid: {
      ...tokenKey,
      idle: lifetimes,
      absolute: lifetimes,
      grace: [null, -1, 86_401, '25h', '30', Number.NaN, false, 'until used', ''],
    },
  },
  issue: {
    call: (options) => sessions.issue('ada', options),
    invalid: {
      ...{ device: ['phone'], meta: [() => {}, 'x'.repeat(5000), circular, 1n], claims },
      upstream: storableStrings,
      idle: [...lifetimes, '8d', 604_801],
      absolute: [...lifetimes, '31d'],
      persistent: [null, 0, 'no'],
      accept: notFunction,
    },
  },
  'issue with the policy per-device': {
    call: (options) => perDevice.issue('ada', options),
    required: { device: 'phone' },
    invalid: { device: storableStrings, meta: [], claims },
  },
  login: {
    call: (options) => createSessionHandlers({ sessions }).login(loginRequest(), 'ada', options),
    invalid: { device: ['phone'], meta: [circular], claims },
  },
  'login with a meta hook': {
    call: (options) =>
      createSessionHandlers({ sessions, meta }).login(loginRequest(), 'ada', options),
    invalid: { device: ['phone'], meta: [circular], claims },
  },
  refresh: {
    call: (options) => sessions.refresh('x', options),
    invalid: { meta: ['x'.repeat(5000), circular], accept: notFunction },
  },
  list: {
    call: (options) => sessions.list('ada', options),
    invalid: { current: strings },
  },
  introspect: {
    call: (options) => sessions.introspect('x', options),
    invalid: { hint: [...strings, 'refresh', 'id_token'] },
  },
  revokeAll: {
    call: (options) => sessions.revokeAll('ada', options),
    invalid: { except: [null, '', 5, 'a b', '\0'] },
  },
  purge: {
    call: (options) => sessions.purge(options),
    invalid: { limit: [null, 0, -1, 1.5, '5', Number.NaN] },
  },
  createSessionHandlers: {
    call: (options) => createSessionHandlers(options),
    required: { sessions },
    invalid: {
      sessions: [null, {}, 'x'],
      cookies: [null, true, {}],
      origins: [null, 'https://app.example', ['https://app.example/'], ['*'], [5]],
      meta: notFunction,
      isClient: [...notFunction, true],
    },
  },
  createPostgresStore: {
    call: (options) => createPostgresStore({ query }, options),
    invalid: { table: tables, prepare: [null, 'false', 0, 1] },
  },
  createSqliteStore: {
    call: (options) => createSqliteStore({ prepare }, options),
    invalid: { table: tables },
  },
  createRedisStore: {
    call: (options) => createRedisStore({ eval: async () => null }, options),
    invalid: { prefix: strings },
  },
};

/** Resolves to the error of a call, whether it throws or rejects. */
const errorWith = (call: OptionsCase['call'], options: unknown) =>
  rejectionOf((async () => call(options as never))());

describe.each(Object.entries(cases))('%s', (_, { call, required = {}, invalid }) => {
  test('rejects options that are not an object', async () => {
    for (const options of [null, 5, 'x', true, [], new Map(), () => {}]) {
      expect(await errorWith(call, options)).toBeInstanceOf(TypeError);
    }
  });

  test('rejects an unknown option and names it', async () => {
    const error = await errorWith(call, { ...required, unknwon: 1 });
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain('"unknwon"');
  });

  test.each(Object.entries(invalid))(
    'rejects every invalid value of "%s"',
    async (name, values) => {
      for (const value of [undefined, ...values]) {
        const error = await errorWith(call, { ...required, [name]: value });
        expect(error, `${name}: ${typeof value}`).toBeInstanceOf(TypeError);
      }
    },
  );

  test.each(Object.keys(required))('rejects options without "%s"', async (name) => {
    const { [name as never]: _, ...rest } = required as Record<string, unknown>;
    const error = await errorWith(call, rest);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(`${name}"`);
  });
});

describe('createSessions rejects a shared key:', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  test.each<[string, object]>([
    ['the same secret', { refresh: { key: accessKey } }],
    ['the same secret in another form', { refresh: { key: createSecretKey(accessKey) } }],
    ['an old key of the other token', { refresh: { key: [refreshKey, accessKey] } }],
    ['the same key pair', { access: { key: privateKey }, refresh: { key: privateKey } }],
  ])('%s', (_, given) => {
    const { message } = errorOf(() => createSessions(optionsWith(given)));
    expect(message).toBe('"refresh.key" must not be a key of "access.key": each token has its own');
  });
});

describe('arguments', () => {
  test('of issue, revoke, revokeAll and list reject an invalid user id', async () => {
    const texts = ['', 'a'.repeat(256), 'a\0', '\ud800', null, undefined] as string[];
    const numbers = [1.5, 2 ** 53, -(2 ** 53), Number.NaN, Number.POSITIVE_INFINITY];
    for (const uid of [...texts, ...numbers, 10n ** 255n]) {
      const named = sessions.revoke({ uid, sid: 'x' });
      const calls = [sessions.issue(uid), sessions.revokeAll(uid), sessions.list(uid), named];
      for (const call of calls) expect(await rejectionOf(call)).toBeInstanceOf(TypeError);
    }
  });

  test('of revoke reject an invalid session name', async () => {
    for (const name of [undefined, null, 5, {}, { uid: 'ada' }, { uid: 'ada', sid: 5 }]) {
      expect(await rejectionOf(sessions.revoke(name as never))).toBeInstanceOf(TypeError);
    }
  });

  test('from the claims hook reject invalid claims before the store changes', async () => {
    for (const value of [undefined, ...claims]) {
      const { sessions, store } = setup({ claims: () => value as never });
      expect(await rejectionOf(sessions.issue('ada'))).toBeInstanceOf(TypeError);
      expect(await store.list('ada', 0)).toEqual([]);
    }
  });

  test.each<[string, () => unknown]>([
    ['createPostgresStore', () => createPostgresStore({} as never)],
    ['createRedisStore', () => createRedisStore(undefined as never)],
    ['createSqliteStore', () => createSqliteStore('sessions.db' as never)],
  ])('of %s reject an invalid client', (_, create) => {
    expect(errorOf(create)).toBeInstanceOf(TypeError);
  });
});

test('a clock that returns no time in milliseconds is a TypeError in every call', async () => {
  const { access, refresh } = await sessions.issue('ada');
  const payload = sessions.verifyAccess(access);
  const seconds = Date.now() / 1000;
  const infinite = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const time of [
    seconds,
    0,
    -1,
    ...infinite,
    null,
    undefined,
    '',
    `${Date.now()}`,
    new Date(),
  ]) {
    const created = setup({ clock: () => time as never }).sessions;
    const calls: Array<() => unknown> = [
      () => created.issue('ada'),
      () => created.refresh(refresh),
      () => created.list('ada'),
      () => created.isRevoked({ payload }),
      () => created.introspect(access),
      () => created.verifyAccess(access),
      () => created.purge(),
    ];
    for (const call of calls) expect(await errorWith(call, {})).toBeInstanceOf(TypeError);
  }
});

test('a polluted Object.prototype supplies neither options nor claims', async () => {
  const login = { admin: true };
  const polluted = {
    ...{ device: 'x', except: 'x', meta: 'x', grace: 0, sub: 'eve', sid: 'x', login },
    ...{ upstream: 'x', idle: 1, absolute: 1, persistent: false, persist: false, gen: 9, end: 1 },
    ...{ current: 'x', hint: 'refresh_token', accept: null, context: 'x', beforeRefresh: null },
    ...{ storeTimeout: 1, autoPurge: false },
  };
  const prototype = Object.prototype as Record<string, unknown>;
  Object.assign(prototype, polluted);
  try {
    const { sessions } = setup();
    const { refresh } = await sessions.issue('ada');
    const [one, two] = [await sessions.refresh(refresh), await sessions.refresh(refresh)];
    expect(one.refresh).toBe(two.refresh);
    expect([one.persistent, one.refreshExpiresIn]).toEqual([true, 604_800]);
    expect(sessions.verifyAccess(one.access).sub).toBe('ada');
    expect(Object.hasOwn(payloadOf(one.access), 'admin')).toBe(false);
    expect(await sessions.introspect(one.refresh)).toEqual({ active: false });
    const [listed] = await sessions.list('ada');
    expect([listed?.upstream, listed?.meta, listed?.current]).toEqual([null, null, false]);
    expect(await sessions.isRevoked({ payload: {} })).toBe(true);
    expect(await sessions.revokeAll('ada')).toBe(1);
  } finally {
    for (const name of Object.keys(polluted)) delete prototype[name];
  }
});
