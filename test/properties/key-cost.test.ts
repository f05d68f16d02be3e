/** K14: the time that a key costs is bounded, and linear in the length of its text. */

import { describe, expect, it } from 'vitest';
import { toKeys } from '../../src/core/keys/import-key.ts';
import { preparedKeyArgument } from '../../src/core/keys/key.ts';
import { createVerifier } from '../../src/index.ts';
import { createLocalJwks } from '../../src/jwk/index.ts';
import { ed25519, oddNumber, rsa } from '../fixtures/keys.ts';
import { segment } from '../fixtures/tokens.ts';

const { n = '', e = 'AQAB' } = rsa().publicKey.export({ format: 'jwk' });

function millisecondsOf(call: () => unknown): number {
  const start = performance.now();
  call();
  return performance.now() - start;
}

const publicEd25519 = ed25519().publicKey.export({ format: 'jwk' }) as { kty: string };

describe('a set of 16 keys', () => {
  const token = (alg: string) => `${segment({ alg })}.e30.${'A'.repeat(2730)}A`;

  it.each([
    ['with long exponents', () => ({ kty: 'RSA', n, e: oddNumber(48_000) })],
    ['of 16,384 bits', () => ({ kty: 'RSA', n: oddNumber(2048), e })],
    [
      'of 16,384 bits with an exponent of 64',
      () => ({ kty: 'RSA', n: oddNumber(2048), e: oddNumber(8) }),
    ],
    [
      'of 3,072 bits with an exponent of 256',
      () => ({ kty: 'RSA', n: oddNumber(384), e: oddNumber(32) }),
    ],
  ])('%s costs a token without "kid" less than 300 ms', (_, makeKey) => {
    const keys = Array.from({ length: 16 }, makeKey);
    const took = Math.min(
      ...[1, 2, 3].map(() => {
        return millisecondsOf(() => {
          try {
            createVerifier(createLocalJwks({ keys: [...keys, publicEd25519] }))(token('RS256'));
          } catch {}
        });
      }),
    );
    expect(took).toBeLessThan(300);
  });
});

describe('a text that is passed as a key', () => {
  const pieces = {
    dash: '-',
    'em dash': '\u2014',
    'dash and blank': '- ',
    backslash: '\\',
    'backslash and n': '\\n',
    'escaped backslash': '\\\\u005c',
    quote: '"',
    'quote and backslash': '"\\',
    blank: ' ',
    'line end': '\n',
    NUL: '\0',
    A: 'A',
    AAAA: 'AAAA',
    'start of DER in base64': 'MII',
    'start of PEM in base64': 'LS0tLS1',
    'start of DER': '0\x82\x01\x22',
    'start of a point': 'BAAA',
    BEGIN: 'BEGIN ',
    'BEGIN with dashes': '-----BEGIN ',
    'first line of PEM': '-----BEGIN PUBLIC KEY-----',
    'last line of PEM': '-----END PUBLIC KEY-----',
    'Proc-Type': 'Proc-Type: 4,ENCRYPTED DEK-Info: ',
    ssh: 'ssh-',
    'ssh and blanks': 'ssh-rsa  ',
    kty: 'kty ',
    '"keys"': '"keys" ',
    x5c: 'x5c ',
    '<': '<',
    'XML prefix': '<a:',
    scheme: 'a+',
    'path of dots': '../',
    path: '~/a',
    hexadecimal: '2a86',
    'name of a file': '.pem',
  };

  it.each(Object.entries(pieces))('costs time linear in its length: %s', (_, piece) => {
    const argument = preparedKeyArgument('verify');
    const cost = (length: number) => {
      const text = piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
      const once = () => {
        for (const input of [text, Buffer.from(text, 'latin1'), { key: text, format: 'pem' }]) {
          try {
            toKeys(input, argument);
          } catch {}
        }
      };
      return Math.min(...Array.from({ length: 4 }, () => millisecondsOf(once)));
    };
    cost(1000);
    const [short, long] = [cost(8_000), cost(64_000)];
    // Eight times the length: linear is 8, quadratic 64.
    expect(long).toBeLessThan(25 * short + 20);
    expect(long).toBeLessThan(500);
  });
});
