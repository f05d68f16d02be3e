/** A page for each example: its README, then its files. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

const examples = join(import.meta.dirname, '../../examples');

export default {
  paths() {
    const names = readdirSync(examples).filter((name) =>
      existsSync(join(examples, name, 'README.md')),
    );
    return names.map((name) => ({ params: { name }, content: pageOf(name) }));
  },
};

function pageOf(name: string): string {
  const folder = join(examples, name);
  const files = readdirSync(folder).filter((file) => /\.(js|ts|tsx|html)$/.test(file));
  const blocks = files.map((file) => {
    const text = readFileSync(join(folder, file), 'utf8').trimEnd();
    return `\`\`\`${extname(file).slice(1)} [${file}]\n${text}\n\`\`\`\n`;
  });
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  return blocks.length > 0 ? [readme, '## Files\n', ...blocks].join('\n') : readme;
}
