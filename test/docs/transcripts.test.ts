import { join } from 'node:path';
import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import { follow } from './follow.ts';
import { pages, root } from './pages.ts';
import { hasShell } from './terminal.ts';
import { Workshop } from './workspace.ts';

if (!hasShell) console.warn('Skipped: transcripts need bash, curl and tar, and no Windows.');

// In CI they fail instead.
describe.skipIf(!hasShell && !process.env.CI)('a reader who follows', () => {
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
