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
  const blocks = filesIn(folder).map((file) => {
    const text = readFileSync(join(folder, file), 'utf8').trimEnd();
    return `\`\`\`${extname(file).slice(1)} [${file}]\n${text}\n\`\`\`\n`;
  });
  return [readFileSync(join(folder, 'README.md'), 'utf8'), '## Files\n', ...blocks].join('\n');
}

/** Source files, without those that npm and Next.js write. */
function filesIn(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => /\.(js|ts|html)$/.test(file))
    .filter((file) => !/(^|\/)(node_modules|dist|\.next)\/|next-env\.d\.ts$/.test(file))
    .sort();
}
