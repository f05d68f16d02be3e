/** Installs the frameworks beside and below this file, once in a run, if they are not those of the lock files. */

import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

export default function setup(): void {
  for (const folder of ['.', 'nest-11', 'nest-12']) install(join(import.meta.dirname, folder));
}

/** Runs `npm ci` in a folder whose packages are absent or older than its lock file. */
export function install(folder: string): void {
  const installed = join(folder, 'node_modules/.package-lock.json');
  const lock = join(folder, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder];
  const { status } = spawnSync('npm', args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`npm ci failed in ${folder}`);
}
