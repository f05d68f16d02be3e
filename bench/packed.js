/** Puts the library beside its peers, from the file that would be published. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const bench = import.meta.dirname;

export function installPacked() {
  const folder = mkdtempSync(join(tmpdir(), 'jotkit-bench-'));
  try {
    const npm = (cwd, ...args) => execFileSync('npm', args, { cwd, stdio: 'pipe' });
    npm(dirname(bench), 'pack', '--ignore-scripts', '--pack-destination', folder);
    const [tarball] = readdirSync(folder);
    npm(bench, 'install', '--no-save', '--ignore-scripts', '--no-audit', join(folder, tarball));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
