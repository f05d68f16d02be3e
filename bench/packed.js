/** Installs the library next to its peers, from the file that would be published, and Node.js versions. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const bench = import.meta.dirname;
const npm = (cwd, ...args) => execFileSync('npm', args, { cwd, stdio: 'pipe' });

export function installPacked() {
  const folder = mkdtempSync(join(tmpdir(), 'jotkit-bench-'));
  try {
    npm(dirname(bench), 'pack', '--ignore-scripts', '--pack-destination', folder);
    const [tarball] = readdirSync(folder);
    npm(bench, 'install', '--no-save', '--ignore-scripts', '--no-audit', join(folder, tarball));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The program of the latest Node.js of a major version. Hidden from npm, which would prune it. */
export function installNode(major) {
  const os = process.platform === 'win32' ? 'win' : process.platform;
  const folder = join(bench, 'node_modules', '.nodes', major);
  const name = `node-${os}-${process.arch}`;
  const program = join(folder, 'node_modules', name, 'bin', os === 'win' ? 'node.exe' : 'node');
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true });
    npm(folder, 'install', '--prefix', folder, '--no-save', '--no-audit', `${name}@${major}`);
  }
  return program;
}
