/** An error that ends a command with one line on stderr, instead of a stack. */

export class CommandError extends Error {
  /** 1: the command failed. 2: the arguments are wrong. 3: nothing is known about the token. */
  readonly exitCode: 1 | 2 | 3;

  constructor(message: string, exitCode: 1 | 2 | 3 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Returns the error for wrong arguments. */
export function wrongUsage(message: string): CommandError {
  return new CommandError(message, 2);
}
