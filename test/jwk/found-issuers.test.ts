import { describe, expect, it, vi } from 'vitest';
import { createSigner, sign } from '../../src/index.ts';
import type { FoundIssuersOptions } from '../../src/jwk/jwks/found-issuers.ts';
import { createIssuers, type IssuerOptions } from '../../src/jwk/jwks/issuers.ts';
import { ec, ed25519 } from '../fixtures/keys.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { Clock } from './key-server.ts';

const known = 'https://known.example';
const key = ed25519().publicKey;
const tokenOf = (issuer: string, privateKey = ed25519().privateKey) =>
  createSigner(privateKey, { issuer, noTimestamp: true })({ sub: 'ada' });

type Found = IssuerOptions | null | undefined;

function scene(find: (iss: string) => Found | Promise<Found>, options: FoundIssuersOptions = {}) {
  const clock = new Clock();
  const lookUp = vi.fn(find);
  return { clock, lookUp, verify: createIssuers(lookUp, { clock: clock.read, ...options }) };
}

const codeOf = async (promise: Promise<unknown>) => (await rejectionOf(promise)).code;

describe('createIssuers with a function', () => {
  it('verifies a token with the entry that the function returns for its issuer', async () => {
    const { verify, lookUp } = scene((iss) => (iss === known ? { key } : null));
    expect(await verify(tokenOf(known))).toMatchObject({ iss: known, sub: 'ada' });
    expect(await codeOf(verify(tokenOf(known, ec().privateKey)))).toBe('ERR_HEADER_ALG');
    expect(lookUp.mock.calls).toEqual([[known]]);
  });

  it.each([null, undefined])('rejects an issuer for which it returns %s', async (entry) => {
    const { verify } = scene(async () => entry);
    await expect(verify(tokenOf(known))).rejects.toMatchObject({
      name: 'JsonWebTokenError',
      code: 'ERR_CLAIM_MISMATCH',
      claim: 'iss',
    });
    expect(await verify.result(tokenOf(known))).toMatchObject({
      ok: false,
      code: 'ERR_CLAIM_MISMATCH',
    });
  });

  it('calls it again after "ttl", and verifies with the new entry', async () => {
    let entry: IssuerOptions = { key };
    const { verify, lookUp, clock } = scene(() => entry, { ttl: '1m' });
    await verify(tokenOf(known));
    entry = { key: ec().publicKey };
    clock.pass(59);
    await verify(tokenOf(known));
    expect(lookUp).toHaveBeenCalledTimes(1);
    clock.pass(1);
    expect(await codeOf(verify(tokenOf(known)))).toBe('ERR_HEADER_ALG');
    expect(lookUp).toHaveBeenCalledTimes(2);
  });

  it('uses an entry for 10 minutes by default', async () => {
    const { verify, lookUp, clock } = scene(() => ({ key }));
    await verify(tokenOf(known));
    clock.pass(599);
    await verify(tokenOf(known));
    expect(lookUp).toHaveBeenCalledTimes(1);
    clock.pass(1);
    await verify(tokenOf(known));
    expect(lookUp).toHaveBeenCalledTimes(2);
  });

  it('keeps the token cache of an entry that is the same object', async () => {
    const entry = { key: async () => key, cache: true };
    const { verify, clock } = scene(() => entry);
    const token = tokenOf(known);
    const claims = await verify(token);
    clock.pass(601);
    expect(await verify(token)).toBe(claims);
    verify.forget(token);
    expect(await verify(token)).not.toBe(claims);
  });

  it('calls it again after clear', async () => {
    const { verify, lookUp } = scene(() => ({ key }));
    await verify(tokenOf(known));
    verify.clear();
    await verify(tokenOf(known));
    expect(lookUp).toHaveBeenCalledTimes(2);
  });

  it('calls it again after clear during a call', async () => {
    const entries: Array<(entry: Found) => void> = [];
    const { verify } = scene(() => new Promise<Found>((resolve) => entries.push(resolve)));
    const before = verify(tokenOf(known));
    verify.clear();
    const after = codeOf(verify(tokenOf(known)));
    entries[1]?.(null);
    entries[0]?.({ key });
    expect(await before).toMatchObject({ sub: 'ada' });
    expect(await after).toBe('ERR_CLAIM_MISMATCH');
    expect(await codeOf(verify(tokenOf(known)))).toBe('ERR_CLAIM_MISMATCH');
  });

  it('runs one call at a time for each issuer', async () => {
    let finish = (_: Found) => {};
    const { verify, lookUp } = scene(
      () =>
        new Promise<Found>((resolve) => {
          finish = resolve;
        }),
    );
    const results = Array.from({ length: 50 }, () => verify(tokenOf(known)));
    finish({ key });
    expect(await Promise.all(results)).toHaveLength(50);
    expect(lookUp).toHaveBeenCalledTimes(1);
  });

  it('keeps a rejected name rejected for 60 seconds', async () => {
    const { verify, lookUp, clock } = scene(() => null);
    for (const seconds of [0, 59]) {
      clock.pass(seconds);
      expect(await codeOf(verify(tokenOf(known)))).toBe('ERR_CLAIM_MISMATCH');
    }
    expect(lookUp).toHaveBeenCalledTimes(1);
    clock.pass(1);
    await rejectionOf(verify(tokenOf(known)));
    expect(lookUp).toHaveBeenCalledTimes(2);
  });

  it('evicts no known issuer for a flood of unknown ones', async () => {
    const { verify, lookUp } = scene((iss) => (iss === known ? { key } : null), { max: 2 });
    await verify(tokenOf(known));
    for (let i = 0; i < 3000; i++) {
      await verify.result(sign({ iss: `https://${i}.example` }, 'x'.repeat(32)));
    }
    lookUp.mockClear();
    await verify(tokenOf(known));
    expect(lookUp).not.toHaveBeenCalled();
  });

  it('caches at most "max" issuers', async () => {
    const { verify, lookUp } = scene(() => ({ key }), { max: 2 });
    for (const name of ['a', 'b', 'c', 'd', 'a']) await verify(tokenOf(`https://${name}.example`));
    expect(lookUp).toHaveBeenCalledTimes(5);
  });

  it('rejects with KeySourceError if it throws, and calls it again for the next token', async () => {
    const cause = new Error('database down');
    const { verify, lookUp } = scene(async () => {
      throw cause;
    });
    for (let i = 0; i < 2; i++) {
      const error = await rejectionOf(verify(tokenOf(known)));
      expect(error).toMatchObject({ name: 'KeySourceError', code: 'ERR_KEY_SOURCE', cause });
    }
    expect(lookUp).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['longer than 2,048 characters', `https://${'x'.repeat(2041)}`],
    ['with a space', 'https://known.example/ x'],
    ['with a control character', 'https://known.example/\n'],
    ['with a letter outside ASCII', 'https://knöwn.example'],
    ['that is empty', ''],
  ])('is not called for a name %s', async (_what, iss) => {
    const { verify, lookUp } = scene(() => ({ key }));
    expect(await codeOf(verify(sign({ iss }, 'x'.repeat(32))))).toBe('ERR_CLAIM_MISMATCH');
    expect(lookUp).not.toHaveBeenCalled();
  });

  it.each([{ iss: ['x'] }, { iss: 7 }, { iss: null }, {}])(
    'is not called for the claims %j',
    async (claims) => {
      const { verify, lookUp } = scene(() => ({ key }));
      expect(await verify.result(sign(claims, 'x'.repeat(32)))).toMatchObject({ claim: 'iss' });
      expect(lookUp).not.toHaveBeenCalled();
    },
  );

  it.each<[string, unknown]>([
    ['must be an object with a "key"', {}],
    ['must be an object with a "key"', 'key'],
    ['"issuer" is not an option of the issuer', { key, issuer: known }],
    ['"algorithm" is not an option', { key, algorithm: 'EdDSA' }],
  ])('rejects with TypeError for a wrong entry: %s', async (message, entry) => {
    const { verify } = scene(() => entry as IssuerOptions);
    const error = await rejectionOf(verify(tokenOf(known)));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(message);
  });

  it.each<[string, object]>([
    ['"max" must be', { max: 0 }],
    ['"ttl" must be', { ttl: '10' }],
    ['"ttl" must be', { ttl: undefined }],
    ['"clock" must be', { clock: 7 }],
    ['"size" is not an option', { size: 7 }],
  ])('rejects wrong options: %s', (message, options) => {
    expect(() => createIssuers(() => null, options)).toThrow(message);
  });

  it('rejects options beside a record', () => {
    const create = createIssuers as (issuers: object, options: object) => unknown;
    expect(() => create({ [known]: { key } }, { max: 7 })).toThrow('only for a function');
  });
});
