/** The command line around its commands: usage, help, version, exit codes. */

import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
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
    [['keygne'], 'unknown command "keygne": see "jotkit --help"'],
    [['--verbose'], 'unknown option "--verbose": see --help'],
    [['keygen', '--froce'], 'unknown option "--froce": see --help'],
    [['keygen', '-f'], 'unknown option "-f": see --help'],
    [['keygen', '.env.local'], 'unexpected argument: see --help'],
    [['keygen', '--', '.env'], 'unexpected argument: see --help'],
    [['keygen', '--file'], '"--file" needs a value'],
    [['keygen', '--file='], '"--file" needs a value'],
    [['keygen', '--file', '--stdout'], '"--file" needs a value'],
    [['keygen', '--stdout=no'], '"--stdout" takes no value'],
    [['keygen', '--stdout', '--file', 'x'], 'pass "--file" or "--stdout", not both'],
    [['keygen', '--constructor'], 'unknown option "--constructor": see --help'],
  ])('exits with 2 and says what is wrong: %j', (args, message) => {
    expect(run(...args)).toEqual({ code: 2, stdout: '', stderr: `error: ${message}\n` });
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each([
    ['a command', ['eyJhbGciOiJIUzI1NiJ9.e30.c2ln']],
    ['an option', ['--eyJhbGciOiJIUzI1NiJ9']],
    ['an argument of a command', ['keygen', 'hunter2']],
    ['an option of a command', ['keygen', '--hunter2']],
    ['the value of an option that takes none', ['keygen', '--stdout=hunter2']],
    ['the value of an unknown option', ['keygen', '--secret=hunter2']],
  ])('does not quote a secret that was pasted as %s', (_, args) => {
    const { code, stderr } = run(...args);
    expect(code).toBe(2);
    expect(stderr).not.toMatch(/hunter2|eyJ/);
  });
});

describe('help', () => {
  it.each([['--help'], ['-h']])('goes to stdout with %s', (option) => {
    expect(run(option)).toMatchObject({ code: 0, stderr: '' });
    expect(run(option).stdout).toMatch(/^Usage: jotkit <command>[\s\S]*keygen/);
    expect(run('keygen', option)).toMatchObject({ code: 0, stderr: '' });
    expect(run('keygen', option).stdout).toMatch(/^Usage: jotkit keygen [\s\S]*--stdout/);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('goes to stderr without a command, with exit code 2', () => {
    const { stdout: help } = run('--help');
    expect(run()).toEqual({ code: 2, stdout: '', stderr: help });
  });

  it('fits a terminal of 80 columns', () => {
    const lines = `${run('--help').stdout}${run('keygen', '--help').stdout}`.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

it.each([['--version'], ['-v']])('prints the version with %s', (option) => {
  expect(run(option)).toEqual({ code: 0, stdout: '1.2.3\n', stderr: '' });
});

it('lets an error of another kind through', () => {
  const stdout = () => {
    throw new RangeError('bomb');
  };
  const surroundings = { version: '1.2.3', directory: '.', stdout, stderr: stdout };
  expect(() => runCommandLine(['--version'], surroundings)).toThrow(RangeError);
});

describe('the program', () => {
  const { argv, exitCode } = process;
  const listeners = process.stdout.listeners('error');

  afterEach(() => {
    vi.restoreAllMocks();
    process.argv = argv;
    process.exitCode = exitCode;
    for (const listener of ownListeners()) process.stdout.off('error', listener);
  });

  type Listener = (error: unknown) => void;
  const ownListeners = () =>
    process.stdout.listeners('error').filter((each) => !listeners.includes(each)) as Listener[];

  it('reads the arguments of the process, and sets its exit code', () => {
    const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    process.argv = ['node', 'cli.cjs', '--version'];
    main('1.2.3');
    expect([stdout.mock.calls, process.exitCode]).toEqual([[['1.2.3\n']], 0]);
    process.argv = ['node', 'cli.cjs', 'unknown'];
    main('1.2.3');
    const message = 'error: unknown command "unknown": see "jotkit --help"\n';
    expect([stderr.mock.calls, process.exitCode]).toEqual([[[message]], 2]);
  });

  it('ends without an error if the reader of its output has closed', () => {
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    process.argv = ['node', 'cli.cjs', '--version'];
    main('1.2.3');
    const [listener] = ownListeners();
    const failed = (code: string) => () => listener?.(Object.assign(new Error(code), { code }));
    expect(failed('EPIPE')).not.toThrow();
    expect(failed('ENOSPC')).toThrow('ENOSPC');
  });
});
