/** The command `keygen` with an algorithm: one key, the private half in a new file. */

import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createSigner, createVerifier } from '../../src/index.ts';
import { exportJwk, exportPem } from '../../src/jwk/index.ts';
import { directories, runIn } from './run-in.ts';

const isWindows = process.platform === 'win32';
const newDirectory = directories();
let directory: string;

beforeEach(() => {
  directory = newDirectory();
});

const run = (...args: string[]) => runIn(directory, ['keygen', ...args]);
const read = (file: string) => readFileSync(join(directory, file), 'utf8');

describe('keygen with an algorithm', () => {
  it.each(['RS256', 'PS256', 'ES256', 'ES512', 'EdDSA'] as const)(
    'writes a private key in PEM, and prints the public one: %s',
    async (algorithm) => {
      const { code, stdout, stderr } = await run(algorithm, '--out', 'key.pem');
      expect([code, stderr]).toEqual([0, '']);
      const text = read('key.pem');
      expect(text).toMatch(/^-----BEGIN PRIVATE KEY-----\n[\s\S]+\n-----END PRIVATE KEY-----\n$/);
      expect(stdout).toBe(exportPem(text));
      const token = createSigner(text, { algorithm })({ sub: 'ada' });
      expect(createVerifier(stdout, { algorithms: [algorithm] })(token).sub).toBe('ada');
    },
  );

  it('writes JWKs with --jwk', async () => {
    const { stdout } = await run('ES256', '--out', 'key.jwk', '--jwk');
    const jwk = JSON.parse(read('key.jwk'));
    expect(jwk).toMatchObject({ kty: 'EC', alg: 'ES256', use: 'sig', d: expect.any(String) });
    expect(JSON.parse(stdout)).toEqual(exportJwk(jwk));
  });

  it('writes a secret, and prints nothing', async () => {
    expect(await run('HS512', '--out', 'secret')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(read('secret')).toMatch(/^[\w-]{86}\n$/);
    expect((await run('HS256', '--out', 'secret.jwk', '--jwk')).stdout).toBe('');
    expect(JSON.parse(read('secret.jwk'))).toMatchObject({ kty: 'oct', alg: 'HS256' });
  });

  it.skipIf(isWindows)('writes for the owner only', async () => {
    await run('ES256', '--out', 'key.pem');
    expect(statSync(join(directory, 'key.pem')).mode & 0o777).toBe(0o600);
  });

  it('prints the private key with --stdout, and writes no file', async () => {
    const { stdout } = await run('ES256', '--stdout');
    expect(stdout).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(JSON.parse((await run('HS256', '--stdout', '--jwk')).stdout)).toHaveProperty('k');
    expect(readdirSync(directory)).toEqual([]);
  });

  it('makes keys for sign, jwks and verify', async () => {
    await run('ES256', '--out', 'key.jwk', '--jwk');
    const { stdout: set } = await runIn(directory, ['jwks', 'key.jwk']);
    writeFileSync(join(directory, 'jwks.json'), set);
    const { stdout: token } = await runIn(directory, ['sign', '--key-file', 'key.jwk']);
    for (const key of [
      ['--jwks', 'jwks.json'],
      ['--key-file', 'jwks.json'],
      ['--key-file', 'key.jwk'],
    ]) {
      expect(await runIn(directory, ['verify', ...key], { stdin: token })).toMatchObject({
        code: 0,
      });
    }
  });

  it.each([
    [['ES265', '--out', 'x'], 2, 'unknown algorithm: did you mean "ES256"?'],
    [['ES256'], 2, 'pass "--out" with a path for the private key, or "--stdout"'],
    [
      ['ES256', '--out', 'x', '--stdout'],
      2,
      'pass "--out" with a path for the private key, or "--stdout"',
    ],
    [['ES256', '--file', 'x'], 2, '"--file" is for variables: pass "--out" for one key'],
    [['--out', 'x'], 2, '"--out" and "--jwk" need an algorithm, such as "keygen ES256"'],
    [['--jwk'], 2, '"--out" and "--jwk" need an algorithm, such as "keygen ES256"'],
    [
      ['ES256', '--out', 'none/x'],
      1,
      'the file of "--out" is in a directory that does not exist: create the directory first',
    ],
    [
      ['ES256', '--out', 'directory'],
      1,
      'the file of "--out" exists, and keygen replaces no key: pass another path',
    ],
    [
      ['ES256', '--out', 'file'],
      1,
      'the file of "--out" exists, and keygen replaces no key: pass another path',
    ],
    [['ES256', '--out', 'x'.repeat(300)], 1, 'the file of "--out" cannot be written: ENAMETOOLONG'],
  ])('reports wrong usage', async (args, code, message) => {
    mkdirSync(join(directory, 'directory'));
    writeFileSync(join(directory, 'file'), 'text');
    expect(await run(...args)).toEqual({ code, stdout: '', stderr: `error: ${message}\n` });
    expect(readdirSync(directory).sort()).toEqual(['directory', 'file']);
    expect(read('file')).toBe('text');
  });

  it.skipIf(isWindows)('follows no link', async () => {
    symlinkSync('target', join(directory, 'key.pem'));
    expect((await run('ES256', '--out', 'key.pem')).code).toBe(1);
    expect(readdirSync(directory)).toEqual(['key.pem']);
  });

  it.skipIf(spawnSync('git', ['--version']).status !== 0)(
    'warns if git sees the file',
    async () => {
      spawnSync('git', ['init', '--quiet'], { cwd: directory });
      expect((await run('ES256', '--out', 'key.pem')).stderr).toBe(
        'warning: git does not ignore the file of "--out"; add it to .gitignore\n',
      );
    },
  );
});
