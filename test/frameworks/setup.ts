/** Installs the frameworks beside and below this file, once in a run, if they are not those of the lock files. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

export default async function setup(): Promise<void> {
  const folders = ['.', 'nest-11', 'nest-12'];
  await Promise.all(folders.map((folder) => install(join(import.meta.dirname, folder))));
}

/** Runs `npm ci` in a folder whose packages are absent or older than its lock file. */
export async function install(folder: string): Promise<void> {
  const installed = join(folder, 'node_modules/.package-lock.json');
  const lock = join(folder, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder];
  const [code] = await once(spawn('npm', args, { stdio: 'inherit' }), 'close');
  if (code !== 0) throw new Error(`npm ci failed in ${folder}`);
}
