/** Follows a page from top to bottom, as its reader does: writes its files and runs its commands. */

import ts from 'typescript';
import { type Block, commandsOf, isCommonJs, promisedOutput } from './blocks.ts';
import type { Page } from './pages.ts';
import { Terminal } from './terminal.ts';
import type { Workspace } from './workspace.ts';

/** Throws an error that names the block, if anything differs from what the page says. */
export async function follow(page: Page, workspace: Workspace): Promise<void> {
  const terminal = new Terminal(workspace);
  try {
    const keys = page.blocks.some(({ kind, code }) => kind === 'console' && /keygen/.test(code));
    // Every page but the first ones takes the keys of Get started for granted.
    if (!keys) await terminal.program('npx jotkit keygen', 'before the page');
    for (const segment of segmentsOf(page.blocks))
      await followSegment(segment, terminal, workspace);
  } finally {
    await terminal.close();
  }
}

/** Blocks in order; the tabs of a group stand together with the transcripts that hold for each. */
interface Segment {
  tabs: Array<Block & { kind: 'file' }>;
  blocks: Block[];
}

function segmentsOf(blocks: readonly Block[]): Segment[] {
  const segments: Segment[] = [];
  for (const block of blocks) {
    const last = segments.at(-1);
    const first = last?.tabs[0];
    if (block.kind === 'file' && block.group !== undefined) {
      if (first?.group === block.group) last?.tabs.push(block);
      else segments.push({ tabs: [block], blocks: [] });
    } else if (
      first &&
      block.kind === 'console' &&
      last?.blocks.every(({ kind }) => kind === 'console')
    ) {
      last.blocks.push(block);
    } else {
      segments.push({ tabs: [], blocks: [block] });
    }
  }
  return segments;
}

async function followSegment(
  { tabs, blocks }: Segment,
  terminal: Terminal,
  workspace: Workspace,
): Promise<void> {
  const [first] = tabs;
  for (const [index, tab] of tabs.entries()) {
    // Each tab is a version of the first one, for which the commands are written.
    if (index > 0) await terminal.stopServers();
    write(tab, workspace);
    for (const block of blocks) {
      const code = first ? block.code.replaceAll(first.file, tab.file) : block.code;
      await run({ ...block, code, place: `${block.place} [${tab.tab}]` }, terminal, workspace);
    }
  }
  if (!first) for (const block of blocks) await run(block, terminal, workspace);
}

async function run(block: Block, terminal: Terminal, workspace: Workspace): Promise<void> {
  if (block.kind === 'file') {
    write(block, workspace);
    const promised = promisedOutput(block.code);
    const command = `node --env-file=.env ${block.file}`;
    if (promised !== undefined) await terminal.program(command, block.place, promised);
  }
  if (block.language === 'sh') {
    for (const [command] of block.code.matchAll(/^npm (install|i|uninstall) .*$/gm)) {
      await terminal.program(command, block.place);
    }
  }
  if (block.kind === 'console') {
    for (const command of commandsOf(block)) await terminal.transcript(command, block.place);
  }
  if (block.kind === 'program') {
    const isScript = isCommonJs(block);
    const file = `block-${block.place.split(':').at(-1)}.${isScript ? 'cjs' : 'mjs'}`;
    workspace.write(file, isScript ? block.code : toJs(block.code));
    const promised = promisedOutput(block.code);
    await terminal.program(`node --env-file=.env ${file}`, block.place, promised);
  }
}

function write({ file, code }: Block & { kind: 'file' }, workspace: Workspace): void {
  workspace.write(file, `${code}\n`);
}

/** Removes types. */
export function toJs(code: string, more: ts.CompilerOptions = {}): string {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, ...more };
  return ts.transpileModule(code, { compilerOptions }).outputText;
}
