import { describe, expect, test } from 'vitest';
import { type SignCase, signWithKeys, signWithSecret } from './cases.ts';
import { signDifferences } from './differences.ts';
import { keyOf, keys, objectNames } from './keys.ts';
import { type Library, type Outcome, ours, outcomeOf, same, theirs } from './outcome.ts';
import { check, compare, freezeTime } from './property.ts';

const libraries = { ours, theirs };

/** A payload of its own for each library: the option mutatePayload writes into it. */
function copy(payload: unknown): unknown {
  if (typeof payload !== 'object' || payload === null) return payload;
  const prototype = Object.getPrototypeOf(payload);
  if (prototype !== Object.prototype && prototype !== null) return payload;
  return Object.create(prototype, Object.getOwnPropertyDescriptors(payload));
}

function sign(library: Library, given: SignCase, payload = copy(given.payload)): Outcome {
  return outcomeOf(() => library.sign(payload, keyOf(given.key).input, given.options));
}

function headerOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
}

/** Whether signing twice gives the same bytes. */
function isDeterministic(token: string, key: string): boolean {
  const alg = String(headerOf(token)['alg']);
  return /^(?:HS|none)/.test(alg) || (alg.startsWith('RS') && /^rsa(?:-1024)? /.test(key));
}

/** The token without its signature, where no two signatures are the same. */
function comparable(outcome: Outcome, key: string): Outcome {
  if ('error' in outcome || isDeterministic(String(outcome.value), key)) return outcome;
  return { value: String(outcome.value).replace(/[^.]*$/, '') };
}

describe('sign returns what jsonwebtoken 9.0.3 returns', () => {
  freezeTime();

  test('for payloads and options of every kind', () => {
    check(signWithSecret, 300, (given) => {
      compare(given, signDifferences, (library, other) => sign(libraries[library], other));
    });
  });

  test('and with mutatePayload leaves the same in the payload', () => {
    check(signWithSecret, 60, (given) => {
      const options = { ...Object(given.options), mutatePayload: true };
      const changed = [theirs, ours].map((library) => {
        const payload = copy(given.payload);
        return [sign(library, { ...given, options }, payload), { value: payload }] as const;
      });
      const [[theirAnswer, theirPayload], [ourAnswer, ourPayload]] = changed as [
        readonly [Outcome, Outcome],
        readonly [Outcome, Outcome],
      ];
      // A call that fails may have changed something in 9.0.3, and changes nothing here; iat 0 differs.
      if (
        Object(given.payload).iat === 0 ||
        'error' in theirAnswer ||
        !same(theirAnswer, ourAnswer)
      )
        return;
      expect(ourPayload).toStrictEqual(theirPayload);
    });
  });

  test('for KeyObjects of every kind with algorithms of every kind', () => {
    check(signWithKeys(objectNames), 70, (given) => {
      compare(given, signDifferences, (library, other) =>
        comparable(sign(libraries[library], other), given.key),
      );
    });
  });

  test('for keys of every form with algorithms of every kind', () => {
    check(signWithKeys(Object.keys(keys)), 40, (given) => {
      compare(given, signDifferences, (library, other) =>
        comparable(sign(libraries[library], other), given.key),
      );
    });
  });

  test.each([
    ['ES256', 'P-256'],
    ['ES384', 'P-384'],
    ['ES512', 'P-521'],
    ['PS256', 'rsa'],
    ['PS384', 'rsa'],
    ['PS512', 'rsa'],
    ['PS256', 'rsa-pss-256'],
    ['PS384', 'rsa-pss-384'],
    ['PS512', 'rsa-pss-512'],
  ])('with %s signatures by %s keys that each verifies of the other', (algorithm, pair) => {
    const publicKey = keyOf(`${pair} public`).input;
    check(signWithSecret, 1, ({ payload, options }) => {
      const given: SignCase = {
        payload,
        key: `${pair} private`,
        options: { ...Object(options), algorithm },
        now: 0,
      };
      for (const [signer, verifier] of [
        [ours, theirs],
        [theirs, ours],
      ] as const) {
        const signed = sign(signer, given);
        // Another algorithm, or nothing in the payload, is no matter of signatures.
        if ('error' in signed || headerOf(String(signed.value))['alg'] !== algorithm) continue;
        const verified = outcomeOf(() => verifier.verify(signed.value, publicKey));
        const result = 'error' in verified ? verified.error.message : 'verified';
        expect(result).not.toBe('invalid signature');
      }
    });
  });
});
