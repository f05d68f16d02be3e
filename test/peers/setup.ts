/** Installs the packages beside this file, if they are not those of the lock file, and the packed library. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { install } from '../frameworks/setup.ts';
import type {} from '../package/setup.ts';

export default async (project: TestProject): Promise<void> => {
  await install(import.meta.dirname);
  const library = join(import.meta.dirname, 'node_modules/jotkit');
  rmSync(library, { recursive: true, force: true });
  mkdirSync(library);
  const { tarball } = project.getProvidedContext();
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', library]);
};
