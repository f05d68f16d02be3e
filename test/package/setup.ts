/** Packs the library once in a run: what the tests install is the file that would be published. */

import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { run } from './project.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder that holds the tarball and every temporary project; removed after the run. */
    workshop: string;
    /** The packed library. */
    tarball: string;
  }
}

const notPacked = new Set(['.git', 'node_modules', 'dist', 'coverage', 'test']);

export default async function setup(project: TestProject): Promise<() => void> {
  // The real path: where the temporary folder is a link, a resolved path would not compare equal.
  const workshop = realpathSync(mkdtempSync(join(tmpdir(), 'jotkit-package-')));
  // Built in a copy, so that the working tree's dist stays as it is.
  const copy = join(workshop, 'source');
  const root = project.config.root;
  for (const name of readdirSync(root)) {
    if (!notPacked.has(name)) cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
  const packed = join(workshop, 'packed');
  mkdirSync(packed);
  await run('npm', ['pack', '--pack-destination', packed], { cwd: copy });

  const [tarball] = readdirSync(packed);
  if (tarball === undefined) throw new Error('npm pack left no tarball');
  project.provide('workshop', workshop);
  project.provide('tarball', join(packed, tarball));
  return () => rmSync(workshop, { recursive: true, force: true, maxRetries: 3 });
}
