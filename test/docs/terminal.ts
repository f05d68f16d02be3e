/** A bash that runs the commands of a page one after the other and compares what they print. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, isOutput } from './blocks.ts';
import type { Workspace } from './workspace.ts';

const COMMAND_TIMEOUT_MS = 120_000;
const START_TIMEOUT_MS = 30_000;
/** For a server that npm or npx installs or builds first. */
const NPM_START_TIMEOUT_MS = 180_000;
/** A server that runs in the background can print after the command that made it print has ended. */
const LATE_OUTPUT_MS = 5_000;
/** Whether pages can be followed here; Windows has no process groups. */
export const hasShell =
  process.platform !== 'win32' &&
  ['bash', 'curl', 'tar'].every((command) => spawnSync(command, ['--version']).status === 0);

/** Stands around the exit code of each command. */
const MARK = '\x1e';

export class Terminal {
  readonly #workspace: Workspace;
  readonly #bash: ChildProcess;
  #output = '';
  #hasServer = false;
  #error: Error | undefined;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
    this.#bash = spawn(
      'bash',
      ['--noprofile', '--norc', '-c', 'exec bash --noprofile --norc 2>&1'],
      {
        cwd: workspace.dir,
        env: workspace.env,
        stdio: ['pipe', 'pipe', 'ignore'],
        // Its own process group, so that it ends together with the servers it started.
        detached: true,
      },
    );
    this.#bash.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
    this.#bash.on('error', (error) => {
      this.#error = error;
    });
    // If the process of the test dies, bash reads the end of its input. Its servers would go on.
    this.#bash.stdin?.write("trap 'kill 0' EXIT\n");
  }

  /** Runs a command of a transcript; throws an error that shows the promised and the printed output. */
  async transcript({ command, output: promised }: Command, place: string): Promise<void> {
    const status = await this.#run(command, place);
    const late = Date.now() + (this.#hasServer ? LATE_OUTPUT_MS : 0);
    while (!isOutput(this.#printed(), promised) && Date.now() < late) await sleep(20);
    this.#compare(place, `$ ${command}`, status, promised);
  }

  /** Runs a program that must succeed; `promised` is what it must print, if its page says so. */
  async program(command: string, place: string, promised?: string): Promise<void> {
    const status = await this.#run(command, place);
    if (status !== 0) throw new Error(`${place} ends with exit code ${status}\n${this.#printed()}`);
    if (promised === undefined) this.#output = '';
    else this.#compare(place, `$ ${command}`, status, promised);
  }

  /** Ends the programs that run in the background. */
  async stopServers(): Promise<void> {
    await this.#run('kill $(jobs -p) 2>/dev/null; wait', 'the end of a tab');
    this.#output = '';
  }

  async close(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#bash;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const ended = once(this.#bash, 'exit');
    process.kill(-pid, 'SIGKILL');
    await ended;
  }

  #printed(): string {
    // The headers that curl prints end with CR LF.
    const lines = this.#output.replaceAll('\r\n', '\n');
    return this.#workspace.toDocumented(lines).trimEnd();
  }

  #compare(place: string, command: string, status: number, promised: string): void {
    const printed = this.#printed();
    this.#output = '';
    if (isOutput(printed, promised)) return;
    throw new Error(
      `${place}\n${command}\n--- promised:\n${promised}\n--- printed, exit code ${status}:\n${printed}`,
    );
  }

  /** Runs a command to its end, or, if it ends with `&`, until its server listens. */
  async #run(command: string, place: string): Promise<number> {
    const listening = this.#workspace.listening();
    this.#bash.stdin?.write(
      `${this.#workspace.toFree(command)}\nprintf '${MARK}%s %s${MARK}' $? $!\n`,
    );
    const mark = new RegExp(`${MARK}(\\d+) (\\d*)${MARK}`);
    await this.#until(() => mark.test(this.#output), COMMAND_TIMEOUT_MS, place, command);
    const [, status, server] = mark.exec(this.#output) ?? [];
    this.#output = this.#output.replace(mark, '');
    if (command.trimEnd().endsWith('&')) {
      this.#hasServer = true;
      const isListening = () => {
        if (this.#workspace.listening() > listening) return true;
        if (isRunning(Number(server))) return false;
        throw new Error(`${place}\n$ ${command}\n--- ends; printed:\n${this.#printed()}`);
      };
      const timeout = /\bnp[mx] /.test(command) ? NPM_START_TIMEOUT_MS : START_TIMEOUT_MS;
      await this.#until(isListening, timeout, place, command);
    }
    return Number(status);
  }

  async #until(
    isDone: () => boolean,
    timeout: number,
    place: string,
    command: string,
  ): Promise<void> {
    const end = Date.now() + timeout;
    while (!isDone()) {
      if (this.#error) throw this.#error;
      if (Date.now() > end || this.#bash.exitCode !== null) {
        throw new Error(`${place}\n$ ${command}\n--- does not end; printed:\n${this.#printed()}`);
      }
      await sleep(20);
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
