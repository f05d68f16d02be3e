import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { indexKeys, type SetKey } from '../../src/jwk/jwks/jwk-set.ts';
import { MAX_CANDIDATES, selectKeys } from '../../src/jwk/jwks/select-key.ts';
import { ed25519 } from '../fixtures/keys.ts';

const algs = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;
const kids = ['a', 'b', '', '__proto__', 'constructor'];

const setKeys: fc.Arbitrary<SetKey[]> = fc.array(
  fc.record({
    kid: fc.option(fc.constantFrom(...kids), { nil: undefined }),
    algorithms: fc.subarray([...algs], { minLength: 1 }),
    key: fc.constant(ed25519().publicKey),
  }),
  { maxLength: 40 },
);
const headers = fc.record(
  {
    alg: fc.constantFrom(...algs, 'HS256', 'none', '__proto__'),
    kid: fc.constantFrom(...kids, 'unknown'),
  },
  { requiredKeys: ['alg'] },
);

/** The rule without an index. */
function fitting(header: { alg: string; kid?: string }, keys: readonly SetKey[]): SetKey[] {
  return keys.filter(({ kid, algorithms }) => {
    return (
      algorithms.some((alg) => alg === header.alg) &&
      (header.kid === undefined || header.kid === kid)
    );
  });
}

describe('selectKeys', () => {
  test('returns the keys that fit the header, in order, up to the limit', () => {
    fc.assert(
      fc.property(headers, setKeys, (header, keys) => {
        const expected = fitting(header, keys).slice(0, MAX_CANDIDATES);
        expect(selectKeys(header, indexKeys(keys))).toEqual(expected);
      }),
    );
  });

  test('returns the same keys however many other keys the set has', () => {
    fc.assert(
      fc.property(headers, setKeys, setKeys, (header, keys, others) => {
        fc.pre(header.kid !== undefined);
        const more = others.map((key) => ({ ...key, kid: 'other' }));
        const alone = selectKeys(header, indexKeys(keys));
        expect(selectKeys(header, indexKeys([...more, ...keys, ...more]))).toEqual(alone);
      }),
    );
  });

  test('reads only own members of the header', () => {
    const key: SetKey = { kid: 'a', algorithms: ['EdDSA'], key: ed25519().publicKey };
    const index = indexKeys([key]);
    const inherited = Object.create({ alg: 'EdDSA', kid: 'b' });
    expect(selectKeys(inherited, index)).toEqual([]);
    expect(selectKeys(Object.assign(inherited, { alg: 'EdDSA' }), index)).toEqual([key]);
  });
});
