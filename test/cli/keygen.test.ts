/** The command `keygen`: what it writes, prints and returns. */

import { spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { appendVariables } from '../../src/cli/parts/env-file.ts';
import { createSigner, createVerifier } from '../../src/index.ts';
import { directories, runIn } from './run-in.ts';

const NAMES = ['JWT_SECRET', 'JWT_REFRESH_SECRET', 'JWT_PRIVATE_KEY', 'JWT_PUBLIC_KEY'];
const ADDED = 'Added JWT_SECRET, JWT_REFRESH_SECRET, JWT_PRIVATE_KEY and JWT_PUBLIC_KEY to .env.\n';
const LINES =
  /^JWT_SECRET=[\w-]{43}\nJWT_REFRESH_SECRET=[\w-]{43}\nJWT_PRIVATE_KEY="-----BEGIN PRIVATE KEY-----\\n[\w+/=]{64}\\n-----END PRIVATE KEY-----"\nJWT_PUBLIC_KEY="-----BEGIN PUBLIC KEY-----\\n[\w+/=]{60}\\n-----END PUBLIC KEY-----"\n$/;

const isWindows = process.platform === 'win32';
const newDirectory = directories();
let directory: string;

beforeEach(() => {
  directory = newDirectory();
});

const run = (...args: string[]) => runIn(directory, args);
const write = (text: string | Buffer, file = '.env') =>
  writeFileSync(join(directory, file), text, { mode: 0o600 });
const read = (file = '.env') => readFileSync(join(directory, file), 'utf8');

/** The values as Docker passes them: whatever follows the first `=`. */
function literal(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
  );
}

/** The variables that this Node.js reads from the file. */
function readByNode(file = '.env'): Record<string, string> {
  const script = `console.log(JSON.stringify(process.env))`;
  const args = [`--env-file=${file}`, '--eval', script];
  const { stdout } = spawnSync(process.execPath, args, {
    cwd: directory,
    encoding: 'utf8',
    env: {},
  });
  return JSON.parse(stdout);
}

describe('keygen', () => {
  it.skipIf(isWindows)('prints no character of a file name that a terminal obeys', async () => {
    const { code, stdout } = await run('keygen', '--file', 'a\u001b[31m.env');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/ to a\\u001b\[31m\.env\.\n$/)]);
  });

  it.skipIf(isWindows)('warns if other users can read the file', async () => {
    write('A=1\n');
    chmodSync(join(directory, '.env'), 0o640);
    const warning = 'warning: other users can read .env; run "chmod 600 .env"\n';
    expect(await run('keygen')).toEqual({ code: 0, stdout: ADDED, stderr: warning });
  });

  it('creates .env with four variables, for its owner only', async () => {
    expect(await run('keygen')).toEqual({ code: 0, stdout: ADDED, stderr: '' });
    expect(read()).toMatch(LINES);
    if (!isWindows) expect(statSync(join(directory, '.env')).mode & 0o777).toBe(0o600);
  });

  it('creates other keys each time', async () => {
    const [first, second] = [
      literal((await run('keygen', '--stdout')).stdout),
      literal((await run('keygen', '--stdout')).stdout),
    ];
    const values = [...Object.values(first), ...Object.values(second)];
    expect(new Set(values).size).toBe(8);
  });

  it('writes a private key and its public key, as Node.js reads them from the file', async () => {
    await run('keygen');
    const { JWT_PRIVATE_KEY = '', JWT_PUBLIC_KEY = '' } = readByNode();
    const derived = createPublicKey(createPrivateKey(JWT_PRIVATE_KEY));
    expect(derived.asymmetricKeyType).toBe('ed25519');
    expect(derived.equals(createPublicKey(JWT_PUBLIC_KEY))).toBe(true);
    expect(derived.export({ type: 'spki', format: 'pem' })).toBe(`${JWT_PUBLIC_KEY}\n`);
  });

  it.each([
    ['--env-file of Node.js', () => readByNode()],
    ['--env-file of Docker, which keeps quotes and escapes', () => literal(read())],
  ])('writes keys that sign and verify when read with %s', async (_, readAll) => {
    await run('keygen');
    const { JWT_SECRET = '', JWT_PRIVATE_KEY = '', JWT_PUBLIC_KEY = '' } = readAll();
    const bySecret = createSigner(JWT_SECRET, { algorithm: 'HS256' })({ sub: 'ada' });
    expect(createVerifier(JWT_SECRET, { algorithms: ['HS256'] })(bySecret)).toMatchObject({
      sub: 'ada',
    });
    const byKey = createSigner(JWT_PRIVATE_KEY, { algorithm: 'EdDSA' })({ sub: 'ada' });
    expect(createVerifier(JWT_PUBLIC_KEY, { algorithms: ['EdDSA'] })(byKey)).toMatchObject({
      sub: 'ada',
    });
  });

  it.each([
    ['a last line end', 'PORT=3000\n', 'PORT=3000\n'],
    ['no last line end', 'PORT=3000', 'PORT=3000\n'],
    ['line ends of Windows', 'PORT=3000\r\n', 'PORT=3000\r\n'],
    ['nothing in it', '', ''],
    [
      'comments that name the variables',
      '# JWT_SECRET=\n#export JWT_PUBLIC_KEY=\n',
      '# JWT_SECRET=\n#export JWT_PUBLIC_KEY=\n',
    ],
    [
      'names that only contain them',
      'MY_JWT_SECRET=1\nJWT_SECRETS=1\n',
      'MY_JWT_SECRET=1\nJWT_SECRETS=1\n',
    ],
    ['a name as a value', 'NAME=JWT_SECRET\n', 'NAME=JWT_SECRET\n'],
  ])('appends to a file with %s', async (_, before, kept) => {
    write(before);
    expect((await run('keygen')).code).toBe(0);
    expect(read().slice(0, kept.length)).toBe(kept);
    expect(read().slice(kept.length)).toMatch(LINES);
    expect(Object.keys(readByNode())).toEqual(expect.arrayContaining(NAMES));
  });

  it.skipIf(isWindows)('leaves the mode of a file that exists', async () => {
    write('PORT=3000\n');
    chmodSync(join(directory, '.env'), 0o640);
    await run('keygen');
    expect(statSync(join(directory, '.env')).mode & 0o777).toBe(0o640);
  });

  it.each([
    ['JWT_SECRET=old\n', 'JWT_SECRET'],
    ['PORT=1\r\nJWT_REFRESH_SECRET=\r\n', 'JWT_REFRESH_SECRET'],
    ['export JWT_PRIVATE_KEY="x"', 'JWT_PRIVATE_KEY'],
    ['  JWT_PUBLIC_KEY = x', 'JWT_PUBLIC_KEY'],
    ['JWT_SECRET: x', 'JWT_SECRET'],
    ['\ufeffJWT_SECRET=x', 'JWT_SECRET'],
    ['JWT_PUBLIC_KEY=x\nJWT_SECRET=x\n', 'JWT_SECRET, JWT_PUBLIC_KEY'],
  ])('replaces no variable: %j', async (before, names) => {
    write(before);
    const { code, stdout, stderr } = await run('keygen');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      `error: .env already sets ${names}, and keygen replaces no key: remove the old ones first, or pass another path with --file\n`,
    );
    expect(read()).toBe(before);
  });

  it('reads a file of blank lines in linear time', async () => {
    write('\n'.repeat(40_000));
    const start = performance.now();
    expect((await run('keygen')).code).toBe(0);
    // 8 s if each line reads the blank lines that follow.
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('succeeds only if Node.js reads the keys, also below a byte order mark', async () => {
    write('\ufeff\r\n');
    // Depends on the version of Node.js.
    const isAdded = (await run('keygen')).code === 0;
    expect(NAMES.every((name) => name in readByNode())).toBe(isAdded);
  });

  it('leaves its own file as it is when run again', async () => {
    await run('keygen');
    const before = read();
    expect((await run('keygen')).stderr).toContain(`.env already sets ${NAMES.join(', ')}, and`);
    expect(read()).toBe(before);
  });

  it('writes to the file of --file', async () => {
    mkdirSync(join(directory, 'config'));
    const { code, stdout } = await run('keygen', '--file', 'config/.env.local');
    expect([code, stdout]).toEqual([0, ADDED.replace('.env.', 'config/.env.local.')]);
    expect(read('config/.env.local')).toMatch(LINES);
    expect(readdirSync(directory)).toEqual(['config']);
  });

  it('prints the variables with --stdout and writes no file', async () => {
    const { code, stdout, stderr } = await run('keygen', '--stdout');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(LINES);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('keeps what another process appends between the check and the write', () => {
    write('PORT=3000');
    const path = join(directory, '.env');
    class Late extends Map<string, string> {
      override [Symbol.iterator]() {
        appendFileSync(path, '\nOTHER=1\n');
        return super[Symbol.iterator]();
      }
    }
    appendVariables(path, '.env', new Late([['JWT_SECRET', 'mine']]));
    expect(read()).toBe('PORT=3000\nOTHER=1\n\nJWT_SECRET=mine\n');
  });

  describe('reports on one line', () => {
    const failing = async (...args: string[]) => {
      const { code, stdout, stderr } = await run('keygen', ...args);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^error: [^\n]+\n$/);
      return stderr;
    };

    it('a directory in place of the file', async () => {
      mkdirSync(join(directory, '.env'));
      expect(await failing()).toContain('.env is a directory: pass a file with --file');
    });

    it('a directory that does not exist', async () => {
      expect(await failing('--file', 'none/.env')).toContain(
        'none/.env is in a directory that does not exist',
      );
    });

    it('a file in place of a directory', async () => {
      write('', 'file');
      expect(await failing('--file', 'file/.env')).toMatch(
        /file\/\.env is in a (path that is no|directory that does not)/,
      );
    });

    it.skipIf(isWindows)('a symbolic link, and does not follow it', async () => {
      write('', 'target');
      symlinkSync('target', join(directory, '.env'));
      expect(await failing()).toContain('.env is a symbolic link');
      expect(read('target')).toBe('');
    });

    it.skipIf(isWindows)('a symbolic link without a target, and does not create it', async () => {
      symlinkSync('target', join(directory, '.env'));
      expect(await failing()).toContain('.env is a symbolic link');
      expect(readdirSync(directory)).toEqual(['.env']);
    });

    it.skipIf(isWindows || process.getuid?.() === 0)('a file without permission', async () => {
      write('');
      chmodSync(join(directory, '.env'), 0o400);
      expect(await failing()).toContain('.env cannot be read and written by this user');
    });

    it.skipIf(isWindows)('a pipe, without waiting for its other end', async () => {
      spawnSync('mkfifo', [join(directory, '.env')]);
      expect(await failing()).toContain('.env is not a regular file');
    });

    it('a file in UTF-16', async () => {
      const text = Buffer.from('\ufeffPORT=3000\r\n', 'utf16le');
      write(text);
      expect(await failing()).toContain('.env is not UTF-8');
      expect(readFileSync(join(directory, '.env'))).toEqual(text);
    });

    it('a quoted value without an end, which the keys would continue', async () => {
      write('NAME="Ada\n');
      expect(await failing()).toBe(
        'error: .env would hide JWT_SECRET, JWT_REFRESH_SECRET, JWT_PRIVATE_KEY from Node.js: close its last quote, or save it without a byte order mark\n',
      );
      expect(read()).toBe('NAME="Ada\n');
    });

    it('any other error of the file system', async () => {
      expect(await failing('--file', 'x'.repeat(5000))).toMatch(
        /^error: x+ cannot be written: (ENAMETOOLONG|ENOENT|UNKNOWN)/,
      );
    });
  });

  const hasGit = spawnSync('git', ['--version']).status === 0;

  describe.skipIf(!hasGit)('in a work tree of git', () => {
    const warning = 'warning: git does not ignore .env; add it to .gitignore\n';
    beforeEach(() => {
      // A developer's own settings may ignore .env everywhere.
      vi.stubEnv('GIT_CONFIG_GLOBAL', devNull);
      spawnSync('git', ['init', '--quiet'], { cwd: directory });
    });
    afterEach(() => {
      vi.unstubAllEnvs();
    });

    it('warns if git does not ignore the file', async () => {
      expect(await run('keygen')).toEqual({ code: 0, stdout: ADDED, stderr: warning });
    });

    it('is silent if git ignores the file', async () => {
      write('.env\n', '.gitignore');
      expect(await run('keygen')).toEqual({ code: 0, stdout: ADDED, stderr: '' });
    });

    it('warns if the file is ignored but already tracked', async () => {
      write('PORT=3000\n');
      spawnSync('git', ['add', '.env'], { cwd: directory });
      write('.env\n', '.gitignore');
      expect((await run('keygen')).stderr).toBe(warning);
    });

    it('queries the work tree of the file, not that of the current directory', async () => {
      mkdirSync(join(directory, 'inner'));
      spawnSync('git', ['init', '--quiet'], { cwd: join(directory, 'inner') });
      write('.env\n', '.gitignore');
      expect((await run('keygen', '--file', 'inner/.env')).stderr).toBe(
        'warning: git does not ignore inner/.env; add it to .gitignore\n',
      );
    });

    it.skipIf(isWindows)('runs no program that the work tree configures', async () => {
      const monitor = join(directory, 'monitor');
      writeFileSync(monitor, '#!/bin/sh\ntouch ran\n', { mode: 0o700 });
      spawnSync('git', ['add', 'monitor'], { cwd: directory });
      spawnSync('git', ['config', 'core.fsmonitor', monitor], { cwd: directory });
      expect((await run('keygen')).stderr).toBe(warning);
      expect(readdirSync(directory).sort()).toEqual(['.env', '.git', 'monitor']);
    });

    it('is silent without git', async () => {
      vi.stubEnv('PATH', join(directory, 'empty'));
      expect((await run('keygen')).stderr).toBe('');
    });
  });
});
