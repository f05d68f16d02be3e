/** What others look for in a package: publint, and the types as every kind of resolution finds them. */

import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { installed, type Project } from './project.ts';

let project: Project;

beforeAll(async () => {
  project = await installed({
    name: 'lint',
    dependencies: { '@arethetypeswrong/cli': '0.18.5', publint: '0.3.25' },
  });
});

afterAll(() => project?.remove());

// run() throws where the exit code is not 0.
test('publint finds nothing in the package, not even something to suggest', async () => {
  const { stdout } = await project.run('npx', [
    '--no-install',
    'publint',
    'run',
    inject('tarball'),
    '--strict',
  ]);
  expect(stdout).toContain('All good!');
});

test('the types of every subpath are right in every kind of resolution', async () => {
  const args = ['--no-install', 'attw', inject('tarball'), '--no-color', '--no-emoji'];
  const { stdout } = await project.run('npx', args);
  expect(stdout).toContain('No problems found');
  for (const kind of ['node10', 'node16 (from CJS)', 'node16 (from ESM)', 'bundler']) {
    expect(stdout).toContain(kind);
  }
});
