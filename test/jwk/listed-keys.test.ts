import { expect, test, vi } from 'vitest';
import { listKeys } from '../../src/core/verify/listed-keys.ts';
import {
  createKeyRing,
  createLocalJwks,
  createRemoteJwks,
  discover,
  exportJwk,
  generateKey,
} from '../../src/jwk/index.ts';

const jwks = {
  keys: await Promise.all(
    ['a', 'b'].map(async (kid) => ({ ...exportJwk(await generateKey('EdDSA')), kid })),
  ),
};
const kidsOf = (source: unknown) => listKeys(source)?.map(({ kid }) => kid);

test('lists the keys of a local set', () => {
  expect(kidsOf(createLocalJwks(jwks))).toEqual(['a', 'b']);
});

test('lists the keys of a remote set without a fetch', async () => {
  const fetch = vi.fn(async () => Response.json(jwks));
  const source = createRemoteJwks('https://id.example/jwks.json', { fetch });
  expect(kidsOf(source)).toEqual([]);
  expect(fetch).not.toHaveBeenCalled();
  await source.reload();
  expect(kidsOf(source)).toEqual(['a', 'b']);
  expect(fetch).toHaveBeenCalledTimes(1);
  source.close();
  expect(kidsOf(source)).toEqual([]);
});

test('lists the keys of an issuer that was discovered', async () => {
  const issuer = 'https://id.example';
  const metadata = { issuer, jwks_uri: `${issuer}/jwks` };
  const fetch = async (url: string | URL | Request) =>
    Response.json(String(url) === metadata.jwks_uri ? jwks : metadata);
  const found = await discover(issuer, { fetch: fetch as typeof globalThis.fetch });
  await found.jwks.reload();
  expect(kidsOf(found.jwks)).toEqual(['a', 'b']);
});

test('lists the keys of a ring that verify now', async () => {
  const ring = createKeyRing([{ key: await generateKey('EdDSA'), kid: 'old' }], { expiresIn: 60 });
  ring.publish({ key: await generateKey('EdDSA'), kid: 'new' });
  expect(kidsOf(ring.keys)).toEqual(['old', 'new']);
  ring.revoke('new');
  expect(kidsOf(ring.keys)).toEqual(['old']);
});

test('lists nothing that signs, and no list that the source uses', async () => {
  const ring = createKeyRing([{ key: await generateKey('EdDSA'), kid: 'a' }], { expiresIn: 60 });
  const local = createLocalJwks(jwks);
  for (const source of [ring.keys, local]) {
    const [listed] = listKeys(source) ?? [];
    expect(Object.keys(Object(listed))).toEqual(['kid', 'key']);
    expect(listed?.key.type).toBe('public');
    expect(listKeys(source)).not.toBe(listKeys(source));
  }
});

test('lists nothing for a source of the caller', () => {
  expect(listKeys(() => null)).toBeUndefined();
  expect(listKeys('secret')).toBeUndefined();
});
