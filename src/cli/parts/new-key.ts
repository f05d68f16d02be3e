/** Creates one key: the private half in a new file, the public one on stdout. */

import { closeSync, constants, openSync, unlinkSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Jwk } from '../../core/keys/key-input.ts';
import { exportJwk, exportPem } from '../../jwk/convert.ts';
import { generateKey } from '../../jwk/generate.ts';
import { CommandError, wrongUsage } from '../command-error.ts';
import { writeLine } from '../output.ts';
import type { Surroundings } from '../surroundings.ts';
import { toAlgorithm } from './check-options.ts';
import { withEngineErrors } from './engine-errors.ts';
import { isOpenToGit } from './git.ts';

/** Replaces no file, and follows no link. */
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

interface NewKeyValues {
  readonly file?: string;
  readonly stdout?: boolean;
  readonly out?: string;
  readonly jwk?: boolean;
}

/** Creates a key, or throws and leaves no file. */
export async function createKey(
  algorithm: string,
  { file, stdout, out, jwk: asJwk = false }: NewKeyValues,
  surroundings: Surroundings,
): Promise<void> {
  const alg = toAlgorithm(algorithm);
  if (file !== undefined) throw wrongUsage('"--file" is for variables: pass "--out" for one key');
  if ((out === undefined) !== (stdout === true)) {
    throw wrongUsage('pass "--out" with a path for the private key, or "--stdout"');
  }
  const jwk = await withEngineErrors(() => generateKey(alg));
  const own = asJwk ? jsonOf(jwk) : ownText(jwk);
  if (out === undefined) {
    surroundings.stdout(own);
    return;
  }
  const path = resolve(surroundings.directory, out);
  writeNew(path, own);
  if (jwk.kty !== 'oct') surroundings.stdout(asJwk ? jsonOf(exportJwk(jwk)) : exportPem(jwk));
  if (isOpenToGit(path)) {
    writeLine(
      surroundings,
      'warning',
      'git does not ignore the file of "--out"; add it to .gitignore',
    );
  }
}

/** The private key as PEM, or a secret as text. */
function ownText(jwk: Jwk): string {
  return jwk.kty === 'oct' ? `${jwk['k']}\n` : exportPem(jwk, { type: 'private' });
}

const jsonOf = (jwk: Jwk) => `${JSON.stringify(jwk, undefined, 2)}\n`;

const reasons: Readonly<Record<string, string>> = {
  EEXIST: 'exists, and keygen replaces no key: pass another path',
  ENOENT: 'is in a directory that does not exist: create the directory first',
  ENOTDIR: 'is in a directory that does not exist: create the directory first',
  EACCES: 'cannot be created by this user: pass another path',
  EROFS: 'is on a read-only file system: pass another path',
};

function writeNew(path: string, text: string): void {
  try {
    const descriptor = openSync(path, FLAGS, 0o600);
    try {
      writeFileSync(descriptor, text);
    } catch (error) {
      unlinkSync(path);
      throw error;
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new CommandError(`the file of "--out" ${reasons[code] ?? `cannot be written: ${code}`}`);
  }
}
