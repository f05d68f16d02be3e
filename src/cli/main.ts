/** Runs the command line in this process: no other file of it touches `process`. */

import { isatty } from 'node:tty';
import { runCommandLine } from './command-line.ts';

/** Runs the command that the arguments of this process name, and sets its exit code. */
export async function main(version: string): Promise<void> {
  // Until the command ends, nothing is known: an attacked module can exit with 0, or wait forever.
  let exitCode = 3;
  let isCut = false;
  const setExitCode = () => {
    process.exitCode = isCut ? 1 : exitCode;
  };
  process.on('exit', setExitCode);
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    // The reader has closed the pipe, as head does.
    if (code === 'EPIPE') return;
    isCut = true;
    process.stderr.write(`error: stdout cannot be written: ${code}\n`);
  });
  // No stream is left to report it on.
  process.stderr.on('error', () => {});
  exitCode = await runCommandLine(process.argv.slice(2), {
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
  // What was written is flushed; an error of a stream comes behind its callback.
  await new Promise((resolve) => {
    process.stdout.write('', () => process.stderr.write('', () => setImmediate(resolve)));
  });
  process.off('exit', setExitCode);
  setExitCode();
  // An attacked module can keep the process alive.
  process.exit();
}
