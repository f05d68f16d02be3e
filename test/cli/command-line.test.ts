/** The command line around its commands: usage, help, version, exit codes. */

import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { commands } from '../../entries.ts';
import type { Command } from '../../src/cli/command.ts';
import { main } from '../../src/cli/main.ts';
import { directories, runIn } from './run-in.ts';

const newDirectory = directories();
let directory: string;

beforeEach(() => {
  directory = newDirectory();
});

const run = (...args: string[]) => runIn(directory, args);

describe('wrong usage', () => {
  it.each([
    [['keygne'], 'unknown command: did you mean "keygen"?'],
    [['frobnicate'], 'unknown command: see "jotkit --help"'],
    [['--verbose'], 'unknown option: see --help'],
    [['--versoin'], 'unknown option: did you mean "--version"?'],
    [['keygen', '--froce'], 'unknown option: see --help'],
    [['keygen', '-f'], 'unknown option: see --help'],
    [['sign', 'key.pem'], 'unexpected argument: see --help'],
    [['sign', '--', 'key.pem'], 'unexpected argument: see --help'],
    [['decode', 'a.b.c', 'a.b.c'], 'unexpected argument: see --help'],
    [['keygen', '--file'], '"--file" needs a value'],
    [['keygen', '--file='], '"--file" needs a value'],
    [['keygen', '--file', '--stdout'], '"--file" needs a value'],
    [['keygen', '--stdout=no'], '"--stdout" takes no value'],
    [['keygen', '--stdout', '--file', 'x'], 'pass "--file" or "--stdout", not both'],
    [['keygen', '--constructor'], 'unknown option: see --help'],
  ])('exits with 2 and says what is wrong: %j', async (args, message) => {
    expect(await run(...args)).toEqual({ code: 2, stdout: '', stderr: `error: ${message}\n` });
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each([
    ['a command', ['eyJhbGciOiJIUzI1NiJ9.e30.c2ln']],
    ['an option', ['--eyJhbGciOiJIUzI1NiJ9']],
    ['an argument of a command', ['keygen', 'hunter2']],
    ['an option of a command', ['keygen', '--hunter2']],
    ['the value of an option that takes none', ['keygen', '--stdout=hunter2']],
    ['the value of an unknown option', ['keygen', '--secret=hunter2']],
  ])('does not quote a secret that was pasted as %s', async (_, args) => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(stderr).not.toMatch(/hunter2|eyJ/);
  });
});

describe('help', () => {
  it.each([['--help'], ['-h']])('goes to stdout with %s', async (option) => {
    expect(await run(option)).toMatchObject({ code: 0, stderr: '' });
    expect((await run(option)).stdout).toMatch(/^Usage: jotkit <command>[\s\S]*keygen/);
    expect(await run('keygen', option)).toMatchObject({ code: 0, stderr: '' });
    expect((await run('keygen', option)).stdout).toMatch(/^Usage: jotkit keygen [\s\S]*--stdout/);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('goes to stderr without a command, with exit code 2', async () => {
    const { stdout: help } = await run('--help');
    expect(await run()).toEqual({ code: 2, stdout: '', stderr: help });
  });

  it.each(['', ...commands])('fits a terminal of 80 columns: %s', async (name) => {
    const { code, stdout, stderr } = await run(...(name ? [name] : []), '--help');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Usage: jotkit /);
    const lines = stdout.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('names every command, and every option of each', async () => {
    const { stdout } = await run('--help');
    const listed = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
    expect(listed).toEqual(commands);
    for (const name of commands) {
      const module = await import(`../../src/cli/commands/${name}.ts`);
      const command: Command = module[name];
      const absent = Object.keys(command.options).filter(
        (option) => !new RegExp(`--${option}(?![\\w-])`).test(command.help),
      );
      expect([name, absent]).toEqual([name, []]);
    }
  });
});

it.each([['--version'], ['-v']])('prints the version with %s', async (option) => {
  expect(await run(option)).toEqual({ code: 0, stdout: '1.2.3\n', stderr: '' });
});

it('lets an error of another kind through', async () => {
  const stdout = () => {
    throw new RangeError('bomb');
  };
  await expect(runIn(directory, ['--version'], { stdout })).rejects.toThrow(RangeError);
});

describe('the program', () => {
  const { argv, exitCode } = process;
  const listeners = [...process.stdout.listeners('error'), ...process.stderr.listeners('error')];

  afterEach(() => {
    vi.restoreAllMocks();
    process.argv = argv;
    process.exitCode = exitCode;
    for (const stream of [process.stdout, process.stderr]) {
      for (const listener of ownListeners(stream)) stream.off('error', listener);
    }
  });

  type Listener = (error: unknown) => void;
  const ownListeners = (stream: NodeJS.WriteStream) =>
    stream.listeners('error').filter((each) => !listeners.includes(each)) as Listener[];

  /** Replaces the output of the process, and its end. */
  function capture() {
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      vi.spyOn(process[name], 'write').mockImplementation((text: unknown, flushed: unknown) => {
        texts[name] += String(text);
        if (typeof flushed === 'function') flushed();
        return true;
      });
    }
    const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never);
    return { texts, exit };
  }

  it('reads the arguments of the process, and ends with the exit code', async () => {
    const { texts, exit } = capture();
    process.argv = ['node', 'cli.cjs', '--version'];
    await main('1.2.3');
    expect([texts.stdout, process.exitCode, exit.mock.calls]).toEqual(['1.2.3\n', 0, [[]]]);
    process.argv = ['node', 'cli.cjs', 'unknown'];
    await main('1.2.3');
    const message = 'error: unknown command: see "jotkit --help"\n';
    expect([texts.stderr, process.exitCode]).toEqual([message, 2]);
  });

  it('reads stdin and variables of the process', async () => {
    const { texts } = capture();
    vi.stubEnv('JOTKIT_TEST_TOKEN', 'a.b.c');
    process.argv = ['node', 'cli.cjs', 'decode', '--token-env', 'JOTKIT_TEST_TOKEN'];
    await main('1.2.3');
    expect([texts.stderr, process.exitCode]).toEqual([
      expect.stringMatching(/^rejected: [^\n]+\n$/),
      1,
    ]);
    vi.unstubAllEnvs();
    const stdin = Object.assign(Readable.from([Buffer.from('eyJhbGciOiJub25lIn0.e30.')]), {
      fd: 0,
    });
    vi.spyOn(process, 'stdin', 'get').mockReturnValue(stdin as never);
    process.argv = ['node', 'cli.cjs', 'decode', '-', '--json'];
    await main('1.2.3');
    expect(texts.stdout).toBe('{"header":{"alg":"none"},"payload":{}}\n');
  });

  it('ends an issuer by Ctrl-C', async () => {
    const { texts, exit } = capture();
    vi.spyOn(process, 'stdin', 'get').mockReturnValue(Readable.from([]) as never);
    process.argv = ['node', 'cli.cjs', 'issuer', '--algorithm', 'ES256'];
    const ended = main('1.2.3');
    await vi.waitUntil(() => texts.stdout.startsWith('eyJ'));
    process.emit('SIGINT');
    await ended;
    expect([process.exitCode, exit.mock.calls]).toEqual([0, [[]]]);
  });

  it('sets variables for a module that it attacks', async () => {
    const { texts } = capture();
    const path = join(directory, 'verify.mjs');
    writeFileSync(path, 'export default () => process.env.JOTKIT_TEST_SET === undefined && null;');
    writeFileSync(join(directory, '.env'), `JOTKIT_TEST_SET='${'a'.repeat(32)}'\n`);
    const key = ['--dotenv', join(directory, '.env'), '--key-env', 'JOTKIT_TEST_SET'];
    process.argv = ['node', 'cli.cjs', 'attack', path, ...key, '--only', 'unsigned'];
    await main('1.2.3');
    delete process.env['JOTKIT_TEST_SET'];
    expect([process.exitCode, texts.stderr]).toEqual([3, expect.stringMatching(/^inconclusive: /)]);
  });

  it.each([
    ['EPIPE', 0, ''],
    ['ENOSPC', 1, 'error: stdout cannot be written: ENOSPC\n'],
  ])('exits after the error %s of stdout with %i', async (code, exitCode, message) => {
    const { texts } = capture();
    process.argv = ['node', 'cli.cjs', '--version'];
    const ended = main('1.2.3');
    process.stdout.emit('error', Object.assign(new Error(code), { code }));
    await ended;
    expect([process.exitCode, texts.stderr]).toEqual([exitCode, message]);
  });

  it('ignores errors of stderr', async () => {
    capture();
    process.argv = ['node', 'cli.cjs', '--version'];
    const ended = main('1.2.3');
    process.stderr.emit('error', Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }));
    await ended;
    expect(process.exitCode).toBe(0);
  });
});
