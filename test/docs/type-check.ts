/** Type-checks the blocks of pages as strict TypeScript, each alone. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { type Block, isCommonJs } from './blocks.ts';
import type { Page } from './pages.ts';

const settings: ts.CompilerOptions = {
  strict: true,
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2022.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  jsx: ts.JsxEmit.Preserve,
  types: ['node'],
  esModuleInterop: true,
  experimentalDecorators: true,
  skipLibCheck: true,
  noEmit: true,
  allowJs: true,
  checkJs: true,
};

const NOT_CHECKED = /\.(html|css|json|env|ya?ml|sql|prisma|sh|conf|md)$|^\.env$/;

/** The settings of bundlers and of Next.js, whose own packages NodeNext cannot resolve. */
export const bundled: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
};

/** What the compiler says about each block, by its place; an empty string if it says nothing. */
export function typeCheck(
  folders: ReadonlyArray<{ page: Page; dir: string }>,
  other: ts.CompilerOptions = {},
): Map<string, string> {
  const files = new Map<string, string>();
  for (const { page, dir } of folders) {
    for (const { place, file, code } of sourcesOf(page.blocks)) {
      const path = join(dir, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, code);
      files.set(path, place);
    }
  }
  const base = folders[0]?.dir ?? '.';
  // Node.js types come from the folder of the pages, as everything else does.
  const program = ts.createProgram([...files.keys()], {
    ...settings,
    ...other,
    typeRoots: [join(base, 'node_modules/@types')],
  });
  return new Map(
    [...files].map(([path, place]) => {
      const source = program.getSourceFile(path);
      const found = [
        ...program.getSyntacticDiagnostics(source),
        ...program.getSemanticDiagnostics(source),
      ];
      const text = found.map(({ messageText, start = 0 }) => {
        const line = source?.text.slice(0, start).split('\n').length;
        return `line ${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
      });
      return [place, text.join('\n')];
    }),
  );
}

interface Source {
  place: string;
  file: string;
  code: string;
}

function sourcesOf(blocks: readonly Block[]): Source[] {
  const sources: Source[] = [];
  let above: Block | undefined;
  for (const block of blocks) {
    const line = block.place.split(':').at(-1);
    if (block.kind === 'file' && !NOT_CHECKED.test(block.file)) {
      // A later version of a file has its name; an earlier one is checked beside it.
      const file = checkedName(block);
      const earlier = sources.find((source) => source.file === file);
      if (earlier) earlier.file = file.replace(/(?=\.\w+$)/, `.before-${line}`);
      sources.push({ place: block.place, file, code: asModule(block.code) });
      above = block;
    }
    if (block.kind === 'program') {
      const isScript = isCommonJs(block);
      const file = `block-${line}.${isScript ? 'cjs' : extensionOf(block)}`;
      const code = isScript ? block.code : asModule(block.code);
      sources.push({ place: block.place, file, code });
      above = block;
    }
    if (block.kind === 'fragment') {
      if (!above) throw new Error(`${block.place} is a fragment without a block above`);
      const file = `block-${line}.${extensionOf(above)}`;
      sources.push({ place: block.place, file, code: joined(above.code, block.code) });
    }
  }
  return sources;
}

/** JavaScript is checked as TypeScript, unless it declares its types in comments. */
function checkedName({ file, code }: Block & { kind: 'file' }): string {
  if (/\/\*\* @(type|param)\b/.test(code)) return file;
  return file.replace(/(?<!\.m)\.([jt])s(x?)$/, '.ts$2').replace(/\.mjs$/, '.mts');
}

function extensionOf({ language }: Block): string {
  return language.endsWith('x') ? 'tsx' : 'ts';
}

function asModule(code: string): string {
  return `${code}\nexport {};\n`;
}

/** The fragment in a scope of its own, so that it can use a name again; its imports come first. */
function joined(above: string, fragment: string): string {
  const imports = /^import [^;]*;\n?/gm;
  const own = fragment.match(imports) ?? [];
  const rest = fragment.replace(imports, '');
  const isGlobal = /^(declare|export|interface|type) /m.test(rest);
  const twice = own.filter((line) => !above.includes(line.trim()));
  return asModule(`${above}\n${twice.join('')}${isGlobal ? rest : `{\n${rest}\n}`}`);
}
