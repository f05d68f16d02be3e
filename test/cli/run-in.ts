/** Runs command lines in this process, each test in a directory of its own. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Returns a function that creates empty directories, which are removed behind the tests of the file. */
export function directories(): () => string {
  const parent = mkdtempSync(join(tmpdir(), 'jotkit-cli-'));
  afterAll(() => rmSync(parent, { recursive: true, force: true }));
  return () => mkdtempSync(join(parent, 'project-'));
}

/** Runs a command line in a directory. */
export function runIn(directory: string, args: readonly string[]): Outcome {
  const texts = { stdout: '', stderr: '' };
  const code = runCommandLine(args, {
    version: '1.2.3',
    directory,
    stdout: (text) => {
      texts.stdout += text;
    },
    stderr: (text) => {
      texts.stderr += text;
    },
  });
  return { code, ...texts };
}
