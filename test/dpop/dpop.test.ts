/** What `createDpop` returns: one use of each proof, the store, and its options. */

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createDpop } from '../../src/dpop/index.ts';
import { KeySourceError } from '../../src/errors.ts';
import { ReplayStoreError } from '../../src/replay/store.ts';
import { errorOf, rejectionOf } from '../fixtures/outcome.ts';
import { accessToken, fakeStore, jkt, NOW, origin, proofOf, rejection, verify } from './setup.ts';

const bound = () => ({ token: accessToken, jkt: jkt() });

/** Verifies a proof more than once with one store. */
function serverWith(replay = fakeStore(), clock = () => NOW) {
  const dpop = createDpop({ replay, origin, clock });
  const use = (proof: string) => {
    return dpop.verify({ method: 'GET', url: '/me', headers: { dpop: proof } }, bound());
  };
  return { store: replay, use };
}

describe('a proof', () => {
  it('is accepted once', async () => {
    const { use } = serverWith();
    const proof = proofOf();
    await expect(use(proof)).resolves.toBeUndefined();
    const error = await rejectionOf(use(proof));
    expect(error).toMatchObject({ name: 'JsonWebTokenError', code: 'ERR_PROOF_REPLAYED' });
    await expect(use(proofOf())).resolves.toBeUndefined();
  });

  it('is accepted again for the same request, by a second adapter or guard', async () => {
    const store = fakeStore();
    const dpop = createDpop({ replay: store, origin, clock: () => NOW });
    const request = { method: 'GET', url: '/me', headers: { dpop: proofOf() } };
    await Promise.all([dpop.verify(request, bound()), dpop.verify(request, bound())]);
    await dpop.verify(request, bound());
    expect(store.uses).toHaveLength(1);
    const copy = await rejectionOf(dpop.verify({ ...request }, bound()));
    expect(copy).toMatchObject({ code: 'ERR_PROOF_REPLAYED' });
    const again = { ...request };
    for (let time = 0; time < 2; time++) await rejectionOf(dpop.verify(again, bound()));
    Object.assign(request, { url: '/other' });
    expect(await rejectionOf(dpop.verify(request, bound()))).toMatchObject({ claim: 'htu' });
  });

  it('is rejected for every adapter of a request if the store fails', async () => {
    const use = async () => Promise.reject(new Error('down'));
    const dpop = createDpop({ replay: { use }, origin, clock: () => NOW });
    const request = { method: 'GET', url: '/me', headers: { dpop: proofOf() } };
    for (let time = 0; time < 2; time++) {
      expect(await rejectionOf(dpop.verify(request, bound()))).toBeInstanceOf(ReplayStoreError);
    }
  });

  it('is accepted once by all servers with one store', async () => {
    const store = fakeStore();
    const servers = [0, 50_000, -5000].map((offset) => serverWith(store, () => NOW + offset));
    const proof = proofOf();
    const results = await Promise.allSettled(servers.map(({ use }) => use(proof)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is stored as a digest of its key and "jti", for its key', async () => {
    const { store, use } = serverWith();
    await use(proofOf({ claims: { jti: 'jti' } }));
    const id = createHash('sha256').update(`${jkt()}.jti`).digest('base64url');
    expect(store.uses).toMatchObject([{ id, now: NOW, owner: jkt() }]);
  });

  it('is stored until it ends, whatever the clock of the server is', async () => {
    const iat = NOW / 1000;
    for (const offset of [0, 50_000, -9000]) {
      const { store, use } = serverWith(fakeStore(), () => NOW + offset);
      await use(proofOf({ claims: { iat } }));
      await use(proofOf({ claims: { iat: iat + 0.0005 } }));
      expect(store.uses.map(({ until }) => until)).toEqual([NOW + 70_000, NOW + 70_001]);
    }
  });

  it('with a nonce is stored until the last step of the nonce ends', async () => {
    const store = fakeStore();
    const nonceKey = Buffer.alloc(32, 1);
    for (const offset of [0, 74_999, 150_000, -1]) {
      const server = { now: NOW };
      const clock = () => server.now;
      const dpop = createDpop({ replay: store, origin, nonce: { key: nonceKey }, clock });
      const headers = { dpop: proofOf({ claims: { nonce: dpop.nonce() } }) };
      server.now = NOW + offset;
      await dpop.verify({ method: 'GET', url: '/me', headers }, bound());
    }
    expect(store.uses.map(({ until }) => until - NOW)).toEqual([
      300_000, 300_000, 300_000, 300_000,
    ]);
  });

  it('that is rejected is not stored', async () => {
    const { store, use } = serverWith();
    const wrong = [{ htm: 'POST' }, { htu: origin }, { ath: 'x' }, { iat: 1 }, { jti: '' }];
    for (const claims of wrong) await rejectionOf(use(proofOf({ claims })));
    expect(store.uses).toEqual([]);
  });
});

describe('a replay store that fails', () => {
  const failure = new Error('no connection');

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw failure;
      },
    ],
    ['rejects', () => Promise.reject(failure)],
  ])('and %s is a ReplayStoreError, with its error as the cause', async (_, use) => {
    const error = await rejection({ options: { replay: { use } as never } });
    expect(error).toBeInstanceOf(ReplayStoreError);
    expect(error).toBeInstanceOf(KeySourceError);
    expect(error).toMatchObject({ code: 'ERR_REPLAY_STORE', cause: failure });
  });

  it('and says so itself keeps its error', async () => {
    const full = new ReplayStoreError('the store is full');
    const use = () => Promise.reject(full);
    expect(await rejection({ options: { replay: { use } } })).toBe(full);
  });

  it.each([undefined, null, 1, 'true', {}, []])('and resolves to no boolean: %j', async (value) => {
    const error = await rejection({ options: { replay: { use: async () => value as never } } });
    expect(error).toMatchObject({ code: 'ERR_REPLAY_STORE' });
    expect((error.cause as Error).message).toMatch(/^"use" of the replay store must resolve to/);
  });
});

describe('createDpop', () => {
  it('shows its algorithms, all of them asymmetric, and its origins', () => {
    const dpop = createDpop({ replay: fakeStore(), origin: ['https://A.example:443/v1/'] });
    expect(dpop.algorithms).toEqual(expect.arrayContaining(['ES256', 'EdDSA', 'RS256', 'PS256']));
    expect(dpop.algorithms.filter((alg) => /^HS|none|ML-DSA-[68]/.test(alg))).toEqual([]);
    expect(dpop.origins).toEqual(['https://a.example/v1']);
    expect(dpop.required).toBe(false);
    expect([dpop, dpop.algorithms, dpop.origins].every(Object.isFrozen)).toBe(true);
  });

  it('takes a list of algorithms, and bearer tokens or none', () => {
    const dpop = createDpop({ replay: fakeStore(), algorithms: ['ES256'], required: true });
    expect(dpop).toMatchObject({ algorithms: ['ES256'], origins: [], required: true });
  });

  it.each<[options: unknown, message: string]>([
    [undefined, 'options must be an object'],
    [{}, '"replay" must be a replay store'],
    [{ replay: undefined }, '"replay" must be a replay store'],
    [{ replay: false }, '"replay" must be a replay store'],
    [{ replay: {} }, '"replay" must be a replay store'],
    [{ algorithms: [] }, '"algorithms" must be a non-empty array of'],
    [{ algorithms: ['HS256'] }, '"algorithms" must be a non-empty array of'],
    [{ algorithms: ['ML-DSA-87'] }, '"algorithms" must be a non-empty array of'],
    [{ algorithms: ['none'] }, '"algorithms" must be a non-empty array of'],
    [{ algorithms: ['ES256', 'ES265'] }, '"algorithms" must be a non-empty array of'],
    [{ maxAge: -1 }, '"maxAge" must be'],
    [{ maxAge: '60' }, '"maxAge" must be'],
    [{ tolerance: undefined }, '"tolerance" must be'],
    [{ required: 1 }, '"required" must be a boolean'],
    [{ clock: 1 }, '"clock" must be a function'],
    [{ orgin: origin }, '"orgin" is not an option: did you mean "origin"?'],
  ])('rejects wrong options: %#', (options, message) => {
    const all =
      options && Object.keys(options).length > 0 ? { replay: fakeStore(), ...options } : options;
    const error = errorOf(() => createDpop(all as never));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_OPTION_INVALID' });
    expect(error.message).toContain(message);
  });

  it('needs the method and the URL of a request', async () => {
    const dpop = createDpop({ replay: fakeStore(), origin });
    for (const request of [{ url: '/me' }, { method: 'GET' }, { method: 1, url: '/me' }]) {
      const error = await rejectionOf(dpop.verify(request as never, bound()));
      expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_OPTION_INVALID' });
    }
  });

  it('reads the clock of each call', async () => {
    const proof = proofOf({ claims: { iat: Date.now() / 1000 } });
    const dpop = createDpop({ replay: fakeStore(), origin });
    const request = { method: 'GET', url: '/me', headers: { dpop: proof } };
    await expect(dpop.verify(request, bound())).resolves.toBeUndefined();
    expect((await rejection({ options: { clock: () => NOW / 1000 } })).message).toContain(
      '"clock"',
    );
  });
});

describe('the rules of one token', () => {
  it('are those of its key and its text', async () => {
    await expect(verify()).resolves.toBeUndefined();
    expect((await rejection({ token: 'another' })).code).toBe('ERR_PROOF_INVALID');
    expect((await rejection({ jkt: 'another' })).code).toBe('ERR_PROOF_MISMATCH');
  });
});
