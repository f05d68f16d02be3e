/** Runs the command line in this process: no other file of it touches `process`. */

import { runCommandLine } from './command-line.ts';

/** Runs the command that the arguments of this process name, and sets its exit code. */
export function main(version: string): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader has closed the pipe, as head does.
    if (error.code !== 'EPIPE') throw error;
  });
  process.exitCode = runCommandLine(process.argv.slice(2), {
    version,
    directory: process.cwd(),
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
  });
}
