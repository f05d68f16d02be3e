import { describe, expect, it } from 'vitest';
import { KeySourceError } from '../../src/index.ts';
import { createAssertionSigner, createAssertionVerifier } from '../../src/profiles/index.ts';
import { createMemoryReplayStore } from '../../src/replay/memory.ts';
import type { ReplayStore } from '../../src/replay/store.ts';
import { ec, secret } from '../fixtures/keys.ts';
import { headerOf, NOW, payloadOf, tokenOf } from '../fixtures/tokens.ts';

const audience = 'https://id.example';
const clock = () => NOW * 1000;
const claims = { iss: 'web', sub: 'web', aud: audience, exp: NOW + 60, iat: NOW, jti: '1' };
const options = { audience, replay: false, clock } as const;
const verify = createAssertionVerifier(() => secret, options);

const outcome = async (payload: object, header: object = {}) => {
  const result = await verify.result(tokenOf({ ...claims, ...payload }, header));
  return result.ok ? 'accepted' : `${result.code} ${result.claim}`;
};

/** Records the calls of `use`. */
function recordingStore(use: ReplayStore['use'] = async () => true) {
  const calls: unknown[][] = [];
  const store: ReplayStore = {
    use: (...call) => {
      calls.push(call);
      return use(...call);
    },
  };
  return { store, calls };
}

describe('createAssertionSigner', () => {
  it('signs for 60 seconds, with a new jti at each call', () => {
    const { privateKey } = ec();
    const sign = createAssertionSigner(privateKey, {
      clientId: 'web',
      audience,
      keyid: 'k',
      clock,
    });
    const [first, second] = [sign(), sign()];
    expect(headerOf(first)).toEqual({ alg: 'ES256', typ: 'client-authentication+jwt', kid: 'k' });
    const { jti, ...others } = payloadOf(first);
    expect(others).toEqual({ iss: 'web', sub: 'web', aud: audience, iat: NOW, exp: NOW + 60 });
    expect(jti).toMatch(/^[\da-f-]{36}$/);
    expect(payloadOf(second).jti).not.toBe(jti);
  });

  it.each([
    [{ audience }, /"clientId" is missing/],
    [{ clientId: 'web' }, /"audience" is missing/],
    [{ clientId: 'web', audience: [audience] }, /"audience" must be a non-empty string/],
    [{ clientId: 'web', audience, expiresIn: '1h' }, /"expiresIn" is not an option/],
  ])('checks its options: %j', (options, message) => {
    const create = () => createAssertionSigner(secret, options as never);
    expect(create).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }));
    expect(create).toThrow(message);
  });
});

describe('createAssertionVerifier', () => {
  it('accepts what createAssertionSigner signs', async () => {
    const { privateKey, publicKey } = ec();
    const sign = createAssertionSigner(privateKey, { clientId: 'web', audience, clock });
    const verify = createAssertionVerifier(async () => publicKey, options);
    expect((await verify(sign())).sub).toBe('web');
  });

  it.each(['client-authentication+jwt', 'JWT', undefined])('accepts the typ %s', async (typ) => {
    expect(await outcome({}, { typ })).toBe('accepted');
  });

  it.each(['at+jwt', 'logout+jwt', 'dpop+jwt'])('rejects the typ %s', async (typ) => {
    expect(await outcome({}, { typ })).toBe('ERR_HEADER_TYP undefined');
  });

  it.each(['aud', 'exp', 'jti'])('rejects an assertion without %s', async (name) => {
    const code = name === 'aud' ? /MISSING aud/ : new RegExp(`ERR_CLAIM_MISSING ${name}`);
    expect(await outcome({ [name]: undefined })).toMatch(code);
  });

  it('requires iss and sub to be the same client id', async () => {
    for (const wrong of [
      { iss: 'other' },
      { sub: 'other' },
      { iss: undefined },
      { sub: ['web'] },
    ]) {
      expect(await outcome(wrong)).toBe('ERR_CLAIM_INVALID iss');
    }
  });

  it('requires aud to be one string', async () => {
    for (const aud of [[audience], [audience, 'https://evil.example']]) {
      expect(await outcome({ aud })).toBe('ERR_CLAIM_INVALID aud');
    }
    expect(await outcome({ aud: 'https://evil.example' })).toBe('ERR_CLAIM_MISMATCH aud');
    expect(await outcome({ aud: `${audience}/` })).toBe('ERR_CLAIM_MISMATCH aud');
  });

  it('accepts a list of own audiences, for clients that name the token endpoint', async () => {
    const own = [audience, `${audience}/token`];
    const verify = createAssertionVerifier(() => secret, { ...options, audience: own });
    for (const aud of own) expect((await verify(tokenOf({ ...claims, aud }))).aud).toBe(aud);
  });

  it('requires a lifetime of at most five minutes, from iat and from now', async () => {
    expect(await outcome({ exp: NOW + 300 })).toBe('accepted');
    expect(await outcome({ exp: NOW + 301 })).toBe('ERR_CLAIM_INVALID exp');
    expect(await outcome({ exp: NOW + 301, iat: NOW + 100 })).toBe('ERR_CLAIM_INVALID exp');
    expect(await outcome({ exp: NOW + 1, iat: NOW - 300 })).toBe('ERR_CLAIM_INVALID exp');
    expect(await outcome({ exp: NOW + 300, iat: undefined })).toBe('accepted');
    expect(await outcome({ exp: 1e308, iat: undefined })).toBe('ERR_CLAIM_INVALID exp');
  });

  it('calls keysOf only with a printable and bounded client id', async () => {
    const seen: unknown[] = [];
    const keysOf = (id: string) => {
      seen.push(id);
      return secret;
    };
    const verify = createAssertionVerifier(keysOf, options);
    const resultOf = (id: unknown) => verify.result(tokenOf({ ...claims, iss: id, sub: id }));
    const odd = [
      '',
      'a'.repeat(2049),
      'a\nb',
      'é',
      '\u202e',
      'a\0',
      1,
      null,
      ['web'],
      {},
      undefined,
    ];
    for (const id of odd) {
      expect(await resultOf(id)).toMatchObject({ ok: false, code: 'ERR_CLAIM_INVALID' });
    }
    expect(seen).toEqual([]);
    const valid = ['web', 'https://client.example/metadata.json', 'a'.repeat(2048)];
    for (const id of valid) expect((await resultOf(id)).ok).toBe(true);
    expect(seen).toEqual(valid);
  });

  it('rejects an unknown client', async () => {
    const verify = createAssertionVerifier(() => null, options);
    expect(await verify.result(tokenOf(claims))).toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
  });

  it('rejects with KeySourceError if keysOf fails', async () => {
    const verify = createAssertionVerifier(async () => {
      throw new Error('database down');
    }, options);
    await expect(verify(tokenOf(claims))).rejects.toBeInstanceOf(KeySourceError);
    await expect(verify.result(tokenOf(claims))).rejects.toBeInstanceOf(KeySourceError);
  });

  it.each([
    [{ replay: false }, /"audience" is missing/],
    [{ audience }, /"replay" is missing/],
    [{ audience, replay: true }, /"replay" must be a replay store/],
    [{ audience, replay: null }, /"replay" must be a replay store/],
    [{ audience, replay: undefined }, /"replay" must be a replay store/],
    [{ audience, replay: {} }, /"replay" must be a replay store/],
    [{ ...options, issuer: 'web' }, /"issuer" is not an option/],
    [{ ...options, cache: true }, /"cache" is not an option/],
  ])('checks its options: %j', (options, message) => {
    const create = () => createAssertionVerifier(() => secret, options as never);
    expect(create).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }));
    expect(create).toThrow(message);
  });

  it('requires keysOf to be a function', () => {
    const create = () => createAssertionVerifier(secret as never, options);
    expect(create).toThrow(/"keysOf" must be a function/);
  });
});

describe('the replay store of createAssertionVerifier', () => {
  const token = tokenOf(claims);

  it('is called with an id, the end of the assertion, the time in milliseconds and the client', async () => {
    const { store, calls } = recordingStore();
    const verify = createAssertionVerifier(() => secret, {
      ...options,
      replay: store,
      clockTolerance: 5,
    });
    await verify(token);
    const id = expect.stringMatching(/^[\w-]{43}$/);
    expect(calls).toEqual([[id, (NOW + 65) * 1000, NOW * 1000, 'web']]);
  });

  it('has one id for each pair of client and jti', async () => {
    const { store, calls } = recordingStore();
    const verify = createAssertionVerifier(() => secret, { ...options, replay: store });
    for (const [id, jti] of [
      ['a', 'b,c'],
      ['a,b', 'c'],
      ['a","b', 'c'],
      ['a', 'b'],
      ['ab', ''],
    ]) {
      await verify.result(tokenOf({ ...claims, iss: id, sub: id, jti }));
    }
    // The empty "jti" counts as an absent one.
    expect(new Set(calls.map(([id]) => id)).size).toBe(4);
    expect(calls.length).toBe(4);
  });

  it('rejects an assertion that was used before, with each function', async () => {
    const used = new Set<string>();
    const { store } = recordingStore(async (id) => !used.has(id) && used.add(id).size > 0);
    const verify = createAssertionVerifier(() => secret, { ...options, replay: store });
    await verify(token);
    const replayed = { code: 'ERR_PROOF_REPLAYED', claim: 'jti' };
    expect(await verify.result(token)).toMatchObject({ ok: false, ...replayed });
    await expect(verify(token)).rejects.toMatchObject({ name: 'JsonWebTokenError', ...replayed });
    await verify(tokenOf({ ...claims, jti: '2' }));
  });

  it('must resolve to a boolean', async () => {
    for (const value of [undefined, 1, 'true', {}]) {
      const replay = { use: async () => value as never };
      const verify = createAssertionVerifier(() => secret, { ...options, replay });
      await expect(verify(token)).rejects.toMatchObject({ code: 'ERR_REPLAY_STORE' });
    }
  });

  it('is called last: no invalid assertion is stored', async () => {
    const { store, calls } = recordingStore();
    const verify = createAssertionVerifier(() => secret, { ...options, replay: store });
    const invalid = [
      tokenOf(claims, {}, Buffer.alloc(64, 1)),
      tokenOf({ ...claims, exp: NOW }),
      tokenOf({ ...claims, exp: NOW + 301 }),
      tokenOf({ ...claims, aud: [audience] }),
      tokenOf({ ...claims, nonce: 'n' }),
    ];
    for (const one of invalid) expect((await verify.result(one)).ok).toBe(false);
    expect(calls).toEqual([]);
  });

  it('rejects with ReplayStoreError if the store fails, so that the response is 503', async () => {
    const cause = new Error('connection lost');
    const fails = [
      async () => Promise.reject(cause),
      () => {
        throw cause;
      },
    ];
    for (const use of fails) {
      const verify = createAssertionVerifier(() => secret, { ...options, replay: { use } });
      for (const call of [verify(token), verify.result(token)]) {
        await expect(call).rejects.toMatchObject({
          name: 'ReplayStoreError',
          code: 'ERR_REPLAY_STORE',
          cause,
        });
      }
    }
  });

  it('can be one of this library', async () => {
    const replay = createMemoryReplayStore();
    const verify = createAssertionVerifier(() => secret, { ...options, replay });
    await verify(token);
    expect(await verify.result(token)).toMatchObject({ code: 'ERR_PROOF_REPLAYED' });
  });
});
