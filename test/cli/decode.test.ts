/** The command `decode`: prints a token, and says that it is not verified. */

import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createSigner } from '../../src/index.ts';
import { directories, runIn } from './run-in.ts';

const directory = directories()();
const key = 'a secret of 32 bytes, or of some more';
const token = createSigner(key, { noTimestamp: true })({ sub: 'ada' });
const NOTE = 'unverified: anyone can write such a token. To check it, run "jotkit verify"\n';
const JSON_TEXT = `{
  "header": {
    "alg": "HS256",
    "typ": "JWT"
  },
  "payload": {
    "sub": "ada"
  }
}
`;

/** A token with this payload, without a signature. */
function tokenOf(payload: string, header = '{"alg":"HS256"}'): string {
  const parts = [header, payload].map((part) => Buffer.from(part).toString('base64url'));
  return `${parts.join('.')}.AAAA`;
}

describe('decode', () => {
  it('prints header and claims on stdout, and on stderr that they are not verified', async () => {
    const outcome = await runIn(directory, ['decode', token]);
    expect(outcome).toEqual({ code: 0, stdout: JSON_TEXT, stderr: NOTE });
  });

  it('prints one line with --json', async () => {
    const { stdout } = await runIn(directory, ['decode', '--json', token]);
    expect(stdout).toBe('{"header":{"alg":"HS256","typ":"JWT"},"payload":{"sub":"ada"}}\n');
  });

  it('prints one line on stdout with --json, also for a rejection', async () => {
    const { code, stdout, stderr } = await runIn(directory, ['decode', '--json', 'abc']);
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toBe(
      '{"outcome":"rejected","code":"ERR_TOKEN_MALFORMED","message":"jwt malformed"}\n',
    );
  });

  it.each([
    ['stdin', ['decode'], { stdin: token }],
    ['stdin with a line end', ['decode'], { stdin: `${token}\r\n` }],
    ['stdin if the argument is a dash', ['decode', '-'], { stdin: `${token}\n` }],
    ['a variable', ['decode', '--token-env', 'TOKEN'], { env: { TOKEN: token } }],
    ['an argument behind two dashes', ['decode', '--', token], {}],
  ])('reads the token from %s', async (_, args, changes) => {
    expect(await runIn(directory, args, changes)).toEqual({
      code: 0,
      stdout: JSON_TEXT,
      stderr: NOTE,
    });
  });

  it('reads a padded token', async () => {
    const padded = token.replace(/[^.]+/g, (part) => part + '='.repeat(-part.length & 3));
    expect((await runIn(directory, ['decode', padded])).stdout).toBe(JSON_TEXT);
  });

  it.each([
    ['one part', 'abc', 'jwt malformed (ERR_TOKEN_MALFORMED)'],
    [
      'a scheme',
      'Bearer abc',
      'jwt malformed (ERR_TOKEN_MALFORMED): the token begins with "Bearer ": remove the scheme',
    ],
    [
      'five parts',
      'a.b.c.d.e',
      'jwt malformed (ERR_TOKEN_ENCRYPTED): it has five parts, so it is encrypted (JWE), which is not supported',
    ],
    ['a list', tokenOf('[]'), 'jwt payload must be a JSON object (ERR_PAYLOAD_INVALID)'],
    [
      'duplicate members',
      tokenOf('{"a":1,"a":2}'),
      'jwt payload must not have duplicate members (ERR_TOKEN_DUPLICATE_MEMBER)',
    ],
  ])('exits with 1 for a token that it cannot read: %s', async (_, text, line) => {
    expect(await runIn(directory, ['decode', text])).toEqual({
      code: 1,
      stdout: '',
      stderr: `rejected: ${line}\n`,
    });
  });

  it.each([
    ['control characters', '\u001b[2J\u0000\u007f\u009b'],
    ['bidirectional characters', '\u202e\u2066\u061c'],
    ['characters of no width', '\u200b\u2060\ufeff\u3164\u{e0041}'],
    ['separators of lines', '\u2028\u2029'],
    ['half of a pair', '\ud800'],
  ])('escapes %s as JSON does', async (_, text) => {
    const payload = { [text]: text };
    const parts = tokenOf(JSON.stringify(payload));
    const { stdout } = await runIn(directory, ['decode', parts]);
    expect(stdout).toMatch(/^[\x20-\x7e\n]+$/);
    expect(JSON.parse(stdout).payload).toEqual(payload);
  });

  it('leaves what people can read', async () => {
    const { stdout } = await runIn(directory, ['decode', tokenOf('{"name":"Grüße 東京 🙂"}')]);
    expect(stdout).toContain('"name": "Grüße 東京 🙂"');
  });
});

describe('colors', () => {
  const isTerminal = { stdin: true, stdout: true, stderr: true };
  const run = (env: Record<string, string>, ...args: string[]) =>
    runIn(directory, ['decode', token, ...args], { isTerminal, env });

  it('are on a terminal', async () => {
    const { stdout, stderr } = await run({ TERM: 'xterm', NO_COLOR: '' });
    expect(stdout).toContain('    \u001b[36m"alg"\u001b[39m: "HS256"');
    expect(stderr.startsWith('\u001b[33munverified:\u001b[39m ')).toBe(true);
    expect(stripVTControlCharacters(stdout + stderr)).toBe(JSON_TEXT + NOTE);
  });

  it.each([
    ['NO_COLOR has a value', { NO_COLOR: '1' }],
    ['TERM is dumb', { TERM: 'dumb' }],
  ])('are off if %s', async (_, env) => {
    expect(await run(env)).toEqual({ code: 0, stdout: JSON_TEXT, stderr: NOTE });
  });

  it('are off for programs', async () => {
    expect((await run({}, '--json')).stdout).not.toContain('\u001b');
  });
});
