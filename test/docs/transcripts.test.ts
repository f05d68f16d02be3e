import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import { follow } from './follow.ts';
import { pages, root } from './pages.ts';
import { Workshop } from './workspace.ts';

const hasShell = ['bash', 'curl', 'tar'].every(
  (command) => spawnSync(command, ['--version']).status === 0,
);
if (!hasShell) console.warn('Skipped: transcripts need bash, curl and tar.');

describe.skipIf(!hasShell)('a reader who follows', () => {
  let workshop: Workshop;
  beforeAll(() => {
    workshop = new Workshop({ folder: inject('workshop'), tarball: inject('tarball') });
  });
  afterAll(() => workshop.remove());

  const own = pages().filter(({ suite }) => suite === 'docs');
  it.concurrent.each(own.map((page) => [page.file, page] as const))(
    '%s sees what it says',
    async (file, page) => {
      const workspace = await workshop.open(file);
      if (file.startsWith('examples/')) workspace.copy(join(root, file, '..'));
      await follow(page, workspace);
    },
  );
});
