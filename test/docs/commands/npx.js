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
  const program = join('node_modules/.bin', name);
  if (!existsSync(program)) throw new Error(`npx ${name}: the page does not install it`);
  run(program, args);
}

function run(program, argv) {
  process.exitCode = spawnSync(program, argv, { stdio: 'inherit' }).status ?? 1;
}
