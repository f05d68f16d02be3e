/** What a command consists of. */

import type { Arguments, Options } from './args.ts';
import type { Surroundings } from './surroundings.ts';

export interface Command<Known extends Options = Options> {
  /** The text of `--help`. */
  readonly help: string;
  readonly options: Known;
  /** Most arguments that are no option. */
  readonly positionals: number;
  /** Returns the exit code. */
  run(args: Arguments<Known>, surroundings: Surroundings): number | Promise<number>;
}

/** Returns the command; the type of its options is that of the arguments of `run`. */
export function defineCommand<const Known extends Options>(command: Command<Known>): Command {
  return command as unknown as Command;
}
