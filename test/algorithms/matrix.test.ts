import { describe, expect, test } from 'vitest';
import { createSigner, createVerifier, signAsync, verifyAsync } from '../../src/index.ts';
import { claims, keyApis } from '../fixtures/key-apis.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { forge, pairedKeys, rawSignature, signatureAlgorithms } from './pairs.ts';

/** So that the size of a key never hides the rule about its type. */
const sizes = { allowInsecureKeySizes: true };

const isKindRefusal = (message: string) => message.startsWith('must be');

describe.each(keyApis)('the pairs of key and algorithm at the $name entrance (K2)', (door) => {
  describe.each(pairedKeys)('$name', ({ algorithms, signing, verifying, refusal }) => {
    const others = signatureAlgorithms.filter((alg) => !algorithms.includes(alg));
    const say = (name: string, message: string) =>
      isKindRefusal(message) ? `${name} ${message}` : message;

    test(`signs and verifies ${algorithms.join(', ') || 'nothing'}`, () => {
      expect(signatureAlgorithms.length).toBe(algorithms.length + others.length);
      for (const alg of algorithms) {
        const token = door.sign(signing, alg);
        expect(door.verify(token, verifying, alg)).toMatchObject(claims);
        expect(door.verify(forge(alg, signing, claims), verifying, alg)).toEqual(claims);
      }
    });

    test('signs nothing else', () => {
      for (const alg of others) {
        expect(errorOf(() => door.sign(signing, alg, sizes))).toMatchObject({
          message: expect.stringContaining(say(door.signingName, refusal(alg))),
          code: 'ERR_KEY_TYPE',
        });
        expect(() => door.sign(signing, alg)).toThrow();
      }
    });

    test('verifies nothing else, not even what OpenSSL would', () => {
      for (const alg of others) {
        const token = forge(alg, signing, claims);
        expect(errorOf(() => door.verify(token, verifying, alg, sizes))).toMatchObject({
          message: expect.stringContaining(say(door.verifyingName, refusal(alg))),
          code: 'ERR_KEY_TYPE',
        });
        expect(() => door.verify(token, verifying, alg)).toThrow();
      }
    });

    test('verifies nothing else by default', () => {
      for (const alg of others) {
        const token = forge(alg, signing, claims);
        const { code } = errorOf(() => door.verify(token, verifying, undefined, sizes));
        expect(['ERR_HEADER_ALG', 'ERR_KEY_TYPE']).toContain(code);
      }
    });
  });
});

describe.each(pairedKeys)('$name, with a key source and in asynchronous calls', (key) => {
  const { algorithms, signing, verifying } = key;

  test('verifies its own algorithms only', async () => {
    for (const alg of signatureAlgorithms) {
      const token = forge(alg, signing, claims);
      const calls = [
        async () => createVerifier(() => verifying, { ...sizes, algorithms: [alg] })(token),
        async () => createVerifier(() => [verifying], { ...sizes, algorithms: [alg] })(token),
        () => createVerifier(async () => verifying, { ...sizes, algorithms: [alg] })(token),
        () => verifyAsync(token, verifying, sizes),
        () => verifyAsync(token, () => verifying, sizes),
        () => verifyAsync(token, verifying, { ...sizes, algorithms: [alg] }),
      ];
      for (const call of calls) {
        if (algorithms.includes(alg)) expect(await call()).toEqual(claims);
        else {
          await expect(call()).rejects.toMatchObject({
            code: expect.stringMatching(/^ERR_(HEADER_ALG|KEY_TYPE)$/),
          });
        }
      }
    }
  });

  test('signs its own algorithms only', async () => {
    for (const algorithm of signatureAlgorithms) {
      const calls = [
        () => signAsync(claims, signing, { ...sizes, algorithm }),
        async () => createSigner(signing, { ...sizes, algorithm, async: true })(claims),
      ];
      for (const call of calls) {
        if (algorithms.includes(algorithm)) {
          expect(
            createVerifier(verifying, { algorithms: [algorithm] })(await call()),
          ).toMatchObject(claims);
        } else await expect(call()).rejects.toMatchObject({ code: 'ERR_KEY_TYPE' });
      }
    }
  });
});

test('the matrix holds pairs that OpenSSL alone would let through', () => {
  const dangerous = pairedKeys.flatMap(({ name, algorithms, signing }) =>
    signatureAlgorithms
      .filter((alg) => !algorithms.includes(alg) && rawSignature(alg, signing, 'text'))
      .map((alg) => `${name}: ${alg}`),
  );
  expect(dangerous).toEqual(
    expect.arrayContaining([
      'EC secp256k1: ES256',
      'EC P-256: ES256K',
      'EC P-384: ES256',
      'EC P-256: HS256',
      'RSA: HS256',
      'dsa: RS256',
    ]),
  );
});

test.each(pairedKeys.filter(({ algorithms }) => algorithms.length === 0))(
  'a prepared entrance rejects a key of $name at once',
  ({ signing, verifying }) => {
    for (const [role, call] of [
      ['sign', () => createSigner(signing)],
      ['verify', () => createVerifier(verifying)],
    ] as const) {
      const error = errorOf(call);
      expect(error).toBeInstanceOf(TypeError);
      expect(error).toMatchObject({
        message: `key fits no algorithm that can ${role}`,
        code: 'ERR_KEY_TYPE',
      });
    }
  },
);
