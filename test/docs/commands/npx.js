/** `npx` for the folders of the tests: runs the command of the packed library. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [, , name, ...args] = process.argv;
if (name !== 'jotkit') throw new Error(`npx ${name} is not available in the tests`);
const folder = process.env.DOCS_PACKAGE ?? '';
const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const program = join(folder, bin.jotkit);
process.exitCode =
  spawnSync(process.execPath, [program, ...args], { stdio: 'inherit' }).status ?? 1;
