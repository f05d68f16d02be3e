/**
 * Packs the library once in a run: what the tests install is the file that would be published. While you write
 * a page, `JOTKIT_TARBALL=/path/to/jotkit.tgz` spares the build.
 */

import { cp, mkdir, mkdtemp, readdir, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
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

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // The real path: where the temporary folder is a link, a resolved path would not compare equal.
  const workshop = await realpath(await mkdtemp(join(tmpdir(), 'jotkit-package-')));
  const remove = () => rm(workshop, { recursive: true, force: true, maxRetries: 3 });
  try {
    project.provide('workshop', workshop);
    const { JOTKIT_TARBALL } = process.env;
    const tarball = JOTKIT_TARBALL ?? (await pack(project.config.root, workshop));
    project.provide('tarball', tarball);
  } catch (error) {
    await remove();
    throw error;
  }
  return remove;
}

const notPacked = new Set(['.git', 'node_modules', 'dist', 'coverage', 'test']);

/** Builds and packs a copy, so that the working tree's dist stays as it is. */
async function pack(root: string, workshop: string): Promise<string> {
  const copy = join(workshop, 'source');
  const filter = (path: string) => !notPacked.has(basename(path));
  await mkdir(copy);
  for (const name of await readdir(root)) {
    await cp(join(root, name), join(copy, name), { recursive: true, filter });
  }
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
  const packed = join(workshop, 'packed');
  await mkdir(packed);
  await run('npm', ['pack', '--pack-destination', packed], { cwd: copy });
  const [tarball] = await readdir(packed);
  if (tarball === undefined) throw new Error('npm pack left no tarball');
  return join(packed, tarball);
}
