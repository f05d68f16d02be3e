/** Holds package.json and typedoc.json to the list of subpaths; `npm run manifest` writes them. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { documented, manifestFields } from '../../entries.ts';
import { root } from './sources.ts';

const read = (file: string) => readFileSync(join(root, file), 'utf8');

it('package.json exports the subpaths of entries.ts', async () => {
  const manifest = { ...JSON.parse(read('package.json')), ...manifestFields() };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  await expect(text).toMatchFileSnapshot(join(root, 'package.json'));
});

it('typedoc.json documents the subpaths of entries.ts', async () => {
  const list = documented.map((file) => `    "${file}"`).join(',\n');
  const text = read('typedoc.json').replace(
    /("entryPoints": \[)[^\]]*\]/,
    (_, start) => `${start}\n${list}\n  ]`,
  );
  await expect(text).toMatchFileSnapshot(join(root, 'typedoc.json'));
});
