/** The tests of the pages that need more than the development packages. */

import { join } from 'node:path';
import type ts from 'typescript';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type {} from '../package/setup.ts';
import { follow } from './follow.ts';
import { type Page, pages, root, type Suite } from './pages.ts';
import { typeCheck } from './type-check.ts';
import { Workshop, type WorkshopOptions, type Workspace } from './workspace.ts';

export interface PageTests {
  suite: Suite;
  workshop: Pick<WorkshopOptions, 'fromRegistry' | 'sources'>;
  compiler?: ts.CompilerOptions;
  /** Variables that one page reads; `index` is the number of the page. */
  env?(index: number): Promise<Record<string, string>>;
}

/** Pages about the client have code of browsers. */
function libOf({ blocks }: Page): ts.CompilerOptions {
  if (!blocks.some(({ code }) => code.includes("'jotkit/client'"))) return {};
  return { lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'] };
}

/** Follows each page of a suite, then type-checks its blocks with the packages that it installed. */
export function testPages({ suite, workshop: options, compiler, env }: PageTests): void {
  const own = pages().filter((page) => page.suite === suite);

  describe.skipIf(own.length === 0)(`a reader of a page for the suite ${suite}`, () => {
    let workshop: Workshop;
    const followed = new Map<Page, Workspace>();

    beforeAll(() => {
      const { fromRegistry, sources } = options;
      workshop = new Workshop({
        folder: inject('workshop'),
        tarball: inject('tarball'),
        ...(fromRegistry && { fromRegistry }),
        ...(sources && { sources }),
      });
    });
    afterAll(() => workshop.remove());

    it.concurrent.each(own.map((page, index) => [page.file, page, index] as const))(
      '%s sees what it says',
      async (file, page, index) => {
        const workspace = await workshop.open(file, await env?.(index));
        followed.set(page, workspace);
        if (file.startsWith('examples/')) workspace.copy(join(root, file, '..'));
        await follow(page, workspace);
      },
    );

    const documents = own.filter(({ file }) => !file.startsWith('examples/'));
    it.each(documents.map((page) => [page.file, page] as const))(
      'of %s compiles its blocks as strict TypeScript',
      (_, page) => {
        const workspace = followed.get(page);
        if (!workspace) throw new Error('the page is not followed');
        workspace.link('@types/node', join(root, 'node_modules/@types/node'));
        const problems = [
          ...typeCheck([{ page, dir: workspace.dir }], { ...compiler, ...libOf(page) }),
        ];
        const found = problems.filter(([, text]) => text);
        expect(found.map(([place, text]) => `${place}\n${text}`).join('\n\n')).toBe('');
      },
    );
  });
}
