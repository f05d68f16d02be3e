import { describe, test } from 'vitest';
import { textOf, type VerifyCase, verifyClaims, verifyKeys, verifyShapes } from './cases.ts';
import { verifyDifferences } from './differences.ts';
import { keyOf, keys, objectNames } from './keys.ts';
import { type Outcome, ours, outcomeOf, theirs } from './outcome.ts';
import { check, compare, freezeTime } from './property.ts';

const libraries = { ours, theirs };

function verify(library: 'ours' | 'theirs', given: VerifyCase): Outcome {
  const text = textOf(given.token);
  return outcomeOf(() => libraries[library].verify(text, keyOf(given.key).input, given.options));
}

describe('verify returns what jsonwebtoken 9.0.3 returns', () => {
  freezeTime();

  test('for claims and options of every kind', () => {
    check(verifyClaims, 280, (given) => compare(given, verifyDifferences, verify));
  });

  test('for tokens that were damaged, and what never was a token', () => {
    check(verifyShapes, 90, (given) => compare(given, verifyDifferences, verify));
  });

  test('for KeyObjects of every kind and tokens of every algorithm', () => {
    check(verifyKeys(objectNames), 60, (given) => compare(given, verifyDifferences, verify));
  });

  test('for keys of every form and tokens of every algorithm', () => {
    check(verifyKeys(Object.keys(keys)), 30, (given) => compare(given, verifyDifferences, verify));
  });
});
