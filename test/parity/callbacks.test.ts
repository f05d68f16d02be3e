import { describe, expect, test } from 'vitest';
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

/** The outcomes that a callback receives, and that of the call itself. */
interface Answers {
  readonly given: Outcome[];
  readonly returned: Outcome;
  /** How many of them came before the call returned. */
  readonly early: number;
}

/** Waits for the thread pool if `isAwaited`, else for the tasks that are under way. */
async function answersOf(
  call: (callback: Callback) => unknown,
  isAwaited: boolean,
): Promise<Answers> {
  const given: Outcome[] = [];
  let answered: () => void;
  const first = new Promise<void>((resolve) => {
    answered = resolve;
  });
  const returned = outcomeOf(() =>
    call((error, value) => {
      given.push(error ? failed(error) : { value });
      answered();
    }),
  );
  const early = given.length;
  if (isAwaited) await first;
  await new Promise((resolve) => setImmediate(resolve));
  return { given, returned, early };
}

/** Our callback receives what the call without one returns, and what that of 9.0.3 receives. */
async function compareAnswers<Case>(
  given: Case,
  differences: readonly Difference<Case>[],
  call: (library: Library, other: Case, callback?: Callback) => unknown,
): Promise<void> {
  const our = await answersOf((callback) => call(ours, given, callback), true);
  const [answer] = our.given as [Outcome];
  expect(our).toStrictEqual({ given: [answer], returned: { value: undefined }, early: 0 });
  const plain = outcomeOf(() => call(ours, given));
  if (!same(plain, answer)) throw disagreement(plain, answer);

  // 9.0.3 calls back twice, never, or throws past the callback, in cases that the examples name.
  const [their] = (await answersOf((callback) => call(theirs, given, callback), false)).given;
  if (!their || same(their, answer)) return;
  const ask = (other: Case) => outcomeOf(() => call(theirs, other));
  if (!explain(differences, given, answer, ask)) throw disagreement(their, answer);
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
    await checkAsync(cases, 40, (given) => compareAnswers(given, signDifferences, sign));
  });

  test('by verify, for claims and options of every kind', async () => {
    const cases = verifyClaims.filter(({ options, token }) => {
      // The time of 9.0.3 would have to be turned back where iat is 0.
      return !(Object(options).maxAge !== undefined && /"iat":-?0[,}]/.test(String(token.payload)));
    });
    await checkAsync(cases, 40, (given) => compareAnswers(given, verifyDifferences, verify));
  });

  test('by verify, for keys and tokens of every algorithm', async () => {
    await checkAsync(verifyKeys(objectNames), 10, (given) =>
      compareAnswers(given, verifyDifferences, verify),
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
      const found = await answersOf(
        (callback) => ours.verify(text, lookUp, given.options, callback),
        true,
      );
      const plain = outcomeOf(() => verify(ours, given));
      expect(found).toStrictEqual({ given: [plain], returned: { value: undefined }, early: 0 });
    });
  });
});
