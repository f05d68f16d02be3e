import { describe, expect, test } from 'vitest';
import { callsOf } from '../fixtures/outcome.ts';
import {
  type SignCase,
  signWithSecret,
  textOf,
  type VerifyCase,
  verifyClaims,
  verifyKeys,
} from './cases.ts';
import { type Difference, explain, signDifferences, verifyDifferences } from './differences.ts';
import { keyOf, objectNames } from './keys.ts';
import { failed, type Library, type Outcome, ours, outcomeOf, same, theirs } from './outcome.ts';
import { checkAsync, disagreement, freezeTime } from './property.ts';

type Callback = (error: unknown, value?: unknown) => void;

/** The outcomes that a callback receives, that of the call itself, and how many came before it returned. */
async function outcomesOf(call: (callback: Callback) => unknown, isAwaited: boolean) {
  const { calls, ...others } = await callsOf((done) => outcomeOf(() => call(done)), isAwaited);
  const given = calls.map(([error, value]) => (error ? failed(error) : { value }));
  return { given, ...others };
}

/** Our callback receives what the call without one returns, and what that of 9.0.3 receives. */
async function compareOutcomes<Case>(
  given: Case,
  differences: readonly Difference<Case>[],
  call: (library: Library, other: Case, callback?: Callback) => unknown,
): Promise<void> {
  const our = await outcomesOf((callback) => call(ours, given, callback), true);
  const [outcome] = our.given as [Outcome];
  expect(our).toStrictEqual({ given: [outcome], returned: { value: undefined }, early: 0 });
  const plain = outcomeOf(() => call(ours, given));
  if (!same(plain, outcome)) throw disagreement(plain, outcome);

  // 9.0.3 calls back twice, never, or throws past the callback, in cases that the examples name.
  const [their] = (await outcomesOf((callback) => call(theirs, given, callback), false)).given;
  if (!their || same(their, outcome)) return;
  const ask = (other: Case) => outcomeOf(() => call(theirs, other));
  if (!explain(differences, given, outcome, ask)) throw disagreement(their, outcome);
}

const verify = (library: Library, given: VerifyCase, callback?: Callback) => {
  const args = [textOf(given.token), keyOf(given.key).input, given.options];
  return library.verify(...(callback ? [...args, callback] : args));
};

const sign = (library: Library, given: SignCase, callback?: Callback) => {
  const payload = given.payload;
  const args = [payload, keyOf(given.key).input, given.options];
  return library.sign(...(callback ? [...args, callback] : args));
};

function changesPayload({ options }: SignCase): boolean {
  return Boolean(Object(options).mutatePayload);
}

describe('a callback receives once, later, what the call without one returns', () => {
  freezeTime();

  test('by sign', async () => {
    // Two calls may not share a payload that they change; and time does not pass where iat is 0.
    const cases = signWithSecret.filter(
      (given) => !changesPayload(given) && Object(given.payload).iat !== 0,
    );
    await checkAsync(cases, 40, (given) => compareOutcomes(given, signDifferences, sign));
  });

  test('by verify, for claims and options of every kind', async () => {
    const cases = verifyClaims.filter(({ options, token }) => {
      // The time of 9.0.3 would have to be turned back where iat is 0.
      return !(Object(options).maxAge !== undefined && /"iat":-?0[,}]/.test(String(token.payload)));
    });
    await checkAsync(cases, 40, (given) => compareOutcomes(given, verifyDifferences, verify));
  });

  test('by verify, for keys and tokens of every algorithm', async () => {
    await checkAsync(verifyKeys(objectNames), 10, (given) =>
      compareOutcomes(given, verifyDifferences, verify),
    );
  });

  test('by verify with a function that finds the key', async () => {
    const cases = verifyClaims.filter(({ options, token }) => {
      const isLate =
        Object(options).maxAge !== undefined && /"iat":-?0[,}]/.test(String(token.payload));
      // A kid that no key can have, and an algorithm that is not allowed, are rejected before.
      return !isLate && !/"kid":(?:5|null|"a\\nb"|"x)/.test(String(token.header));
    });
    await checkAsync(cases, 20, async (given) => {
      const lookUp = (_header: unknown, callback: Callback) => {
        process.nextTick(() => callback(null, keyOf(given.key).input));
      };
      const text = textOf(given.token);
      const found = await outcomesOf(
        (callback) => ours.verify(text, lookUp, given.options, callback),
        true,
      );
      const plain = outcomeOf(() => verify(ours, given));
      expect(found).toStrictEqual({ given: [plain], returned: { value: undefined }, early: 0 });
    });
  });
});
