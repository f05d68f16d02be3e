/** Runs the command line in this process: no other file of it touches `process`. */

import { isatty } from 'node:tty';
import { runCommandLine } from './command-line.ts';

/** Runs the command that the arguments of this process name, and sets its exit code. */
export async function main(version: string): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // The reader has closed the pipe, as head does.
      if (error.code !== 'EPIPE') throw error;
    });
  }
  process.exitCode = await runCommandLine(process.argv.slice(2), {
    version,
    directory: process.cwd(),
    env: process.env,
    setVariable(name, value) {
      process.env[name] = value;
    },
    isTerminal: {
      stdin: isatty(0),
      stdout: process.stdout.isTTY === true,
      stderr: process.stderr.isTTY === true,
    },
    columns: process.stdout.columns,
    get stdin() {
      return process.stdin;
    },
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    untilInterrupted: () => new Promise((resolve) => process.once('SIGINT', () => resolve())),
  });
  // An attacked module can keep the process alive. What was written first is flushed.
  process.stdout.write('', () => process.stderr.write('', () => process.exit()));
}
