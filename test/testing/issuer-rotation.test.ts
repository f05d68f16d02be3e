import { describe, expect, it } from 'vitest';
import { createVerifier, decode } from '../../src/index.ts';
import { createRemoteJwks, type Jwks } from '../../src/jwk/index.ts';
import {
  createTestIssuer,
  type TestIssuer,
  type TestIssuerOptions,
} from '../../src/testing/index.ts';
import { signingKeyOf } from '../../src/testing/signing-key.ts';
import { errorOf, rejectionOf } from '../fixtures/outcome.ts';

const START = Date.UTC(2030, 0, 1);

async function scene(options: TestIssuerOptions = {}) {
  const issuer = await createTestIssuer({
    algorithm: 'ES256',
    clock: () => START,
    ...options,
  });
  const { fetch, now: clock } = issuer;
  const verify = createVerifier(createRemoteJwks(issuer.jwksUri, { fetch, clock }), { clock });
  return { issuer, verify };
}

const kidOf = (token: string) => decode(token, { complete: true })?.header.kid;

async function publishedKids({ fetch, jwksUri }: TestIssuer): Promise<unknown[]> {
  const { keys } = (await (await fetch(jwksUri)).json()) as Jwks;
  return keys.map(({ kid }) => kid);
}

describe('a rotation', () => {
  it('signs with a new key, and keeps the old one in the set', async () => {
    const { issuer, verify } = await scene();
    const before = await issuer.token({ sub: 'before' });
    const kid = await issuer.rotate();
    const after = await issuer.token({ sub: 'after' });
    expect(kidOf(after)).toBe(kid);
    expect(await publishedKids(issuer)).toEqual([kidOf(before), kid]);
    expect(await verify(before)).toMatchObject({ sub: 'before' });
    expect(await verify(after)).toMatchObject({ sub: 'after' });
    expect(signingKeyOf(issuer)?.header).toMatchObject({ kid });
  });

  it('removes the old key when its tokens have expired', async () => {
    const { issuer } = await scene({ expiresIn: '10m' });
    const kid = await issuer.rotate({ keepOld: true });
    issuer.advance('599s');
    expect(await publishedKids(issuer)).toHaveLength(2);
    issuer.advance('1s');
    expect(await publishedKids(issuer)).toEqual([kid]);
  });

  it('without keepOld removes every old key now', async () => {
    const { issuer, verify } = await scene();
    const token = await issuer.token();
    await issuer.rotate();
    const kid = await issuer.rotate({ keepOld: false });
    expect(await publishedKids(issuer)).toEqual([kid]);
    expect(await verify(await issuer.token({ sub: 'ada' }))).toMatchObject({ sub: 'ada' });
    expect(await rejectionOf(verify(token))).toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
  });

  it('shows how long a verifier accepts a key that is gone', async () => {
    const { issuer, verify } = await scene({ expiresIn: '2h' });
    const stolen = await issuer.token({ sub: 'stolen' });
    await verify(stolen);
    await issuer.rotate({ keepOld: false });
    expect(await verify(stolen)).toMatchObject({ sub: 'stolen' });
    issuer.advance('31m');
    expect(await rejectionOf(verify(stolen))).toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
  });

  it('can run several times in one second, and concurrently', async () => {
    const { issuer, verify } = await scene();
    const kids = await Promise.all([issuer.rotate(), issuer.rotate(), issuer.rotate()]);
    expect(new Set(kids).size).toBe(3);
    expect(await publishedKids(issuer)).toHaveLength(4);
    expect(await verify(await issuer.token({ sub: 'ada' }))).toMatchObject({ sub: 'ada' });
  });

  it.each([{ keepold: true }, { keepOld: 'yes' }, { keepOld: undefined }, null])(
    'rejects the options %j',
    async (options) => {
      const { issuer } = await scene();
      const error = await rejectionOf(issuer.rotate(options as never));
      expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_OPTION_INVALID' });
    },
  );
});

describe('the clock', () => {
  it('is that of the option, moved by each advance', async () => {
    const { issuer } = await scene();
    issuer.advance('1h');
    issuer.advance(30);
    expect(issuer.now() - START).toBe(3_630_000);
  });

  it('is not moved behind the last date', async () => {
    const { issuer } = await scene();
    expect(errorOf(() => issuer.advance('300000y'))).toMatchObject({ code: 'ERR_OPTION_INVALID' });
    expect(issuer.now()).toBe(START);
  });

  it('reads Date.now at each call without the option', async () => {
    const { now } = await createTestIssuer({ algorithm: 'ES256' });
    const before = Date.now();
    const read = now();
    expect([read >= before, read <= Date.now()]).toEqual([true, true]);
  });

  it('expires tokens of a verifier that reads it', async () => {
    const { issuer, verify } = await scene();
    const token = await issuer.token();
    issuer.advance('299s');
    await verify(token);
    issuer.advance('1s');
    expect(await rejectionOf(verify(token))).toMatchObject({ code: 'ERR_CLAIM_EXPIRED' });
    await verify(await issuer.token());
  });

  it.each(['1', '-1h', -5, 'soon', undefined, Number.NaN])(
    'does not advance by %j',
    async (duration) => {
      const { issuer } = await scene();
      expect(errorOf(() => issuer.advance(duration as never))).toMatchObject({
        name: 'TypeError',
        code: 'ERR_OPTION_INVALID',
      });
      expect(issuer.now()).toBe(START);
    },
  );

  it('must return milliseconds', async () => {
    const error = await rejectionOf(
      createTestIssuer({ algorithm: 'ES256', clock: () => START / 1000 }),
    );
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_OPTION_INVALID' });
  });
});
