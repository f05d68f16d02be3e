/** Finds the command that the arguments name, and turns its errors into a line on stderr. */

import { quoteName, readOptions } from './args.ts';
import { CommandError, wrongUsage } from './command-error.ts';
import { keygen } from './keygen.ts';
import type { Command, Surroundings } from './surroundings.ts';

const commands: ReadonlyMap<string, Command> = new Map([['keygen', keygen]]);

const help = `Usage: jotkit <command> [options]

Commands:
  keygen           Create a secret and a key pair, and add them to .env

Options:
  -h, --help       Show this help, or that of a command
  -v, --version    Show the version
`;

/** Runs a command line without the name of the program, and returns the exit code. */
export function runCommandLine(args: readonly string[], surroundings: Surroundings): number {
  try {
    return runCommand(args, surroundings);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    surroundings.stderr(`error: ${error.message}\n`);
    return error.exitCode;
  }
}

function runCommand(args: readonly string[], surroundings: Surroundings): number {
  const [name = '', ...rest] = args;
  const command = commands.get(name);
  if (command) return command(rest, surroundings);
  if (name !== '' && !name.startsWith('-')) {
    throw wrongUsage(`unknown command${quoteName(name)}: see "jotkit --help"`);
  }
  const options = readOptions(args, {
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean', short: 'v' },
  });
  if (options.version) surroundings.stdout(`${surroundings.version}\n`);
  else if (options.help) surroundings.stdout(help);
  else {
    surroundings.stderr(help);
    return 2;
  }
  return 0;
}
