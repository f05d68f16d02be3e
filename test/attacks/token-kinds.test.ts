/** P1: no spelling of a token hides its kind, and no polluted prototype changes it. */

import { describe, expect, it } from 'vitest';
import {
  createAccessTokenVerifier,
  createAssertionSigner,
  createAssertionVerifier,
  createIdTokenVerifier,
  createLogoutTokenVerifier,
  createProfileVerifier,
} from '../../src/profiles/index.ts';
import { secret } from '../fixtures/keys.ts';
import { base64url, forge, NOW, tokenOf } from '../fixtures/tokens.ts';
import {
  AUDIENCE,
  clock,
  createProviderVerifiers,
  createVerifiers,
  ISSUER,
  providerSamples,
  samples,
} from '../profiles/kinds.ts';

const clientOptions = { issuer: ISSUER, clientId: AUDIENCE, clock };
const verifiers = { ...createVerifiers(), ...createProviderVerifiers() };
const all = { ...samples, ...providerSamples };
const names = Object.keys(all);

const sampleOf = (name: string) => all[name] ?? { typ: undefined, claims: {} };
const verifierOf = (name: string) => {
  const verify = verifiers[name];
  if (!verify) throw new Error(`no verifier of ${name}`);
  return verify;
};

/** A token with exactly this JSON as its payload. */
const rawToken = (typ: string | undefined, json: string) =>
  forge({ alg: 'HS256', typ }, json, secret);

describe('the mark of another kind', () => {
  it.each(names.filter((name) => name !== 'ID token'))(
    'counts whatever its value, for %s',
    async (name) => {
      const { typ, claims } = sampleOf(name);
      for (const value of [null, '', 0, false, [], {}, ['n'], 'n']) {
        const result = await verifierOf(name)(tokenOf({ ...claims, c_hash: value }, { typ }));
        const expected = { code: 'ERR_TOKEN_KIND', claim: 'c_hash' };
        expect([name, result]).toMatchObject([name, expected]);
      }
    },
  );

  it.each(names)('counts in a list of values, for %s', async (name) => {
    const { typ, claims } = sampleOf(name);
    const email = ['ada@shop.example', 'a@b.iam.gserviceaccount.com'];
    const result = await verifierOf(name)(tokenOf({ ...claims, email }, { typ }));
    expect(result.ok).toBe(false);
  });

  it.each(names)('cannot be written twice to hide it, for %s', async (name) => {
    const { typ, claims } = sampleOf(name);
    const json = JSON.stringify(claims).slice(0, -1);
    for (const doubled of [
      '"c_hash":"a","c_hash":"b"',
      '"sub":"ada"',
      '"c_h\\u0061sh":1,"c_hash":1',
    ]) {
      const result = await verifierOf(name)(rawToken(typ, `${json},${doubled}}`));
      expect(result).toMatchObject({ ok: false, code: 'ERR_TOKEN_DUPLICATE_MEMBER' });
    }
  });

  it('is found in its escaped spelling', async () => {
    const { typ, claims } = sampleOf('access token');
    const json = JSON.stringify(claims).slice(0, -1);
    const token = rawToken(typ, `${json},"n\\u006fnce":"x"}`);
    const expected = { code: 'ERR_TOKEN_KIND', claim: 'nonce' };
    expect(await verifierOf('access token')(token)).toMatchObject(expected);
  });

  it.each(names)('in a prototype is no claim, and supplies none, for %s', async (name) => {
    const { typ, claims } = sampleOf(name);
    const json = JSON.stringify(claims).slice(0, -1);
    const hidden = '"__proto__":{"c_hash":1,"nonce":"n"},"constructor":{"prototype":{"nonce":1}}';
    expect((await verifierOf(name)(rawToken(typ, `${json},${hidden}}`))).ok).toBe(true);
    const absent = { iss: ISSUER, aud: 'my-project', exp: NOW + 60 };
    const inherited = `{"__proto__":${JSON.stringify(claims)},${JSON.stringify(absent).slice(1)}`;
    expect((await verifierOf(name)(rawToken(typ, inherited))).ok).toBe(false);
  });
});

describe('a polluted Object.prototype', () => {
  /** No assertion of vitest works while the prototype is polluted. */
  async function polluted<Result>(members: object, run: () => Promise<Result>): Promise<Result> {
    for (const [name, value] of Object.entries(members)) {
      const descriptor = { __proto__: null, value, configurable: true, enumerable: true };
      Object.defineProperty(Object.prototype, name, descriptor);
    }
    try {
      return await run();
    } finally {
      for (const name of Object.keys(members)) Reflect.deleteProperty(Object.prototype, name);
    }
  }

  it('marks no token, and makes no token of another kind acceptable', async () => {
    const marks = {
      nonce: 'n',
      scope: 'read',
      events: {},
      firebase: {},
      token_use: 'access',
      typ: 'Bearer',
      client_id: 'web',
      jti: '1',
      sid: 's',
      azp: 'web',
      email_verified: true,
    };
    const tokens = names.map((name) => {
      const { typ, claims } = sampleOf(name);
      return { name, token: tokenOf(claims, { typ }) };
    });
    const foreign = tokenOf({ iss: ISSUER, aud: 'my-project', sub: 'ada', exp: NOW + 60 });
    const accepted: string[] = [];
    const wrong: string[] = [];
    await polluted(marks, async () => {
      for (const { name, token } of tokens) {
        if ((await verifierOf(name)(token)).ok) accepted.push(name);
        if ((await verifierOf(name)(foreign)).ok) wrong.push(name);
      }
    });
    expect(accepted).toEqual(names);
    expect(wrong).toEqual([]);
  });

  it('supplies no option of a new verifier', async () => {
    const { typ, claims } = sampleOf('access token');
    const expired = tokenOf({ ...claims, exp: NOW }, { typ });
    const options = { ignoreExpiration: true, profile: 'auth0', clockTolerance: 99, maxAge: 1 };
    const results = await polluted(options, async () => {
      const verify = createVerifiers()['access token'];
      return [await verify?.(expired), await verify?.(tokenOf(claims, { typ: 'JWT' }))];
    });
    expect(results.map((result) => result?.code)).toEqual(['ERR_CLAIM_EXPIRED', 'ERR_HEADER_TYP']);
  });

  it('supplies no clock difference to the checks of a kind', async () => {
    const login = { nonce: false, maxAge: 60 } as const;
    const old = tokenOf({ ...sampleOf('ID token').claims, auth_time: NOW - 600 });
    const times = { iat: undefined, exp: NOW + 9000 };
    const far = tokenOf({ ...sampleOf('client assertion').claims, ...times });
    const results = await polluted({ clockTolerance: 99_999 }, async () => {
      const [id, assertion] = [createIdTokenVerifier(secret, clientOptions), createVerifiers()];
      return [await id.result(old, login), await assertion['client assertion']?.(far)];
    });
    const codes = results.map((result) => (result?.ok ? 'accepted' : result?.code));
    expect(codes).toEqual(['ERR_CLAIM_TOO_OLD', 'ERR_CLAIM_INVALID']);
  });

  it('supplies no issuer and no keys of a workload', async () => {
    const options = { audience: 'api', trustDomain: 'example.org' };
    const message = await polluted({ keys: 'https://evil.example/keys' }, async () => {
      try {
        return String(createProfileVerifier('spiffe', options as never));
      } catch (error) {
        return (error as Error).message;
      }
    });
    expect(message).toBe('"key" is missing');
  });

  it('supplies no claim that must be present, and tolerates no mark', async () => {
    const { typ, claims } = sampleOf('access token');
    const members = {
      tolerated: ['nonce'],
      requiredClaims: ['x'],
      shapes: { sub: { test: () => 0 } },
    };
    const results = await polluted(members, async () => {
      const verify = createVerifiers()['access token'];
      return [
        await verify?.(tokenOf(claims, { typ })),
        await verify?.(tokenOf({ ...claims, nonce: 'n' }, { typ })),
      ];
    });
    expect(results).toMatchObject([{ ok: true }, { code: 'ERR_TOKEN_KIND', claim: 'nonce' }]);
  });
});

describe('the typ of a token', () => {
  const spellings = (typ: string) => [
    typ,
    typ.toUpperCase(),
    `application/${typ}`,
    `APPLICATION/${typ.toUpperCase()}`,
  ];
  const own = ['at+jwt', 'logout+jwt', 'client-authentication+jwt'];

  it.each(names)('of another kind is rejected in every spelling, for %s', async (name) => {
    const { typ, claims } = sampleOf(name);
    const isProvider = Object.hasOwn(providerSamples, name);
    const others = own.filter((other) => other !== typ && !(isProvider && other === 'at+jwt'));
    for (const other of others.flatMap(spellings)) {
      const result = await verifierOf(name)(tokenOf(claims, { typ: other }));
      expect([other, result]).toMatchObject([other, { ok: false, code: 'ERR_HEADER_TYP' }]);
    }
  });

  it.each(names)('cannot be a list, an object or another type, for %s', async (name) => {
    const { typ, claims } = sampleOf(name);
    for (const odd of [[typ], { typ }, null, 1, true, '']) {
      const result = await verifierOf(name)(tokenOf(claims, { typ: odd }));
      expect(result).toMatchObject({ ok: false, code: 'ERR_HEADER_TYP' });
    }
  });

  it('is not trimmed, and its letters are ASCII', async () => {
    const { claims } = sampleOf('access token');
    for (const typ of [
      ' at+jwt',
      'at+jwt ',
      'at+jwt\0',
      'at+jwt;x=1',
      'аt+jwt',
      'application//at+jwt',
    ]) {
      expect((await verifierOf('access token')(tokenOf(claims, { typ }))).ok).toBe(false);
    }
  });

  it('cannot be written twice', async () => {
    const { claims } = sampleOf('access token');
    const header = '{"alg":"HS256","typ":"JWT","typ":"at+jwt"}';
    const token = forge(header, claims, secret);
    expect(token.startsWith(base64url(header))).toBe(true);
    const result = await verifierOf('access token')(token);
    expect(result).toMatchObject({ ok: false, code: 'ERR_TOKEN_DUPLICATE_MEMBER' });
  });
});

describe('the algorithm none', () => {
  const algorithms = ['none'] as const;
  const audience = 'api';
  const client = { issuer: ISSUER, clientId: 'web', algorithms };
  const key = null as never;

  // RFC 9068 §4, RFC 7523 §3, OpenID Connect Back-Channel Logout §2.6.
  it.each([
    () => createAccessTokenVerifier(key, { issuer: ISSUER, audience, algorithms }),
    () => createIdTokenVerifier(key, client),
    () => createLogoutTokenVerifier(key, client),
    () => createAssertionVerifier(() => null, { audience, algorithms, replay: false }),
    () => createProfileVerifier('spiffe', { key, audience, algorithms, trustDomain: 'a.example' }),
  ])('is rejected as an option, also without a key: case %#', (create) => {
    expect(create).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }));
    expect(create).toThrow(/"algorithms" must be a non-empty array of HS256/);
  });

  it('signs no assertion', () => {
    const create = () =>
      createAssertionSigner(key, { clientId: 'web', audience, algorithm: 'none' });
    expect(create).toThrow(/"algorithm" must be one of HS256/);
  });
});
