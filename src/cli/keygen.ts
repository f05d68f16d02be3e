/** The command `keygen`: creates the keys of an application as variables of its environment. */

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { readOptions } from './args.ts';
import { wrongUsage } from './command-error.ts';
import { appendVariables, linesOf } from './env-file.ts';
import { isOpenToGit } from './git.ts';
import type { Surroundings } from './surroundings.ts';

const help = `Usage: jotkit keygen [--file <path> | --stdout]

Creates four variables and appends them to .env:

  JWT_SECRET            32 random bytes in base64url, for HS256
  JWT_REFRESH_SECRET    32 random bytes in base64url, for refresh tokens
  JWT_PRIVATE_KEY       an Ed25519 key in PEM (PKCS#8), signs with EdDSA
  JWT_PUBLIC_KEY        its public key in PEM (SPKI), verifies

A new file has mode 0600. If the file sets one of the names, nothing is written.
"node --env-file=.env" and dotenv read the file.

Options:
  --file <path>    Append to this file instead of .env
  --stdout         Print the variables; write no file. Windows PowerShell 5
                   redirects as UTF-16, which Node.js does not read: use --file
  -h, --help       Show this help
`;

/** Adds the keys to a file that does not have them, or prints them. */
export function keygen(args: readonly string[], surroundings: Surroundings): number {
  const options = readOptions(args, {
    file: { type: 'string' },
    stdout: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
  if (options.help) {
    surroundings.stdout(help);
    return 0;
  }
  const variables = createVariables();
  if (options.stdout) {
    if (options.file !== undefined) throw wrongUsage('pass "--file" or "--stdout", not both');
    surroundings.stdout(linesOf(variables));
    return 0;
  }
  const { file = '.env' } = options;
  const path = resolve(surroundings.directory, file);
  const isReadable = appendVariables(path, file, variables);
  const names = [...variables.keys()];
  surroundings.stdout(`Added ${names.slice(0, -1).join(', ')} and ${names.at(-1)} to ${file}.\n`);
  if (isReadable) {
    surroundings.stderr(`warning: other users can read ${file}; run "chmod 600 ${file}"\n`);
  }
  if (isOpenToGit(path)) {
    surroundings.stderr(`warning: git does not ignore ${file}; add it to .gitignore\n`);
  }
  return 0;
}

/** Returns the values as a .env file has them. */
function createVariables(): ReadonlyMap<string, string> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return new Map([
    ['JWT_SECRET', createSecret()],
    ['JWT_REFRESH_SECRET', createSecret()],
    ['JWT_PRIVATE_KEY', onOneLine(privateKey)],
    ['JWT_PUBLIC_KEY', onOneLine(publicKey)],
  ]);
}

function createSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Only in double quotes do Node.js and dotenv turn `\n` into a line end. Docker keeps both, and jotkit reads that. */
function onOneLine(pem: string): string {
  return `"${pem.trimEnd().replaceAll('\n', '\\n')}"`;
}
