/** Where tokens and keys come from, and what is wrong with these places. */

import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSigner } from '../../src/index.ts';
import { type Changes, directories, runIn } from './run-in.ts';

const directory = directories()();
const key = 'a secret of 32 bytes, or of some more';
const token = createSigner(key)({ sub: 'ada' });
const write = (file: string, text: string | Buffer) => writeFileSync(join(directory, file), text);

write('key', key);
write('line', `${key}\n`);
write('.env', `KEY='${key}'\nTOKEN=${token}\nEMPTY=\n`);
write('empty', '');
write('large', Buffer.alloc(1_048_577));
mkdirSync(join(directory, 'directory'));

const run = (args: string[], changes?: Changes) => runIn(directory, args, changes);

async function* endless(): AsyncIterable<Uint8Array> {
  for (;;) yield Buffer.alloc(65_536);
}

describe('a token', () => {
  it.each([
    [['decode'], {}, 'pass a token: as the argument, on stdin or with "--token-env"'],
    [['decode'], { stdin: '' }, 'stdin is empty: pass a token'],
    [['decode', '-'], {}, 'stdin is empty: pass a token'],
    [['decode'], { stdin: endless() }, 'the token is longer than 1 MiB'],
    [['decode', 'a.b.c', '--token-env', 'A'], {}, 'pass a token or "--token-env", not both'],
    [['decode', '--token-env', 'A'], {}, 'the variable of "--token-env" is not set, or empty'],
    [
      ['decode', '--token-env', 'toString'],
      {},
      'the variable of "--token-env" is not set, or empty',
    ],
    [
      ['decode', '--token-env', 'EMPTY', '--dotenv', '.env'],
      {},
      'the variable of "--token-env" is not set, or empty',
    ],
    [
      ['decode', '--token-env', 'A'],
      { env: { A: 'a'.repeat(1_048_577) } },
      'the variable of "--token-env" is longer than 1 MiB',
    ],
    [
      ['decode', '--token-env', 'A', '--dotenv', 'none'],
      {},
      'the file of "--dotenv" does not exist',
    ],
  ] as Array<[string[], Changes, string]>)('is required: %j', async (args, changes, message) => {
    expect(await run(args, changes)).toEqual({
      code: 2,
      stdout: '',
      stderr: `error: ${message}\n`,
    });
  });

  it('is in a file of variables', async () => {
    const args = ['verify', '--dotenv', '.env', '--token-env', 'TOKEN', '--key-env', 'KEY'];
    expect(await run(args)).toMatchObject({ code: 0, stderr: '' });
  });

  it('is in the environment first', async () => {
    const args = ['verify', token, '--dotenv', '.env', '--key-env', 'KEY'];
    expect((await run(args, { env: { KEY: 'x'.repeat(32) } })).code).toBe(1);
  });
});

describe('a key', () => {
  it.each([
    ['a file', ['--key-file', 'key'], {}],
    ['a file with a last line end', ['--key-file', 'line'], {}],
    ['an absolute path', ['--key-file', join(directory, 'key')], {}],
    ['stdin', ['--key-file', '-'], { stdin: `${key}\n` }],
    ['a variable', ['--key-env', 'KEY'], { env: { KEY: key } }],
    [
      'base64',
      ['--key-env', 'KEY', '--key-encoding', 'base64'],
      { env: { KEY: Buffer.from(key).toString('base64') } },
    ],
    [
      'a JWK',
      ['--key-env', 'KEY'],
      {
        env: {
          KEY: JSON.stringify({ kty: 'oct', k: Buffer.from(key).toString('base64url') }),
        },
      },
    ],
  ] as Array<[string, string[], Changes]>)('is read from %s', async (_, args, changes) => {
    expect(await run(['verify', token, ...args], changes)).toMatchObject({ code: 0, stderr: '' });
  });

  it('keeps the last byte of a secret that is no text', async () => {
    const bytes = Buffer.concat([Buffer.alloc(31, 0xff), Buffer.from('\n')]);
    write('bytes', bytes);
    const signed = createSigner(bytes)({ sub: 'ada' });
    expect(await run(['verify', signed, '--key-file', 'bytes'])).toMatchObject({ code: 0 });
  });

  it.skipIf(process.platform === 'win32')('is read from a pipe', async () => {
    const pipe = join(directory, 'pipe');
    await new Promise((resolve) => spawn('mkfifo', [pipe]).on('exit', resolve));
    spawn('sh', ['-c', 'cat key > pipe'], { cwd: directory });
    expect(await run(['verify', token, '--key-file', 'pipe'])).toMatchObject({ code: 0 });
  });

  it.each([
    [[], 'pass a key with "--key-file", "--key-env", "--jwks" or "--issuer"'],
    [
      ['--key-file', 'key', '--key-env', 'KEY'],
      'pass only one of "--key-file", "--key-env", "--jwks" or "--issuer"',
    ],
    [['--key-file', 'none'], 'the file of "--key-file" does not exist'],
    [['--key-file', 'key/none'], 'the file of "--key-file" does not exist'],
    [['--key-file', 'directory'], 'the file of "--key-file" is a directory'],
    [['--key-file', 'large'], 'the file of "--key-file" is longer than 1 MiB'],
    [['--key-file', 'empty'], 'the file of "--key-file" is empty'],
    [['--key-file', `x${'\0'}`], 'the file of "--key-file" cannot be read: ERR_INVALID_ARG_VALUE'],
    [['--key-env', 'KEY'], 'the variable of "--key-env" is not set, or empty'],
    [
      ['--key-file', 'key', '--key-encoding', 'base32'],
      '"--key-encoding" must be base64, base64url or hex',
    ],
    [
      ['--key-file', 'key', '--key-encoding', 'hex'],
      'key is not valid key material: its "key" is not hex',
    ],
    [['--jwks', 'key'], 'the file of "--jwks" is not a JWK Set: pass one key with "--key-file"'],
    [
      ['--jwks', 'ftp://localhost/'],
      'the URL of a JWK Set must start with https: unless its host is this machine',
    ],
    [['--issuer', 'localhost'], 'the issuer must be an absolute URL'],
  ])('is required: %j', async (args, message) => {
    const outcome = await run(['verify', token, ...args]);
    expect(outcome).toEqual({ code: 2, stdout: '', stderr: `error: ${message}\n` });
  });

  it('cannot be on stdin with the token', async () => {
    const { code, stderr } = await run(['verify', '--key-file', '-'], { stdin: token });
    expect([code, stderr]).toEqual([
      2,
      'error: stdin cannot be both the token and the file of "--key-file"\n',
    ]);
  });

  it('names the option that it lacks, not the argument of the library', async () => {
    write('public', '{"kty":"oct","k":"AA","use":"enc"}');
    const { stderr } = await run(['verify', token, '--key-file', 'public']);
    expect(stderr).toBe('error: key may not be used to verify: its "use" does not allow it\n');
    const encoded = Buffer.from('-----BEGIN PUBLIC KEY-----\nAAAA').toString('base64');
    const env = { KEY: `x${encoded}` };
    expect((await run(['verify', token, '--key-env', 'KEY'], { env })).stderr).toContain(
      'pass "--key-encoding base64" if it is nothing else',
    );
  });
});

describe('JSON of a file', () => {
  const jwk = { kty: 'oct', k: Buffer.from(key).toString('base64url') };

  it('can start with a byte order mark', async () => {
    write('bom.jwk', `\ufeff${JSON.stringify(jwk)}`);
    write('bom.json', '\ufeff{"sub":"ada"}');
    const args = ['sign', '--key-file', 'bom.jwk', '--claims', '@bom.json', '--no-timestamp'];
    const { code, stdout } = await run(args);
    expect([code, (await run(['verify', stdout.trim(), '--key-file', 'key'])).code]).toEqual([
      0, 0,
    ]);
  });

  it.each([
    ['a JWK', '{"kty":"oct","k":"AAAA","k":"AAAA"}'],
    ['a JWK Set', '{"keys":[{"kty":"oct"},]}'],
  ])('that cannot be parsed is reported in words of the command line: %s', async (what, text) => {
    write('wrong.json', text);
    expect((await run(['sign', '--key-file', 'wrong.json'])).stderr).toBe(
      `error: key is not valid key material: it looks like ${what}, but is not valid JSON, or has duplicate members\n`,
    );
  });
});
