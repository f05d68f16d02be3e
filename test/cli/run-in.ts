/** Runs command lines in this process, each test in a directory of its own. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import type { Surroundings } from '../../src/cli/surroundings.ts';

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** What a test changes of the surroundings. */
export interface Changes extends Partial<Omit<Surroundings, 'stdin'>> {
  /** The text of stdin, in one chunk; otherwise it is a terminal. */
  stdin?: string | AsyncIterable<Uint8Array>;
}

/** Returns a function that creates empty directories, which are removed behind the tests of the file. */
export function directories(): () => string {
  const parent = mkdtempSync(join(tmpdir(), 'jotkit-cli-'));
  afterAll(() => rmSync(parent, { recursive: true, force: true }));
  return () => mkdtempSync(join(parent, 'project-'));
}

/** Runs a command line in a directory. */
export async function runIn(
  directory: string,
  args: readonly string[],
  { stdin, ...changes }: Changes = {},
): Promise<Outcome> {
  const texts = { stdout: '', stderr: '' };
  const code = await runCommandLine(args, {
    version: '1.2.3',
    directory,
    env: {},
    setVariable() {},
    isTerminal: { stdin: stdin === undefined, stdout: false, stderr: false },
    columns: undefined,
    stdin: typeof stdin === 'object' ? stdin : inOneChunk(stdin ?? ''),
    stdout: (text) => {
      texts.stdout += text;
    },
    stderr: (text) => {
      texts.stderr += text;
    },
    untilInterrupted: async () => {},
    ...changes,
  });
  return { code, ...texts };
}

async function* inOneChunk(text: string): AsyncIterable<Uint8Array> {
  if (text !== '') yield Buffer.from(text);
}
