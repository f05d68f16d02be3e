import { describe, test } from 'vitest';
import { type DecodeCase, decodeCases, textOf } from './cases.ts';
import { decodeDifferences } from './differences.ts';
import { type Outcome, ours, outcomeOf, theirs } from './outcome.ts';
import { check, compare, freezeTime } from './property.ts';

const libraries = { ours, theirs };

function decode(library: 'ours' | 'theirs', { token, options }: DecodeCase): Outcome {
  const text = textOf(token);
  return outcomeOf(() => libraries[library].decode(text, options));
}

describe('decode returns what jsonwebtoken 9.0.3 returns', () => {
  freezeTime();

  test('for tokens and options of every kind', () => {
    check(decodeCases, 100, (given) => compare(given, decodeDifferences, decode));
  });
});
