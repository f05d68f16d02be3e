/** Finds the command that the arguments name, and turns its errors into a line on stderr. */

import { readArguments, suggestion } from './args.ts';
import type { Command } from './command.ts';
import { CommandError, wrongUsage } from './command-error.ts';
import { writeLine } from './output.ts';
import type { Surroundings } from './surroundings.ts';

/** Loaded when called: most import the library, and help does not. */
const commands: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['decode', async () => (await import('./commands/decode.ts')).decode],
  ['verify', async () => (await import('./commands/verify.ts')).verify],
  ['explain', async () => (await import('./commands/explain.ts')).explain],
  ['sign', async () => (await import('./commands/sign.ts')).sign],
  ['keygen', async () => (await import('./commands/keygen.ts')).keygen],
  ['jwks', async () => (await import('./commands/jwks.ts')).jwks],
  ['attack', async () => (await import('./commands/attack.ts')).attack],
  ['issuer', async () => (await import('./commands/issuer.ts')).issuer],
]);

const help = `Usage: jotkit <command> [options]

Commands:
  decode           Print header and claims of a token, without verifying it
  verify           Verify a token, and print its claims
  explain          List every check of a token, passed, failed or skipped
  sign             Sign claims, and print the token
  keygen           Create a secret and a key pair, and add them to .env;
                   or create one key, and write it to a new file
  jwks             Print public keys as a JWK Set
  attack           Send forged tokens to your own verifier
  issuer           Run an issuer for tests

Options:
  -h, --help       Show this help, or that of a command
  -v, --version    Show the version

Exit codes:
  0                The token is accepted, or the command succeeded
  1                The token is rejected, or the command failed
  2                The arguments are wrong
  3                Nothing is known, for example because the key source failed
`;

const HELP = { help: { type: 'boolean', short: 'h' } } as const;

/** Runs a command line without the name of the program, and resolves to the exit code. */
export async function runCommandLine(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  try {
    return await runCommand(args, surroundings);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    writeLine(surroundings, 'error', error.message);
    return error.exitCode;
  }
}

async function runCommand(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const [name = '', ...rest] = args;
  const load = commands.get(name);
  if (load) {
    const command = await load();
    const known = readArguments(rest, { ...command.options, ...HELP }, command.positionals);
    if (!known.values.help) return command.run(known, surroundings);
    surroundings.stdout(command.help);
    return 0;
  }
  if (name !== '' && !name.startsWith('-')) {
    const hint = suggestion(name, [...commands.keys()]) ?? 'see "jotkit --help"';
    throw wrongUsage(`unknown command: ${hint}`);
  }
  const { values } = readArguments(args, { ...HELP, version: { type: 'boolean', short: 'v' } });
  if (values.version) surroundings.stdout(`${surroundings.version}\n`);
  else if (values.help) surroundings.stdout(help);
  else {
    surroundings.stderr(help);
    return 2;
  }
  return 0;
}
