/** Temporary projects that use the packed library as a stranger would: installed by npm. */

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';

export interface Output {
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

const execute = promisify(execFile);

/**
 * Runs a command to its end; one that fails throws an error that shows what it printed. A Node.js that does not
 * end is run once more: now and then it locks up when it should exit (nodejs/node#54918).
 */
export async function run(
  command: string,
  args: string[],
  options: RunOptions = {},
  attempts = 2,
): Promise<Output> {
  const env = { ...plainEnvironment(), ...options.env };
  const timeout = command === process.execPath ? 100_000 : 0;
  try {
    return await execute(command, args, { ...options, env, timeout, maxBuffer: 2 ** 26 });
  } catch (error) {
    const { stdout, stderr, killed } = error as Output & { killed: boolean };
    if (killed && attempts > 1) return run(command, args, options, attempts - 1);
    throw new Error(`${command} ${args.join(' ')} failed\n${stdout}\n${stderr}`, { cause: error });
  }
}

/** Our environment without what vitest and `npm run` put there. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const ours =
    /^(VITEST|TEST$|NODE_ENV|NODE_OPTIONS|NODE_NO_WARNINGS|NODE_PATH|NODE_V8_|npm_(lifecycle|package|command|execpath))/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

/** The packed library as a dependency: `{ dependencies: { jotkit: jotkit() } }`. */
export function jotkit(): string {
  return `file:${inject('tarball')}`;
}

/** What a test writes into a package.json. */
export interface Manifest {
  name?: string;
  type?: 'module' | 'commonjs';
  dependencies?: Record<string, string>;
  overrides?: Record<string, unknown>;
  [field: string]: unknown;
}

/** A temporary project; the file `package.json` is there, nothing is installed yet. */
export class Project {
  readonly dir: string;

  constructor(manifest: Manifest = {}) {
    const name = manifest.name ?? 'project';
    this.dir = mkdtempSync(join(inject('workshop'), `${name}-`));
    this.write(
      'package.json',
      JSON.stringify({ name, version: '1.0.0', private: true, ...manifest }),
    );
  }

  /** Writes a file, with its folders; returns its path. */
  write(path: string, text: string): string {
    const full = join(this.dir, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
    return full;
  }

  /** Copies a file of this folder into the project. */
  copy(from: string, to: string): string {
    return this.write(to, readFileSync(join(import.meta.dirname, from), 'utf8'));
  }

  run(command: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Output> {
    return run(command, args, { cwd: this.dir, env });
  }

  async install(...args: string[]): Promise<this> {
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
    await this.run('npm', ['install', ...quiet, ...args]);
    return this;
  }

  /** Runs a program of the project given as text; the extension says its format. */
  async program(path: string, text: string, env: NodeJS.ProcessEnv = {}): Promise<Output> {
    return this.run(process.execPath, [this.write(path, text)], env);
  }

  /** Runs a program that prints one JSON value; resolves to that value. */
  async ask<Answer>(path: string, text: string): Promise<Answer> {
    const { stdout } = await this.program(path, text);
    return JSON.parse(stdout) as Answer;
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Makes a project and installs its dependencies. */
export function installed(manifest: Manifest): Promise<Project> {
  return new Project(manifest).install();
}
