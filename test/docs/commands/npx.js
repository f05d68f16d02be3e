/** `npx` for the folders of the tests: runs the command of the packed library, or of a package of the page. */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [, , name, ...args] = process.argv;
if (name === 'jotkit') {
  const folder = process.env.DOCS_PACKAGE ?? '';
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  run(process.execPath, [join(folder, bin.jotkit), ...args]);
} else {
  const installed = join('node_modules/.bin', name);
  if (existsSync(installed)) run(installed, args);
  else run(process.execPath, [linkedProgram(), ...args]);
}

/** The program of a package that npm only linked. */
function linkedProgram() {
  const folder = join('node_modules', name);
  if (!existsSync(folder)) throw new Error(`npx ${name}: the page does not install it`);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : bin[name]);
}

function run(program, argv) {
  process.exitCode = spawnSync(program, argv, { stdio: 'inherit' }).status ?? 1;
}
