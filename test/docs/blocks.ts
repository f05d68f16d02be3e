/** Reads the fenced blocks of a page and says what each of them is for. */

import { posix } from 'node:path';

/** What a test does with a block. */
export type Block = {
  /** `docs/guide/sign.md:12`. */
  place: string;
  language: string;
  code: string;
  /** The title of its tab; absent outside `::: code-group`. */
  tab?: string;
  /** The code-group that it is in, counted over the page. */
  group?: number;
} & (
  | { kind: 'file'; file: string }
  | { kind: 'program' }
  | { kind: 'fragment' }
  | { kind: 'console' }
  | { kind: 'text' }
);

const RUNNABLE = new Set(['js', 'ts', 'mjs', 'cjs', 'mts', 'jsx', 'tsx']);

/** Reads all blocks of a Markdown text; blocks in quotes and lists count, too. */
export function blocksOf(page: string, markdown: string): Block[] {
  const blocks: Block[] = [];
  let groups = 0;
  let group: number | undefined;
  let open: { indent: string; info: string; line: number; code: string[] } | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    if (open) {
      const text = line.startsWith(open.indent) ? line.slice(open.indent.length) : line.trimStart();
      if (text.startsWith('```')) {
        blocks.push(toBlock(`${page}:${open.line}`, open.info, open.code.join('\n'), group));
        open = undefined;
      } else {
        open.code.push(text);
      }
      continue;
    }
    if (/^::: code-group/.test(line)) group = groups++;
    else if (/^:::\s*$/.test(line)) group = undefined;
    const [, indent, info] = /^([\s>]*)```(.*)$/.exec(line) ?? [];
    if (indent !== undefined && info !== undefined)
      open = { indent, info, line: index + 1, code: [] };
  }
  if (open) throw new Error(`${page}:${open.line} opens a block that nothing closes`);
  return blocks;
}

function toBlock(place: string, info: string, code: string, group: number | undefined): Block {
  const [, language = '', rest = ''] = /^(\S*)\s*(.*)$/.exec(info) ?? [];
  const label = /\[(.+)\]/.exec(rest)?.[1];
  const shared = { place, language, code, ...(group !== undefined && { group }) };
  const tab = group === undefined ? {} : { tab: label?.split(': ')[0] ?? '' };
  if (language === 'console') return { ...shared, ...tab, kind: 'console' };
  const file = fileOf(label);
  if (file) return { ...shared, ...tab, kind: 'file', file };
  if (!RUNNABLE.has(language)) return { ...shared, ...tab, kind: 'text' };
  if (/\bfragment\b/.test(rest)) return { ...shared, ...tab, kind: 'fragment' };
  if (rest.replace(/\[.*\]/, '').trim()) throw new Error(`${place} has an unknown mark: ${rest}`);
  return { ...shared, ...tab, kind: 'program' };
}

/** `server.js` of `[server.js]` and of `[Express: server.js]`; a tab such as `[npm]` has no file. */
function fileOf(label: string | undefined): string | undefined {
  const name = label?.split(': ').at(-1) ?? '';
  return /^[\w.@+[\]/-]+\.\w+$|^\.env$/.test(name) ? posix.normalize(name) : undefined;
}

/** Whether a program is written for `require`. */
export function isCommonJs({ code }: Block): boolean {
  return /\brequire\(/.test(code) && !/^import /m.test(code);
}

/** One command of a transcript and the output that follows it. */
export interface Command {
  command: string;
  output: string;
}

/** The commands of a `console` block: lines after `$ `, and those that continue them. */
export function commandsOf({ place, code }: Block): Command[] {
  const commands: Array<{ command: string[]; output: string[] }> = [];
  let continues = false;
  for (const line of code.split('\n')) {
    const last = commands.at(-1);
    if (line.startsWith('$ ')) {
      commands.push({ command: [line.slice(2)], output: [] });
      continues = isOpen(line);
    } else if (!last) {
      throw new Error(`${place} starts with output: the first line must be a command after "$ "`);
    } else if (continues || (line.startsWith('> ') && last.output.length === 0)) {
      last.command.push(line.replace(/^> ?/, ''));
      continues = isOpen(line);
    } else {
      last.output.push(line);
    }
  }
  return commands.map(({ command, output }) => ({
    command: command.join('\n'),
    output: output.join('\n').trimEnd(),
  }));
}

function isOpen(line: string): boolean {
  return line.endsWith('\\');
}

/** Whether the output is the promised one, where `…` matches anything. */
export function isOutput(actual: string, promised: string): boolean {
  const parts = promised.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*?')}$`).test(actual.trimEnd());
}

/** What `console.log` is said to print: the text after `// →` at the end of its lines. */
export function promisedOutput(code: string): string | undefined {
  const lines = [...code.matchAll(/console\.log\(.*\/\/ → (.*)$/gm)].map(([, text = '']) => text);
  if (lines.length !== code.split('// →').length - 1) {
    throw new Error('each "// →" must follow console.log() on one line');
  }
  return lines.length > 0 ? lines.map((line) => line.trim()).join('\n') : undefined;
}

/** The packages that a page or example installs, by the names that npm knows them by. */
export function installsOf(blocks: readonly Block[]): string[] {
  const shell = blocks.filter(({ language }) => language === 'sh' || language === 'console');
  const names = shell.flatMap(({ code }) =>
    [...code.matchAll(/\bnpm (?:install|i) ([^\n&|;]+)/g)].flatMap(([, list = '']) =>
      list.split(/\s+/),
    ),
  );
  return names.filter((name) => name && !name.startsWith('-')).map(bareName);
}

/** `express@5` → `express`. */
export function bareName(specifier: string): string {
  return specifier.replace(/(?<=.)@[^/]*$/, '');
}
