import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { KIND_DEFAULTS, type TokenKind, table } from '../../src/profiles/table.ts';
import { tokenOf } from '../fixtures/tokens.ts';
import {
  createProviderVerifiers,
  createVerifiers,
  ISSUER,
  otherTypes,
  providerSamples,
  samples,
} from './kinds.ts';

const verifiers = createVerifiers();
const providers = createProviderVerifiers();
const names = Object.keys(samples);
const tokenNamed = (name: string) => {
  const { typ, claims } = samples[name] ?? providerSamples[name] ?? { typ: '', claims: {} };
  return tokenOf(claims, { typ });
};
const verifierNamed = (name: string) => verifiers[name] ?? providers[name] ?? missing;
const missing = () => Promise.reject(new Error('no verifier of this name'));

describe('with equal key, issuer and audience', () => {
  it.each(names)('the verifier of one kind accepts only this: %s', async (name) => {
    const accepted: string[] = [];
    for (const other of names) {
      if ((await verifierNamed(name)(tokenNamed(other))).ok) accepted.push(other);
    }
    expect(accepted).toEqual([name]);
  });

  it.each(names)('%s rejects its own claims with each other explicit type', async (name) => {
    for (const typ of otherTypes) {
      const token = tokenOf(samples[name]?.claims, { typ });
      expect(await verifierNamed(name)(token)).toMatchObject({ code: 'ERR_HEADER_TYP' });
    }
  });

  const withProviders = [...names, ...Object.keys(providerSamples)];

  it.each(Object.keys(providerSamples))('%s accepts only its own access tokens', async (name) => {
    const accepted: string[] = [];
    for (const other of withProviders) {
      if ((await verifierNamed(name)(tokenNamed(other))).ok) accepted.push(other);
    }
    // Access tokens of two profiles are one kind: each requires what its provider writes.
    const access = ['access token', ...Object.keys(providerSamples)];
    expect(accepted).toContain(name);
    expect(accepted.filter((other) => !access.includes(other))).toEqual([]);
    for (const typ of otherTypes) {
      const token = tokenOf(providerSamples[name]?.claims, { typ });
      expect(await verifierNamed(name)(token)).toMatchObject({ code: 'ERR_HEADER_TYP' });
    }
  });

  it.each(Object.keys(providerSamples))('no other kind accepts one of %s', async (provider) => {
    for (const name of names)
      expect((await verifierNamed(name)(tokenNamed(provider))).ok).toBe(false);
  });

  it('an ID token is rejected also where it is required to have every claim of another kind', async () => {
    for (const name of names.filter((name) => name !== 'ID token')) {
      const { typ, claims } = samples[name] ?? { typ: '', claims: {} };
      const result = await verifierNamed(name)(tokenOf({ ...claims, nonce: 'n' }, { typ }));
      expect([name, result]).toMatchObject([name, { code: 'ERR_TOKEN_KIND', claim: 'nonce' }]);
    }
  });
});

/** Values with which a claim is a mark, if not all are. */
const marking: Readonly<Record<string, readonly unknown[]>> = {
  token_use: ['id', 'access'],
  typ: ['ID', 'Bearer', 'DPoP'],
  email: [
    'a@b.iam.gserviceaccount.com',
    '1@developer.gserviceaccount.com',
    'X@GSERVICEACCOUNT.COM',
  ],
  sub: ['system:serviceaccount:a:b', 'spiffe://a/b', 'SPIFFE://a/b'],
};

interface Case {
  readonly kind: TokenKind;
  readonly name: string;
  readonly claims: Record<string, unknown>;
}

/** The row of each verifier. */
const kindOf = (name: string): TokenKind => {
  const index = [...Object.keys(providerSamples), ...names].indexOf(name);
  const { length } = Object.keys(providerSamples);
  // The table lists RFC 9068 first, then the providers, then the other kinds.
  const place = name === 'access token' ? 0 : index < length ? index + 1 : index;
  return table[place] as TokenKind;
};

const anyKind = fc.constantFrom(...names, ...Object.keys(providerSamples));

/** A valid payload of one kind, with the mark of another. */
const marked: fc.Arbitrary<Case> = anyKind.chain((name) => {
  const kind = kindOf(name);
  const valid = (samples[name] ?? providerSamples[name])?.claims ?? {};
  const foreign = table
    .filter((other) => other.name !== kind.name)
    .flatMap((other) => other.marks)
    .filter(({ claim }) => !kind.tolerated.includes(claim));
  return fc
    .record({
      mark: fc.constantFrom(...foreign),
      more: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 }),
      any: fc.jsonValue({ maxDepth: 2 }),
      index: fc.nat(),
    })
    .map(({ mark, more, any, index }) => {
      const values = (marking[mark.claim] ?? [any]).filter((value) => mark.test(value, {}));
      const value = values.length > 0 ? values[index % values.length] : any;
      const claims = { ...more, ...valid, [mark.claim]: value };
      if (mark.claim === 'iss') Object.assign(claims, { iss: ISSUER, sub: ISSUER });
      if (mark.claim === 'workflow_ref') Object.assign(claims, { repository: any });
      return { kind, name, claims };
    });
});

describe('a payload of one kind', () => {
  it('is rejected with the mark of any other kind, whatever its value', async () => {
    await fc.assert(
      fc.asyncProperty(marked, async ({ name, claims }) => {
        const typ = (samples[name] ?? providerSamples[name])?.typ;
        const result = await verifierNamed(name)(tokenOf(claims, { typ }));
        expect(result.ok).toBe(false);
        // The key of an assertion is found by "iss" and "sub", before any mark is seen.
        if (name !== 'client assertion') expect(result.code).toBe('ERR_TOKEN_KIND');
      }),
      { numRuns: 500 },
    );
  });

  it('is accepted with claims that mark no kind', async () => {
    const known = new Set(table.flatMap(({ marks }) => marks.map(({ claim }) => claim)));
    const taken = new Set([...known, 'nbf', 'exp', 'aud', 'jti', 'azp', 'iat', 'auth_time']);
    const free = fc.string({ minLength: 1 }).filter((name) => !taken.has(name));
    const more = fc.dictionary(free, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 });
    await fc.assert(
      fc.asyncProperty(anyKind, more, async (name, others) => {
        const { typ, claims } = samples[name] ?? providerSamples[name] ?? { typ: '', claims: {} };
        const result = await verifierNamed(name)(tokenOf({ ...others, ...claims }, { typ }));
        expect([name, result]).toMatchObject([name, { ok: true }]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a row that is added to the table', () => {
  const { length } = table;
  afterEach(() => {
    table.length = length;
  });

  const added = (row: Partial<TokenKind>) =>
    table.push({
      ...KIND_DEFAULTS,
      name: 'a receipt',
      types: ['receipt+jwt'],
      ownTypes: ['receipt+jwt'],
      required: [],
      marks: [],
      ...row,
    });

  it('excludes its tokens from every other kind by its mark', async () => {
    added({ marks: [{ claim: 'receipt', test: () => true }] });
    const all = { ...createVerifiers(), ...createProviderVerifiers() };
    for (const [name, verify] of Object.entries(all)) {
      const { typ, claims } = samples[name] ?? providerSamples[name] ?? { typ: '', claims: {} };
      expect((await verify(tokenOf(claims, { typ }))).ok).toBe(true);
      const result = await verify(tokenOf({ ...claims, receipt: null }, { typ }));
      expect([name, result]).toMatchObject([name, { code: 'ERR_TOKEN_KIND', claim: 'receipt' }]);
    }
  });

  it('takes its own type from every other kind', async () => {
    added({ ownTypes: ['application/JOSE'] });
    const { typ, claims } = samples['spiffe'] ?? { typ: '', claims: {} };
    const token = tokenOf(claims, { typ });
    expect((await verifierNamed('spiffe')(token)).ok).toBe(true);
    expect(await createVerifiers()['spiffe']?.(token)).toMatchObject({ code: 'ERR_HEADER_TYP' });
  });
});

describe('the table', () => {
  it('has the rows of the verifiers, in their order', () => {
    const kinds = names.map((name) => kindOf(name).name);
    expect(new Set(kinds).size).toBe(names.length);
    expect(table.length).toBe(names.length + Object.keys(providerSamples).length);
  });

  it('has a valid token of each kind, which its own verifier accepts', async () => {
    for (const name of [...names, ...Object.keys(providerSamples)]) {
      expect([name, await verifierNamed(name)(tokenNamed(name))]).toMatchObject([
        name,
        { ok: true },
      ]);
    }
  });
});
