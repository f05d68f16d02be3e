/** Nonces: their steps, the rotation of their keys, and clocks that differ (RFC 9449 §8, §9). */

import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createDpop, type DpopOptions, type NonceOptions } from '../../src/dpop/index.ts';
import { errorOf, rejectionOf } from '../fixtures/outcome.ts';
import { accessToken, fakeStore, jkt, NOW, origin, proofOf } from './setup.ts';

const key = randomBytes(32);
/** A quarter of the default lifetime; NOW is the first millisecond of a step. */
const STEP = 75_000;

/** A server whose clock can be set. */
function serverAt(time: number, nonce: NonceOptions = { key }, more: Partial<DpopOptions> = {}) {
  const server = { time, store: more.replay ?? fakeStore() };
  const dpop = createDpop({
    origin,
    nonce,
    clock: () => server.time,
    ...more,
    replay: server.store,
  });
  const use = (nonce: string | undefined, claims: object = {}) => {
    const headers = { dpop: proofOf({ claims: { nonce, ...claims } }) };
    return dpop.verify({ method: 'GET', url: '/me', headers }, { token: accessToken, jkt: jkt() });
  };
  const codeFor = async (nonce: string | undefined, claims?: object) =>
    use(nonce, claims).then(
      () => 'accepted',
      ({ code }) => code,
    );
  return Object.assign(server, { dpop, use, codeFor, nonce: () => dpop.nonce() });
}

describe('a nonce', () => {
  it('has only characters of NQCHAR', () => {
    expect(serverAt(NOW).nonce()).toMatch(/^[\da-z]{1,10}\.[\w-]{22}$/);
  });

  it('is absent without the option', () => {
    const dpop = createDpop({ replay: fakeStore(), origin });
    expect(dpop.nonce()).toBeUndefined();
  });

  it('is the same within a step, and another one in the next', () => {
    const server = serverAt(NOW);
    const first = server.nonce();
    server.time = NOW + STEP - 1;
    expect(server.nonce()).toBe(first);
    server.time = NOW + STEP;
    expect(server.nonce()).not.toBe(first);
  });

  it.each([
    [0, 'accepted'],
    [4 * STEP - 1, 'accepted'],
    [4 * STEP, 'ERR_PROOF_NONCE'],
    [-1, 'accepted'],
    [-STEP, 'accepted'],
    [-STEP - 1, 'ERR_PROOF_NONCE'],
  ])('is used %i ms after its step began: %s', async (offset, expected) => {
    const nonce = serverAt(NOW).nonce();
    expect(await serverAt(NOW + offset).codeFor(nonce)).toBe(expected);
  });

  it('is accepted by a server whose clock is 50 s behind or ahead', async () => {
    for (const offset of [-50_000, 50_000]) {
      for (const time of [NOW, NOW + 1, NOW + STEP - 1]) {
        const nonce = serverAt(time).nonce();
        expect(await serverAt(time + offset).codeFor(nonce)).toBe('accepted');
      }
    }
  });

  it('replaces the clock of the client', async () => {
    const server = serverAt(NOW);
    for (const iat of [0, NOW / 1000 + 86_400]) {
      expect(await server.codeFor(server.nonce(), { iat })).toBe('accepted');
    }
  });

  it('is required by default', async () => {
    const error = await rejectionOf(serverAt(NOW).use(undefined));
    expect(error).toMatchObject({ name: 'JsonWebTokenError', code: 'ERR_PROOF_NONCE' });
  });

  it('that is optional is required of a client with a stale clock', async () => {
    const server = serverAt(NOW, { key, required: false });
    expect(await server.codeFor(undefined)).toBe('accepted');
    expect(await server.codeFor(undefined, { iat: NOW / 1000 - 90 })).toBe('ERR_PROOF_NONCE');
    expect(await server.codeFor(server.nonce(), { iat: NOW / 1000 - 90 })).toBe('accepted');
    expect(await server.codeFor('wrong')).toBe('ERR_PROOF_NONCE');
  });

  it('of another kind is rejected', async () => {
    const server = serverAt(NOW);
    const nonce = server.nonce() ?? '';
    const [step, mac = ''] = nonce.split('.');
    const next = (NOW / STEP + 1).toString(36);
    const wrong = [
      '',
      '.',
      mac,
      `0${nonce}`,
      `${nonce} `,
      `${next}.${mac}`,
      `${step}.${'A'.repeat(22)}`,
    ];
    for (const other of [...wrong, nonce.toUpperCase(), 1, null, [nonce], {}, true]) {
      expect(await server.codeFor(other as string)).toBe('ERR_PROOF_NONCE');
    }
    expect(server.store).toHaveProperty('uses', []);
  });

  it('of another key is rejected', async () => {
    const nonce = serverAt(NOW, { key: randomBytes(32) }).nonce();
    expect(await serverAt(NOW).codeFor(nonce)).toBe('ERR_PROOF_NONCE');
  });

  it('is no HMAC of the secret itself, which may sign tokens as well', async () => {
    const { createHmac } = await import('node:crypto');
    const [step = '', mac] = serverAt(NOW).nonce()?.split('.') ?? [];
    for (const text of [step, String(Number.parseInt(step, 36))]) {
      const direct = createHmac('sha256', key).update(text).digest('base64url').slice(0, 20);
      expect(mac?.slice(0, 20)).not.toBe(direct);
    }
  });
});

describe('a rotation of keys', () => {
  it('accepts nonces of each key, and creates those of the first', async () => {
    const next = randomBytes(32);
    const [old, both, late] = [{ key }, { key: [next, key] }, { key: next }].map((option) =>
      serverAt(NOW, option),
    );
    expect(await both?.codeFor(old?.nonce())).toBe('accepted');
    expect(both?.nonce()).toBe(late?.nonce());
    expect(await late?.codeFor(old?.nonce())).toBe('ERR_PROOF_NONCE');
  });
});

describe('the options', () => {
  it('follow "lifetime"', async () => {
    const nonce = serverAt(NOW, { key, lifetime: '1m' }).nonce();
    const codeAt = (time: number) => serverAt(time, { key, lifetime: 60 }).codeFor(nonce);
    expect(await codeAt(NOW + 59_999)).toBe('accepted');
    expect(await codeAt(NOW + 60_000)).toBe('ERR_PROOF_NONCE');
  });

  it.each<[options: unknown, code: string]>([
    [{}, 'ERR_KEY_MISSING'],
    [{ key: undefined }, 'ERR_KEY_MISSING'],
    [{ key: 'short' }, 'ERR_KEY_WEAK'],
    [{ key: [key, randomBytes(31)] }, 'ERR_KEY_WEAK'],
    [{ key: [] }, 'ERR_OPTION_INVALID'],
    [{ key: Array.from({ length: 17 }, () => key) }, 'ERR_OPTION_INVALID'],
    [{ key, lifetime: '3s' }, 'ERR_OPTION_INVALID'],
    [{ key, lifetime: '25h' }, 'ERR_OPTION_INVALID'],
    [{ key, lifetime: undefined }, 'ERR_OPTION_INVALID'],
    [{ key, required: 'yes' }, 'ERR_OPTION_INVALID'],
    [{ key, lifetme: '5m' }, 'ERR_OPTION_INVALID'],
    [null, 'ERR_OPTION_INVALID'],
    [[], 'ERR_OPTION_INVALID'],
    [false, 'ERR_OPTION_INVALID'],
    [undefined, 'ERR_OPTION_INVALID'],
  ])('are checked: %#', (nonce, code) => {
    const error = errorOf(() => createDpop({ replay: fakeStore(), nonce } as never));
    expect(error).toMatchObject({ name: 'TypeError', code });
  });

  it('reject a key that is no secret', async () => {
    const { ec } = await import('../fixtures/keys.ts');
    const error = errorOf(() => serverAt(NOW, { key: ec().privateKey }));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_KEY_TYPE' });
  });
});
