/** Appends variables to a .env file. */

import { appendFileSync, closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { parseEnv } from 'node:util';
import { CommandError } from '../command-error.ts';

/** Never truncates, and follows no link: who can write to the directory must not choose the file. */
const FLAGS =
  constants.O_RDWR |
  constants.O_CREAT |
  constants.O_APPEND |
  // Undefined on Windows.
  (constants.O_NOFOLLOW ?? 0);

/** What is wrong with the file and what to change, by the code of the error. */
const reasons: Readonly<Record<string, string>> = {
  ELOOP: 'is a symbolic link: pass the file that it points to with --file',
  EISDIR: 'is a directory: pass a file with --file',
  ENOENT: 'is in a directory that does not exist: create the directory first',
  ENOTDIR: 'is in a path that is no directory: pass another path with --file',
  EACCES:
    'cannot be read and written by this user: change its mode, or pass another path with --file',
  EROFS: 'is on a read-only file system: pass another path with --file',
};

/**
 * Appends the variables, or throws and leaves the file as it is: if it has one of them, for example. Returns
 * whether other users can read the file.
 */
export function appendVariables(
  path: string,
  file: string,
  variables: ReadonlyMap<string, string>,
): boolean {
  const descriptor = attempt(file, () => openSync(path, FLAGS, 0o600));
  try {
    const status = attempt(file, () => fstatSync(descriptor));
    if (!status.isFile()) {
      throw new CommandError(`${file} is not a regular file: pass another path with --file`);
    }
    const text = attempt(file, () => readFileSync(descriptor, 'utf8'));
    const names = [...variables.keys()];
    checkText(text, file, names);
    const lines = (/[^\r\n]$/.test(text) ? '\n' : '') + linesOf(variables);
    checkReadable(text + lines, file, names);
    // One write: of two runs at once, the later one counts with both keys of its pair.
    attempt(file, () => appendFileSync(descriptor, lines));
    // Windows has no modes; it reports 0666.
    return platform() !== 'win32' && (status.mode & 0o044) !== 0;
  } finally {
    closeSync(descriptor);
  }
}

/** Returns a line for each variable, with its value as it is. */
export function linesOf(variables: ReadonlyMap<string, string>): string {
  return [...variables].map(([name, value]) => `${name}=${value}\n`).join('');
}

function checkText(text: string, file: string, names: readonly string[]): void {
  if (text.includes('\0')) {
    throw new CommandError(
      `${file} is not UTF-8, perhaps UTF-16 of Windows PowerShell: save it as UTF-8 first`,
    );
  }
  const present = names.filter((name) => isSet(name, text));
  if (present.length > 0) {
    throw new CommandError(
      `${file} already sets ${present.join(', ')}, and keygen replaces no key: ` +
        'remove the old ones first, or pass another path with --file',
    );
  }
}

/** A value that starts with `"` goes on until the next `"`: without one, it would contain the secrets. */
function checkReadable(text: string, file: string, names: readonly string[]): void {
  const read = parseEnv(text);
  const hidden = names.filter((name) => !Object.hasOwn(read, name));
  if (hidden.length === 0) return;
  throw new CommandError(
    `${file} would hide ${hidden.join(', ')} from Node.js: ` +
      'close its last quote, or save it without a byte order mark',
  );
}

/** Reports whether a line sets the name, in any spelling of Node.js, dotenv, Docker or a shell. */
function isSet(name: string, text: string): boolean {
  // Not \s, which reads from each blank line to the last one.
  const blank = String.raw`[^\S\r\n]`;
  const start = `^${blank}*(?:export${blank}+)?`;
  return new RegExp(`${start}${name}${blank}*(?:[=:]|$)`, 'm').test(text);
}

/** Calls a function of node:fs; its error becomes one that says what to change. */
function attempt<Result>(file: string, call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const reason = reasons[code] ?? `cannot be written: ${message}`;
    throw new CommandError(`${file} ${reason}`);
  }
}
