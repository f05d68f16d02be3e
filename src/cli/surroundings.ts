/** What a command can reach besides files: main.ts passes that of the process, tests pass their own. */

export interface Surroundings {
  /** The version of the package. */
  readonly version: string;
  /** Relative paths start here. */
  readonly directory: string;
  /** The variables of the environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Sets a variable for code that a command imports. */
  setVariable(name: string, value: string): void;
  /** Which streams are a terminal. */
  readonly isTerminal: {
    readonly stdin: boolean;
    readonly stdout: boolean;
    readonly stderr: boolean;
  };
  /** Columns of the terminal. */
  readonly columns: number | undefined;
  /** The bytes of stdin. Nothing is read before the first iteration. */
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Receives data. */
  stdout(text: string): void;
  /** Receives errors and warnings. */
  stderr(text: string): void;
  /** Resolves when the user presses Ctrl-C, which no longer ends the process from now on. */
  untilInterrupted(): Promise<void>;
}
