/** What a command can reach besides files: main.ts passes that of the process, tests pass their own. */

export interface Surroundings {
  /** The version of the package. */
  readonly version: string;
  /** Relative paths start here. */
  readonly directory: string;
  /** Receives data. */
  stdout(text: string): void;
  /** Receives errors and warnings. */
  stderr(text: string): void;
}

/** Runs with the arguments behind its name, and returns the exit code. */
export type Command = (args: readonly string[], surroundings: Surroundings) => number;
