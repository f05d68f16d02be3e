/** Reads what a command needs from stdin, files and variables, and quotes none of it in errors. */

import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { Arguments } from './args.ts';
import { wrongUsage } from './command-error.ts';
import type { Surroundings } from './surroundings.ts';

/** Longest input, in bytes: a file that never ends must not fill the memory. */
const MAX_BYTES = 1_048_576;

/** Not `--env-file`: Node.js exits if a program has that argument and the file is absent (nodejs/node#54232). */
export const variableOptions = { dotenv: { type: 'string' } } as const;
export const tokenOptions = { 'token-env': { type: 'string' }, ...variableOptions } as const;

export const tokenHelp = `Token: the argument, or stdin if the argument is absent or "-".
  --token-env <name>     Read the token from this variable instead
`;
export const variableHelp = `  --dotenv <path>        Read variables that are not set from this file
`;

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EISDIR: 'is a directory',
  EACCES: 'cannot be read by this user',
};

/** Reads a file, or stdin for `-`. `name` says in errors which file: its path may be a pasted secret. */
export async function readInput(
  path: string,
  name: string,
  surroundings: Surroundings,
): Promise<Buffer> {
  if (path === '-') return readStdin(name, surroundings);
  try {
    return await readAll(createReadStream(resolve(surroundings.directory, path)), name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw wrongUsage(`${name} ${reasons[code] ?? `cannot be read: ${code}`}`);
  }
}

/** Stdin has one reader. */
const taken = new WeakMap<Surroundings, string>();

async function readStdin(name: string, surroundings: Surroundings): Promise<Buffer> {
  const earlier = taken.get(surroundings);
  if (earlier !== undefined) throw wrongUsage(`stdin cannot be both ${earlier} and ${name}`);
  taken.set(surroundings, name);
  return readAll(surroundings.stdin, name);
}

async function readAll(stream: AsyncIterable<Uint8Array>, name: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > MAX_BYTES) throw wrongUsage(`${name} is longer than 1 MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

type Variables = Readonly<Record<string, string | undefined>>;

/** By the arguments: a pipe, such as stdin, can be read once. */
const envFiles = new WeakMap<object, Promise<Variables>>();

/** Returns the variables of `--dotenv`. */
export function readEnvFile(
  values: Arguments<typeof variableOptions>['values'],
  surroundings: Surroundings,
): Promise<Variables> {
  const variables = envFiles.get(values) ?? parseEnvFile(values.dotenv, surroundings);
  envFiles.set(values, variables);
  return variables;
}

async function parseEnvFile(
  path: string | undefined,
  surroundings: Surroundings,
): Promise<Variables> {
  if (path === undefined) return {};
  return parseEnv((await readInput(path, 'the file of "--dotenv"', surroundings)).toString());
}

/** Returns a function that reads the variable that an option names. */
export async function variableReader(
  values: Arguments<typeof variableOptions>['values'],
  surroundings: Surroundings,
): Promise<(name: string, option: string) => string> {
  // As with `node --env-file`: the environment counts before the file.
  const sources = [surroundings.env, await readEnvFile(values, surroundings)];
  return (name, option) => {
    const value = sources.find((source) => Object.hasOwn(source, name))?.[name];
    if (!value) throw wrongUsage(`the variable of "--${option}" is not set, or empty`);
    if (value.length > MAX_BYTES) {
      throw wrongUsage(`the variable of "--${option}" is longer than 1 MiB`);
    }
    return value;
  };
}

/** Reads the token of a command: its argument, a variable, or stdin. */
export async function readToken(
  { values, positionals: [argument] }: Arguments<typeof tokenOptions>,
  surroundings: Surroundings,
): Promise<string> {
  const variable = values['token-env'];
  if (variable !== undefined) {
    if (argument !== undefined) throw wrongUsage('pass a token or "--token-env", not both');
    const read = await variableReader(values, surroundings);
    return read(variable, 'token-env');
  }
  if (argument !== undefined && argument !== '-') return argument;
  if (argument === undefined && surroundings.isTerminal.stdin) {
    throw wrongUsage('pass a token: as the argument, on stdin or with "--token-env"');
  }
  const text = (await readInput('-', 'the token', surroundings)).toString();
  if (text === '') throw wrongUsage('stdin is empty: pass a token');
  return withoutLineEnd(text);
}

/** Yields the lines of stdin as they come. */
export async function* readLines({ stdin }: Surroundings): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stdin) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n/);
    rest = lines.pop() ?? '';
    if (rest.length > MAX_BYTES) throw wrongUsage('a line of stdin is longer than 1 MiB');
    yield* lines;
  }
  if (rest !== '') yield rest;
}

/** What Windows PowerShell adds (RFC 8259 §8.1). */
export function withoutByteOrderMark(text: string): string {
  return text.replace(/^\ufeff/, '');
}

/** What `echo` and editors add. */
export function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}
