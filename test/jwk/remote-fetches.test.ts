import { describe, expect, test, vi } from 'vitest';
import { createSigner, createVerifier } from '../../src/index.ts';
import { createRemoteJwks } from '../../src/jwk/remote/create-remote-jwks.ts';
import { secret } from '../fixtures/keys.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { tokenOf, unsigned } from '../fixtures/tokens.ts';
import {
  broken,
  hang,
  json,
  MINUTE,
  pairOf,
  scene,
  serve,
  setOf,
  status,
  strangeToken,
  tokenBy,
} from './key-server.ts';

const times = <Item>(count: number, make: (index: number) => Item) =>
  Array.from({ length: count }, (_, index) => make(index));

describe('the endpoint of a remote set is asked', () => {
  test('not before a key is needed', async () => {
    const { server, jwks } = await scene(json(setOf('a')));
    jwks.close();
    expect(server.count).toBe(0);
  });

  test('once for 50 cold verifications at the same time', async () => {
    const { server, by } = await scene(json(setOf('a', 'b')));
    const kids = times(50, (i) => (i % 2 ? 'a' : 'b'));
    expect(await Promise.all(kids.map(by))).toEqual(kids);
    expect(server.count).toBe(1);
  });

  test('once for 1,000 verifications with a warm set', async () => {
    const { server, by } = await scene(json(setOf('a')));
    for (let i = 0; i < 1000; i++) await by('a');
    expect(server.count).toBe(1);
  });

  test.each([
    ['500', status(500)],
    ['a connection that breaks', broken],
  ])(
    'once for 1,000 verifications in an outage that it never got out of: %s',
    async (_, answer) => {
      const { server, refusal } = await scene(answer);
      for (let i = 0; i < 500; i++) expect(await refusal(tokenBy('a'))).toBe('ERR_KEY_SOURCE');
      const atOnce = await Promise.all(times(500, () => refusal(tokenBy('a'))));
      expect(new Set(atOnce)).toEqual(new Set(['ERR_KEY_SOURCE']));
      expect(server.count).toBe(1);
    },
  );

  test('once for 1,000 verifications at the same time while it hangs', async () => {
    const { server, refusal } = await scene(hang, { timeout: '250ms' });
    const codes = await Promise.all(times(1000, () => refusal(tokenBy('a'))));
    expect(new Set(codes)).toEqual(new Set(['ERR_KEY_SOURCE']));
    expect(server.count).toBe(1);
  });

  test('at most 28 times for 1,000 verifications in an outage of ten minutes', async () => {
    const { server, clock, by } = await scene(json(setOf('a'), { 'cache-control': 'max-age=60' }));
    await by('a');
    server.answer = status(503);
    clock.pass(MINUTE);
    for (let i = 0; i < 1000; i++) {
      expect(await by('a')).toBe('a');
      clock.pass(0.6);
    }
    // Twice as long from one to the next, up to a minute, and at least half of that: 2 * (6 + 8).
    expect(server.count).toBeGreaterThan(2);
    expect(server.count - 1).toBeLessThanOrEqual(28);
  });

  test('at most six times for 1,000 unknown kids and a warm set', async () => {
    const { server, by, refusal } = await scene(json(setOf('a')));
    await by('a');
    for (let i = 0; i < 500; i++) {
      expect(await refusal(strangeToken(`none-${i}`))).toBe('ERR_KEY_NOT_FOUND');
    }
    const codes = await Promise.all(times(500, (i) => refusal(strangeToken(`never-${i}`))));
    expect(new Set(codes)).toEqual(new Set(['ERR_KEY_NOT_FOUND']));
    expect(server.count).toBe(6);
    expect(await by('a')).toBe('a');
  });

  test('at most twice for 1,000 unknown kids at the same time', async () => {
    const { server, by, refusal } = await scene(json(setOf('a')));
    await by('a');
    await Promise.all(times(1000, (i) => refusal(strangeToken(`none-${i}`))));
    // What the first one asks may be answered before the others came: their fetch is the second.
    expect(server.count).toBe(1 + 2);
  });

  test('four times a minute in a flood of unknown kids that goes on', async () => {
    const { server, clock, by, refusal } = await scene(json(setOf('a')));
    await by('a');
    for (let i = 0; i < 5; i++) await refusal(strangeToken(`first-${i}`));
    expect(server.count).toBe(6);
    for (let second = 0; second < 5 * MINUTE; second++) {
      clock.pass(1);
      await refusal(strangeToken(`none-${second}`));
    }
    expect(server.count).toBe(6 + 5 * 4);
  });

  test('once for an unknown kid and a cold set: the answer is as fresh as the token', async () => {
    const { server, refusal } = await scene(json(setOf('a')));
    expect(await refusal(strangeToken('x'))).toBe('ERR_KEY_NOT_FOUND');
    expect(server.count).toBe(1);
  });

  test('never for a token that is refused before its key is looked for', async () => {
    const server = await serve(json(setOf('a')));
    const jwks = createRemoteJwks(server.url);
    const verify = createVerifier(jwks, { algorithms: ['ES256'] });
    const rs256 = tokenBy('a').replace(/^[^.]+/, (header) => {
      const changed = { ...JSON.parse(Buffer.from(header, 'base64url').toString()), alg: 'RS256' };
      return Buffer.from(JSON.stringify(changed)).toString('base64url');
    });
    for (const token of [
      tokenBy('a'),
      rs256,
      unsigned({}),
      'a.b.c',
      '',
      tokenOf({}, { crit: [] }),
    ]) {
      expect((await rejectionOf(verify(token))).code).not.toBe('ERR_KEY_SOURCE');
    }
    expect(server.count).toBe(0);
  });

  test('never for a token that says it is signed with a secret', async () => {
    const { server, refusal } = await scene(json(setOf('a')));
    const token = createSigner(secret, { algorithm: 'HS256', keyid: 'a' })({});
    expect(await refusal(token)).toBe('ERR_KEY_NOT_FOUND');
    expect(await refusal(tokenOf({}, { alg: 'HS512', kid: 'a' }))).toBe('ERR_KEY_NOT_FOUND');
    expect(server.count).toBe(0);
  });
});

describe('a key that was rotated in', () => {
  test('verifies on its first token', async () => {
    const { server, by } = await scene(json(setOf('old')));
    expect(await by('old')).toBe('old');
    server.answer = json(setOf('old', 'new'));
    expect(await by('new')).toBe('new');
    expect(server.count).toBe(2);
  });

  test('verifies on its first 50 tokens at the same time, with one fetch', async () => {
    const { server, by } = await scene(json(setOf('old')));
    await by('old');
    server.answer = json(setOf('new'));
    expect(await Promise.all(times(50, () => by('new')))).toEqual(times(50, () => 'new'));
    expect(server.count).toBe(2);
  });

  test('verifies five times in a row without a break', async () => {
    const { server, by } = await scene(json(setOf('r0')));
    for (let i = 0; i < 6; i++) {
      server.answer = json(setOf(`r${i}`));
      expect(await by(`r${i}`)).toBe(`r${i}`);
    }
    expect(server.count).toBe(6);
  });

  test('verifies also if it came while an older answer was under way', async () => {
    const { server, by, jwks } = await scene(json(setOf('old')));
    await by('old');
    let release = () => {};
    const asked = new Promise<void>((resolve) => {
      server.answer = (request, response) => {
        release = () => json(setOf('old'))(request, response);
        resolve();
      };
    });
    const reload = jwks.reload();
    await asked;
    const verified = by('new');
    server.answer = json(setOf('old', 'new'));
    release();
    await reload;
    expect(await verified).toBe('new');
    expect(server.count).toBe(3);
  });

  test('verifies within 15 seconds in a flood of unknown kids', async () => {
    const { server, clock, by, refusal } = await scene(json(setOf('a')));
    await by('a');
    for (let i = 0; i < 20; i++) await refusal(strangeToken(`none-${i}`));
    server.answer = json(setOf('a', 'b'));
    expect(await refusal(tokenBy('b'))).toBe('ERR_KEY_NOT_FOUND');
    clock.pass(15);
    await refusal(strangeToken('takes the fetch'));
    expect(await by('b')).toBe('b');
  });

  test('is not taken for a key that left: of two keys with one kid the right one is found', async () => {
    const { server, verify } = await scene(json(setOf('a')));
    const twin = { ...pairOf('b').publicKey.export({ format: 'jwk' }), kid: 'a', alg: 'EdDSA' };
    server.answer = json({ keys: [...setOf('a').keys, twin] });
    const token = createSigner(pairOf('b').privateKey, { keyid: 'a' })({ sub: 'b' });
    expect((await verify(token)).sub).toBe('b');
  });
});

test('reload fetches now; for 100 at the same time twice, as the first answer may be too old', async () => {
  const { server, jwks, by } = await scene(json(setOf('a')));
  await jwks.reload();
  expect(await by('a')).toBe('a');
  expect(server.count).toBe(1);
  await Promise.all(times(100, () => jwks.reload()));
  expect(server.count).toBe(3);
});

test('every timer that is set is cleared: a set that is not used keeps no process alive', async () => {
  const set = vi.spyOn(globalThis, 'setTimeout');
  const cleared = vi.spyOn(globalThis, 'clearTimeout');
  const answers = [Response.json(setOf('a')), new Response('', { status: 500 })];
  const jwks = createRemoteJwks('https://id.example', {
    fetch: async () => answers.shift() ?? Promise.reject(new Error('down')),
    timeout: '1h',
  });
  for (let i = 0; i < 3; i++) await jwks.reload().catch(() => {});
  const ours = set.mock.results.filter((_, i) => set.mock.calls[i]?.[1] === 3_600_000);
  expect(ours).toHaveLength(3);
  for (const { value } of ours) expect(cleared).toHaveBeenCalledWith(value);
  vi.restoreAllMocks();
});
