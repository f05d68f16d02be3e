import { describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { failingStore, ISSUER, MINUTE_MS, START_MS, setup } from './setup.ts';

const hint = 'refresh_token';

describe('introspect, RFC 7662', () => {
  test('reports a live access token with the kind of the token, whatever the hint', async () => {
    const { sessions } = setup();
    const { access, sid } = await sessions.issue('ada', { claims: { gen: 9, amr: ['pwd'] } });
    const claims = { sub: 'ada', sid, iss: ISSUER, aud: 'api', gen: 9, amr: ['pwd'] };
    const times = { iat: START_MS / 1000, exp: START_MS / 1000 + 600 };
    const kind = { token_type: 'Bearer', token_use: 'access_token' };
    const expected = { active: true, ...claims, ...times, ...kind, jti: expect.any(String) };
    for (const options of [{}, { hint }, { hint: 'access_token' }] as const) {
      expect(await sessions.introspect(access, options)).toEqual(expected);
    }
  });

  test('reports a current refresh token only with its hint', async () => {
    const { sessions } = setup();
    const first = await sessions.issue('ada', { claims: { amr: ['pwd'] } });
    const { refresh, sid } = await sessions.refresh(first.refresh);
    expect(await sessions.introspect(refresh, { hint })).toEqual({
      ...{ active: true, sub: 'ada', sid, iss: ISSUER, jti: expect.any(String) },
      ...{ iat: START_MS / 1000, exp: START_MS / 1000 + 604_800, token_use: hint },
    });
    for (const options of [{}, { hint: 'access_token' }] as const) {
      expect(await sessions.introspect(refresh, options)).toEqual({ active: false });
    }
    expect(await sessions.introspect(first.refresh, { hint })).toEqual({ active: false });
  });

  test('reports a token that is invalid, or whose session has ended, as inactive', async () => {
    const { sessions, time } = setup();
    const { access, refresh } = await sessions.issue('ada');
    const tokens = ['nonsense', '', undefined as never, `${refresh}x`, `${access}x`];
    for (const token of tokens) {
      expect(await sessions.introspect(token, { hint })).toEqual({ active: false });
    }
    time.now += 10 * MINUTE_MS;
    expect(await sessions.introspect(access)).toEqual({ active: false });
    time.now = START_MS;
    await sessions.revoke(refresh);
    expect(await sessions.introspect(access)).toEqual({ active: false });
    expect(await sessions.introspect(refresh, { hint })).toEqual({ active: false });
  });

  test('rejects with 503 if the store fails', async () => {
    const { access, refresh } = await setup().sessions.issue('ada');
    const { sessions } = setup({ store: failingStore(new Error('down')) });
    for (const token of [access, refresh]) {
      await expect(sessions.introspect(token, { hint })).rejects.toMatchObject({ status: 503 });
    }
  });
});

test('isRevoked reports whether the session of verified claims has ended', async () => {
  const { sessions } = setup();
  const { access, refresh } = await sessions.issue('ada');
  const payload = sessions.verifyAccess(access);
  expect(await sessions.isRevoked({ payload })).toBe(false);
  await sessions.revoke(refresh);
  expect(await sessions.isRevoked({ payload })).toBe(true);
  expect(await sessions.isRevoked({ payload: { sub: 'ada' } })).toBe(true);
});

test('a session is not live if the store resolves to undefined instead of null', async () => {
  const store = { ...createMemoryStore(), get: async () => undefined as never };
  const { sessions } = setup({ store });
  const { access, refresh } = await sessions.issue('ada');
  const payload = sessions.verifyAccess(access);
  expect(await sessions.isRevoked({ payload })).toBe(true);
  for (const token of [access, refresh]) {
    expect(await sessions.introspect(token, { hint })).toEqual({ active: false });
  }
});
