/** No secret and no token is in any output, wherever it was pasted. */

import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSigner } from '../../src/index.ts';
import { exportPem } from '../../src/jwk/index.ts';
import { ec } from '../fixtures/keys.ts';
import { type Changes, directories, type Outcome, runIn } from './run-in.ts';

const directory = directories()();
const RUNS = { numRuns: 40 };

const lettersOf = (letters: string) =>
  fc.string({ unit: fc.constantFrom(...letters), minLength: 12, maxLength: 64 });

writeFileSync(join(directory, 'verify.mjs'), 'export default () => null;');

const sign = createSigner('a secret of 32 bytes, or of some more');

/** What people paste: secrets of every alphabet, tokens, private keys. */
const pasted = fc.oneof(
  lettersOf('abcdefghijklmnopqrstuvwxyz'),
  lettersOf('0123456789abcdef'),
  lettersOf('ABCDEFGHIJKLMNOPQRSTUVWXYZ_'),
  lettersOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/='),
  fc.string({ unit: 'grapheme', minLength: 12 }).filter((text) => text.trim().length >= 12),
  lettersOf('0123456789abcdef').map((sub) => sign({ sub })),
  fc.constant(exportPem(ec().privateKey, { type: 'private' })),
);

/** Where they paste it. No secret belongs in the arguments, and a token only in one place. */
const places: Record<string, (text: string) => string[]> = {
  'the command': (text) => [text],
  'an option before the command': (text) => [`--${text}`],
  'an argument behind help': (text) => ['--help', text],
  'the token': (text) => ['decode', text],
  'the token, with a wrong key': (text) => ['verify', text, '--key-env', 'KEY'],
  'a second token': (text) => ['decode', 'a.b.c', text],
  'an option': (text) => ['decode', `--${text}`],
  'a short option': (text) => ['decode', `-${text}`],
  'the value of an unknown option': (text) => ['verify', `--secret=${text}`],
  'the value behind an unknown option': (text) => ['verify', '--secret', text],
  'the value of an option without one': (text) => ['verify', `--json=${text}`],
  'the name of a variable': (text) => ['decode', '--token-env', text],
  'the name of the variable of a key': (text) => ['verify', 'a.b.c', '--key-env', text],
  'the path of a key': (text) => ['verify', 'a.b.c', '--key-file', text],
  'the path of variables': (text) => ['decode', '--token-env', 'A', '--dotenv', text],
  'the encoding of a key': (text) => [
    'verify',
    'a.b.c',
    '--key-env',
    'KEY',
    '--key-encoding',
    text,
  ],
  'the variable of a passphrase': (text) => ['sign', '--key-env', 'KEY', '--passphrase-env', text],
  'a JWK Set': (text) => ['verify', 'a.b.c', '--jwks', text],
  'the password of a URL': (text) => [
    'verify',
    'a.b.c',
    '--jwks',
    `https://me:${encodeURIComponent(text)}@localhost/`,
  ],
  'the query of a URL': (text) => [
    'verify',
    sign({}),
    '--jwks',
    `http://127.0.0.1:1/?key=${encodeURIComponent(text)}`,
  ],
  'an issuer': (text) => ['verify', 'a.b.c', '--issuer', text],
  'the query of an issuer': (text) => [
    'verify',
    'a.b.c',
    '--issuer',
    `https://localhost/?${encodeURIComponent(text)}`,
  ],
  'an algorithm': (text) => ['verify', 'a.b.c', '--key-env', 'KEY', '--algorithm', text],
  'a time': (text) => ['verify', 'a.b.c', '--key-env', 'KEY', '--max-age', text],
  'the claims': (text) => ['sign', '--key-env', 'KEY', '--claims', text],
  'the path of the claims': (text) => ['sign', '--key-env', 'KEY', '--claims', `@${text}`],
  'a lifetime': (text) => ['sign', '--key-env', 'KEY', '--expires-in', text],
  'an argument of sign': (text) => ['sign', text],
  'the path of a public key': (text) => ['jwks', text],
  'the token to explain': (text) => ['explain', text],
  'the token to explain, with a key': (text) => ['explain', text, '--key-env', 'KEY', '--json'],
  'the target of an attack': (text) => ['attack', text, '--key-env', 'KEY'],
  'the host of a target': (text) => [
    'attack',
    `http://${encodeURIComponent(text)}.example/`,
    '--key-env',
    'KEY',
  ],
  'the export of a target': (text) => ['attack', `verify.mjs#${text}`, '--key-env', 'KEY'],
  'the name of a case': (text) => ['attack', 'verify.mjs', '--key-env', 'KEY', '--only', text],
  'the level of an attack': (text) => ['attack', 'x', '--key-env', 'KEY', '--fail-on', text],
  'the token of an attack': (text) => ['attack', 'verify.mjs', text, '--key-env', 'KEY'],
  'the port of an issuer': (text) => ['issuer', '--port', text],
  'the claims of an issuer': (text) => ['issuer', '--claims', text],
  'the algorithm of a new key': (text) => ['keygen', text],
  'the path of a new key': (text) => ['keygen', 'EdDSA', '--out', `none/${text}`],
};

/** Whether the output has the text, as it is or escaped, or the start of it. */
function shows({ stdout, stderr }: Outcome, text: string): boolean {
  const starts = [text, text.trim(), JSON.stringify(text).slice(1, -1), encodeURIComponent(text)];
  return starts.some((start) => `${stdout}${stderr}`.includes(start.slice(0, 12)));
}

const env = { KEY: 'a secret of 32 bytes, or of some others' };

it.each(Object.entries(places))('no output shows what was pasted as %s', async (_, argsOf) => {
  await fc.assert(
    fc.asyncProperty(pasted, async (text) => {
      const outcome = await runIn(directory, argsOf(text), { env, stdin: '' });
      expect(shows(outcome, text)).toBe(false);
    }),
    RUNS,
  );
  expect(readdirSync(directory)).toEqual(['verify.mjs']);
});

/** Where a secret belongs, in commands that fail behind it. */
const uses: Record<string, (text: string) => [args: string[], changes: Changes]> = {
  'a variable': (text) => [['verify', sign({ exp: 1 }), '--key-env', 'K'], { env: { K: text } }],
  stdin: (text) => [['verify', 'a.b.c', '--key-file', '-'], { stdin: text }],
  'encoded text': (text) => [
    ['verify', 'a.b.c', '--key-env', 'K', '--key-encoding', 'hex'],
    { env: { K: text } },
  ],
  'a passphrase': (text) => [
    ['sign', '--key-env', 'KEY', '--passphrase-env', 'P'],
    { env: { ...env, P: text } },
  ],
  'a key that signs': (text) => [
    ['sign', '--key-env', 'K', '--claims', '{"exp":1e400}'],
    { env: { K: text } },
  ],
  'a key that is published': (text) => [['jwks', '--key-env', 'K'], { env: { K: text } }],
  'claims on stdin': (text) => [
    ['sign', '--key-env', 'KEY', '--claims', '-'],
    { env, stdin: text },
  ],
  'a token on stdin': (text) => [['decode'], { stdin: text }],
  'the key of an attack': (text) => [
    ['attack', 'verify.mjs', '--key-env', 'K', '--only', 'unsigned'],
    { env: { K: text } },
  ],
  'a line of an issuer': (text) => [
    ['issuer', '--algorithm', 'ES256', '--json'],
    {
      stdin: `${text.replaceAll('\n', ' ')}\ntoken ${text.replaceAll('\n', ' ')}\n`,
      untilInterrupted: () => setTimeout(10),
    },
  ],
};

it.each(Object.entries(uses))('no output shows what was read as %s', async (_, useOf) => {
  await fc.assert(
    fc.asyncProperty(pasted, async (text) => {
      const [args, changes] = useOf(text);
      expect(shows(await runIn(directory, args, changes), text)).toBe(false);
    }),
    RUNS,
  );
});
