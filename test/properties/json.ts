/** Arbitrary JSON, without the member `__proto__`, which verification hides on purpose. */

import fc from 'fast-check';

const name = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.constantFrom('alg', 'kid', 'toString', '1'),
  )
  .filter((key) => key !== '__proto__');

const scalar = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);

/** Claims that have rules of their own. */
const checked = new Set(['exp', 'nbf', 'iat', 'iss', 'sub', 'aud', 'jti']);

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

/** Wraps a value in more levels. */
function nested([inner, levels]: [unknown, boolean[]]): unknown {
  return levels.reduce<unknown>((value, isArray) => (isArray ? [value] : { a: value }), inner);
}

/** Valid claims sets of up to 60 levels. */
export const claimsSets = fc.dictionary(
  name.filter((key) => !checked.has(key)),
  fc.oneof(
    { weight: 4, arbitrary: value },
    {
      weight: 1,
      arbitrary: fc.tuple(value, fc.array(fc.boolean(), { maxLength: 53 })).map(nested),
    },
  ),
  { maxKeys: 5, noNullPrototype: true },
) as fc.Arbitrary<Record<string, unknown>>;
