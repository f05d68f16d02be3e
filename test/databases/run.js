/**
 * Runs a program with the database clients beside this file, in a Node.js that has node:sqlite and reads
 * TypeScript: the one that is there, if it is new enough, else one that npm installs on Linux.
 *
 *   node test/databases/run.js node_modules/vitest/vitest.mjs run --project databases
 */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const folder = import.meta.dirname;
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const isNew = major > 22 || (major === 22 && minor >= 18);
const other = join(folder, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin/node');

run('npm', ['ci', '--no-audit', '--no-fund', '--prefix', folder]);
if (!isNew && !existsSync(other)) {
  console.error(`This needs Node.js 22.18 or newer; it is ${process.version}.`);
  process.exit(1);
}
run(isNew ? process.execPath : other, process.argv.slice(2));

function run(program, args) {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (error) console.error(error.message);
  if (status !== 0) process.exit(status ?? 1);
}
