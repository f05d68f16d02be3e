/** The command `keygen`: creates the keys of an application, or one key in a file. */

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { escapeUnsafe } from '../../core/encoding/printable.ts';
import { defineCommand } from '../command.ts';
import { wrongUsage } from '../command-error.ts';
import { writeLine } from '../output.ts';
import { appendVariables, linesOf } from '../parts/env-file.ts';
import { isOpenToGit } from '../parts/git.ts';
import { createKey } from '../parts/new-key.ts';
import type { Surroundings } from '../surroundings.ts';

const help = `Usage: jotkit keygen [--file <path> | --stdout]
       jotkit keygen <algorithm> (--out <path> | --stdout) [--jwk]

Creates four variables and appends them to .env:

  JWT_SECRET            32 random bytes in base64url, for HS256
  JWT_REFRESH_SECRET    32 random bytes in base64url, for refresh tokens
  JWT_PRIVATE_KEY       an Ed25519 key in PEM (PKCS#8), signs with EdDSA
  JWT_PUBLIC_KEY        its public key in PEM (SPKI), verifies

A new file has mode 0600. If the file sets one of the names, nothing is written.
"node --env-file=.env" and dotenv read the file.

With an algorithm, such as ES256, it creates one key. The private key or secret
is written to a new file, with mode 0600. The public key is printed.

Options:
  --file <path>    Append to this file instead of .env
  --stdout         Print the variables, or the private key; write no file.
                   Windows PowerShell 5 redirects as UTF-16, which Node.js does
                   not read: use --file
  --out <path>     Write the private key to this file, which must not exist
  --jwk            Write JWKs. Default: PEM, or the secret in base64url
  -h, --help       Show this help
`;

export const keygen = defineCommand({
  help,
  options: {
    file: { type: 'string' },
    stdout: { type: 'boolean' },
    out: { type: 'string' },
    jwk: { type: 'boolean' },
  },
  positionals: 1,
  async run({ values, positionals: [algorithm] }, surroundings) {
    if (algorithm !== undefined) {
      await createKey(algorithm, values, surroundings);
      return 0;
    }
    if (values.out !== undefined || values.jwk) {
      throw wrongUsage('"--out" and "--jwk" need an algorithm, such as "keygen ES256"');
    }
    const variables = createVariables();
    if (values.stdout) {
      if (values.file !== undefined) throw wrongUsage('pass "--file" or "--stdout", not both');
      surroundings.stdout(linesOf(variables));
      return 0;
    }
    addToFile(values.file ?? '.env', variables, surroundings);
    return 0;
  },
});

function addToFile(
  file: string,
  variables: ReadonlyMap<string, string>,
  surroundings: Surroundings,
): void {
  const path = resolve(surroundings.directory, file);
  const isReadable = appendVariables(path, file, variables);
  const names = [...variables.keys()];
  const shown = escapeUnsafe(file);
  surroundings.stdout(`Added ${names.slice(0, -1).join(', ')} and ${names.at(-1)} to ${shown}.\n`);
  if (isReadable) {
    writeLine(surroundings, 'warning', `other users can read ${file}; run "chmod 600 ${file}"`);
  }
  if (isOpenToGit(path)) {
    writeLine(surroundings, 'warning', `git does not ignore ${file}; add it to .gitignore`);
  }
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
