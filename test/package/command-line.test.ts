/** The program of the package, as npm installs it. */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installed, jotkit, type Output, type Project, plainEnvironment } from './project.ts';
import { type Runtime, runtimes } from './runtimes.ts';

const ADDED = 'Added JWT_SECRET, JWT_REFRESH_SECRET, JWT_PRIVATE_KEY and JWT_PUBLIC_KEY to .env.\n';
const PROGRAM = 'node_modules/jotkit/dist/cli.cjs';

/** Signs and verifies with every variable. */
const usesKeys = `
const { createSigner, createVerifier } = require('jotkit');
const { JWT_SECRET, JWT_REFRESH_SECRET, JWT_PRIVATE_KEY, JWT_PUBLIC_KEY } = process.env;
const pairs = [
  [JWT_SECRET, JWT_SECRET, 'HS256'],
  [JWT_REFRESH_SECRET, JWT_REFRESH_SECRET, 'HS256'],
  [JWT_PRIVATE_KEY, JWT_PUBLIC_KEY, 'EdDSA'],
];
for (const [key, publicKey, algorithm] of pairs) {
  const token = createSigner(key, { algorithm })({ sub: 'ada' });
  console.log(createVerifier(publicKey, { algorithms: [algorithm] })(token).sub);
}
`;
const USED = 'ada\nada\nada\n';

let project: Project;

beforeAll(async () => {
  const packages = runtimes.map((runtime) => runtime.packages);
  project = await installed({
    name: 'command-line',
    dependencies: Object.assign({ jotkit: jotkit(), dotenv: '17.2.3' }, ...packages),
  });
  project.write('keys.cjs', usesKeys);
});

afterAll(() => project?.remove());

const npx = (...args: string[]) => project.run('npx', ['--no-install', 'jotkit', ...args]);

/** For its owner only: otherwise keygen warns. */
function writeEnv(text: string): void {
  writeFileSync(join(project.dir, '.env'), text, { mode: 0o600 });
}

it('runs by the command of the documentation', async () => {
  writeEnv('PORT=3000');
  expect(await npx('keygen')).toEqual({ stdout: ADDED, stderr: '' });
  expect(readFileSync(join(project.dir, '.env'), 'utf8')).toMatch(/^PORT=3000\nJWT_SECRET=/);
  await expect(npx('keygen')).rejects.toThrow('error: .env already sets JWT_SECRET, ');
});

it('prints the version of the package', async () => {
  const { version } = JSON.parse(
    readFileSync(join(project.dir, 'node_modules/jotkit/package.json'), 'utf8'),
  );
  expect((await npx('--version')).stdout).toBe(`${version}\n`);
});

it('cannot be imported', async () => {
  const importing = project.program('program.mjs', `import 'jotkit/cli';`);
  await expect(importing).rejects.toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
});

it('writes what dotenv reads', async () => {
  writeEnv('');
  await npx('keygen');
  const args = ['--require', 'dotenv/config', 'keys.cjs'];
  const { stdout } = await project.run(process.execPath, args, { DOTENV_CONFIG_QUIET: 'true' });
  expect(stdout).toBe(USED);
});

describe.each(runtimes)('in $name $version', (runtime) => {
  it('writes a file that the runtime reads', async () => {
    writeEnv('');
    expect(await runIn(runtime, [], PROGRAM, 'keygen')).toEqual({ stdout: ADDED, stderr: '' });
    expect((await runIn(runtime, ['--env-file=.env'], 'keys.cjs')).stdout).toBe(USED);
  });

  it('signs and verifies with the keys of that file', async () => {
    writeEnv('');
    await runIn(runtime, [], PROGRAM, 'keygen');
    const keyOf = (name: string) => ['--dotenv', '.env', '--key-env', name];
    const options = ['--sub', 'ada', '--expires-in', '5m'];
    const { stdout: token, stderr } = await runIn(
      runtime,
      [],
      PROGRAM,
      'sign',
      ...keyOf('JWT_PRIVATE_KEY'),
      ...options,
    );
    expect(stderr).toBe('');
    const verified = await runIn(
      runtime,
      [],
      PROGRAM,
      'verify',
      token.trim(),
      ...keyOf('JWT_PUBLIC_KEY'),
    );
    expect(JSON.parse(verified.stdout)).toMatchObject({ sub: 'ada' });
  });
});

interface Exit extends Output {
  code: number | null;
}

/** Runs the program with this stdin, and does not throw. */
function runProgram(args: string[], input = '', env: NodeJS.ProcessEnv = {}): Promise<Exit> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: project.dir,
      env: { ...plainEnvironment(), ...env },
    });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        texts[name] += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...texts }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

const SECRET = 'a secret of 32 bytes, or of some more';
const withSecret = { JWT_SECRET: SECRET };
const key = ['--key-env', 'JWT_SECRET'];

describe('as a process', () => {
  it('signs, decodes and verifies in a pipe', async () => {
    const signed = await runProgram(
      ['sign', ...key, '--sub', 'ada', '--expires-in', '5m'],
      '',
      withSecret,
    );
    expect([signed.code, signed.stderr]).toEqual([0, '']);
    const verified = await runProgram(['verify', ...key], signed.stdout, withSecret);
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(verified.stdout)).toMatchObject({ sub: 'ada' });
    const decoded = await runProgram(['decode'], signed.stdout);
    expect([decoded.code, JSON.parse(decoded.stdout).payload.sub]).toEqual([0, 'ada']);
    expect(decoded.stderr).toMatch(/^unverified: [^\n]+\n$/);
  });

  it('exits with 1 for a rejected token, with 2 for wrong usage, with 3 if nothing is known', async () => {
    const token = 'eyJhbGciOiJFUzI1NiJ9.e30.AAAA';
    const jwks = ['--jwks', 'http://127.0.0.1:1/jwks'];
    expect((await runProgram(['verify', token, ...key], '', withSecret)).code).toBe(1);
    expect((await runProgram(['verify', token])).code).toBe(2);
    expect((await runProgram(['verify', token, ...jwks])).code).toBe(3);
  });

  it('ends without a word if the reader of its output has closed', () => {
    const script = `"${process.execPath}" ${PROGRAM} --help | true`;
    const { stderr } = spawnSync('sh', ['-c', script], { cwd: project.dir, encoding: 'utf8' });
    expect(stderr).toBe('');
  });

  it.runIf(existsSync('/dev/full'))('exits with 1 if its output cannot be written', () => {
    const script = `"${process.execPath}" ${PROGRAM} keygen ES256 --stdout > /dev/full`;
    const { status, stderr } = spawnSync('sh', ['-c', script], {
      cwd: project.dir,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([1, 'error: stdout cannot be written: ENOSPC\n']);
  });

  it.each([
    ['exits when it is imported', 'process.exit(0);'],
    ['exits when it is called', 'export default () => process.exit(0);'],
    ['waits forever', 'await new Promise(() => {});'],
  ])('exits with 3 if the attacked module %s', async (_, text) => {
    writeFileSync(join(project.dir, 'ends.mjs'), text);
    const { code } = await runProgram(['attack', 'ends.mjs', ...key], '', withSecret);
    expect(code).toBe(3);
  });

  it('reads at most 1 MiB of an input that does not end', async () => {
    const { code, stderr } = await runProgram(['decode'], 'a'.repeat(3_000_000));
    expect([code, stderr]).toEqual([2, 'error: the token is longer than 1 MiB\n']);
    const zeros = ['verify', 'a.b.c', '--key-file', '/dev/zero'];
    expect((await runProgram(zeros)).stderr).toBe(
      'error: the file of "--key-file" is longer than 1 MiB\n',
    );
  });

  it('loads a command only when it is called', async () => {
    const loads = async (...args: string[]) => {
      const program = `
        process.argv = ['node', 'jotkit', ...${JSON.stringify(args)}];
        process.stdout.write = () => true;
        require('./${PROGRAM}');
        process.on('exit', () => {
          const files = Object.keys(require.cache).map((path) => require('node:path').parse(path));
          console.error(files.filter(({ dir }) => /bundles$/.test(dir)).map(({ name }) => name).sort().join());
        });
      `;
      return (await project.program('loads.cjs', program)).stderr.trim().split('\n').at(-1);
    };
    expect(await loads('--help')).toBe('cli');
    expect(await loads('--version')).toBe('cli');
    expect(await loads('decode', '--help')).toBe('cli,cli-decode,core');
    expect(await loads('verify', '--help')).toBe('cli,cli-verify,core,jwk');
    expect(await loads('explain', '--help')).toBe('cli,cli-explain,core,explain,jwk');
    expect(await loads('attack', '--help')).toBe('cli,cli-attack,core,jwk,testing');
  });

  it.each([
    ['ES module', 'attacked.mjs', "import { createVerifier } from 'jotkit';\nexport"],
    ['CommonJS', 'attacked.cjs', "const { createVerifier } = require('jotkit');\nexports.verify ="],
  ])('attacks a module that keeps the process alive: %s', async (_, file, start) => {
    const isModule = file.endsWith('.mjs');
    project.write(
      file,
      `${start} ${isModule ? 'const verify =' : ''} createVerifier(process.env.SECRET);
      setInterval(() => {}, 1000);`,
    );
    project.write('attack.env', `SECRET='${SECRET}'\n`);
    const args = ['attack', `${file}#verify`, '--key-env', 'SECRET', '--dotenv', 'attack.env'];
    const { code, stdout, stderr } = await runProgram([...args, '--claims', '{"sub":"ada"}']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^attack: 0 holes, 0 faults, /);
  });

  it('explains a token that it rejects', async () => {
    const token = 'eyJhbGciOiJFUzI1NiJ9.e30.AAAA';
    const { code, stdout } = await runProgram(['explain', token, ...key, '--json'], '', withSecret);
    expect([code, JSON.parse(stdout).code]).toEqual([1, 'ERR_HEADER_ALG']);
  });
});

const hasTerminal = spawnSync('script', ['--version']).status === 0;

/**
 * Arguments of `script` that run the program on a pseudo-terminal. `exec`, because a shell that
 * waits in front of it receives Ctrl-C, too: dash, used where no SHELL is set, then exits with 130.
 */
const terminalArgs = (command: string) => [
  '-qec',
  `exec "${process.execPath}" ${PROGRAM} ${command}`,
  '/dev/null',
];

/** Runs the program on a pseudo-terminal, as a person does; `\n` is written as `\r\n`. */
function onTerminal(command: string, env: NodeJS.ProcessEnv = {}): Exit {
  const { TERM: _, NO_COLOR: _ignored, ...plain } = plainEnvironment();
  const { status, stdout, stderr } = spawnSync('script', terminalArgs(command), {
    cwd: project.dir,
    encoding: 'utf8',
    env: { ...plain, TERM: 'xterm', ...env },
    timeout: 60_000,
  });
  return { code: status, stdout: stdout.replaceAll('\r\n', '\n'), stderr };
}

describe.skipIf(!hasTerminal)('on a terminal', () => {
  const hostile = JSON.stringify({ name: '\u001b]0;owned\u0007\u202e\u200b\u009b2J' });
  const token = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(hostile).toString('base64url')}.AAAA`;

  it('shows colors', () => {
    const { code, stdout } = onTerminal(`decode ${token}`);
    expect(code).toBe(0);
    expect(stdout).toContain('\u001b[36m"header"\u001b[39m: {');
    expect(stdout).toContain('\u001b[33munverified:\u001b[39m ');
  });

  it.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('shows none with %j', (env) => {
    expect(onTerminal(`decode ${token}`, env).stdout).not.toContain('\u001b');
  });

  it('shows nothing of a token that a terminal would obey', () => {
    const { stdout } = onTerminal(`decode ${token}`, { NO_COLOR: '1' });
    expect(stdout).toMatch(/^[\x20-\x7e\n]+$/);
    expect(stdout).toContain('"name": "\\u001b]0;owned\\u0007\\u202e\\u200b\\u009b2J"');
  });

  it('says what to pass, instead of waiting for a token', () => {
    const { code, stdout } = onTerminal('decode', { NO_COLOR: '1' });
    expect(code).toBe(2);
    expect(stdout).toBe('error: pass a token: as the argument, on stdin or with "--token-env"\n');
  });
});

describe.skipIf(!hasTerminal)('an issuer on a terminal', () => {
  it.each(['/bin/sh', '/bin/bash'])(
    'prints a token for each Enter, ends by Ctrl-C: %s',
    async (SHELL) => {
      const child = spawn('script', terminalArgs('issuer --algorithm ES256'), {
        cwd: project.dir,
        env: { ...plainEnvironment(), TERM: 'dumb', SHELL },
      });
      let output = '';
      const ended = new Promise((resolve) => child.on('close', resolve));
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const tokensBefore = tokensIn(output);
        output += text;
        const tokens = tokensIn(output);
        if (tokens === 1 && tokensBefore === 0) child.stdin.write('\r');
        if (tokens === 2 && tokensBefore === 1) child.stdin.write('\u0003');
      });
      expect(await ended).toBe(0);
      expect(tokensIn(output)).toBe(2);
      expect(output).toContain('Ctrl-C ends.');
    },
  );

  const tokensIn = (text: string) => text.match(/^eyJ[\w.-]+\r$/gm)?.length ?? 0;
});

/** Runs a file with options of the runtime and arguments of its own. */
function runIn(
  runtime: Runtime,
  options: string[],
  file: string,
  ...own: string[]
): Promise<Output> {
  const [program, ...args] = runtime.command(file);
  const all = [...args.slice(0, -1), ...options, file, ...own];
  return project.run(join(project.dir, program), all);
}
