/** Queries git about a file. */

import { spawnSync } from 'node:child_process';
import { basename, dirname } from 'node:path';

/** Reports whether the file is in a work tree and git does not ignore it. Without git: false. */
export function isOpenToGit(path: string): boolean {
  // git would run the program that the configuration of the work tree names as its monitor.
  const noMonitor = ['-c', 'core.fsmonitor=false'];
  const args = [...noMonitor, 'check-ignore', '--quiet', '--', `./${basename(path)}`];
  const { status } = spawnSync('git', args, { cwd: dirname(path), stdio: 'ignore' });
  // 0: ignored. 128: not a work tree.
  return status === 1;
}
