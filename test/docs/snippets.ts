/** Finds the examples in the docstrings of the sources. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { packageEntries } from '../fixtures/package-entries.ts';
import { type Block, blocksOf } from './blocks.ts';
import { read, root } from './pages.ts';

export type Snippet = Block & { kind: 'file' };

export function sourceFiles(): string[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `src/${name.replaceAll('\\', '/')}`)
    .sort();
}

/** Their packages are not among the development packages, or newer than the oldest Node.js. */
const ELSEWHERE = /from '(?:pg|mysql2\/promise|ioredis|node:sqlite|@nestjs\/\w+)'/;

/** The examples of a source file, each as a file; what they use of the package is imported for them. */
export function sourceExamples(file: string, skipped = ELSEWHERE): Snippet[] {
  const text = read(file).replace(/^\s*\* ?/gm, '');
  // If entries share a name, the file itself comes first, then its directory, then the root.
  const room = file.split('/').slice(0, 2).join('/');
  const nearness = (entry: string) => Number(entry === file) + Number(entry.startsWith(room));
  const near = [...packageEntries].sort((a, b) => nearness(b.file) - nearness(a.file));
  return blocksOf(file, text).flatMap((block) => {
    if (block.kind !== 'program' || skipped.test(block.code)) return [];
    const code = near.reduce((text, { specifier, exports }) => {
      const names = exports.map(({ name }) => name).filter((name) => name !== 'default');
      return withImports(text, specifier, names);
    }, block.code);
    return [{ ...block, kind: 'file', code, file: `${block.place.replaceAll(/\W/g, '-')}.ts` }];
  });
}

/** Imports those of the names that the code mentions and does not define at its top level. */
function withImports(code: string, from: string, names: readonly string[]): string {
  const own = topLevelNames(code);
  const used = names.filter((name) => !own.has(name) && new RegExp(`\\b${name}\\b`).test(code));
  return used.length > 0 ? `import { ${used.join(', ')} } from '${from}'; ${code}` : code;
}

function topLevelNames(code: string): Set<string> {
  const names = new Set<string>();
  const addBinding = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) names.add(name.text);
    else for (const part of name.elements) if (ts.isBindingElement(part)) addBinding(part.name);
  };
  for (const statement of ts.createSourceFile('x.ts', code, ts.ScriptTarget.ES2022).statements) {
    if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations) addBinding(name);
    } else if (ts.isImportDeclaration(statement)) {
      const { name, namedBindings } = statement.importClause ?? {};
      if (name) names.add(name.text);
      if (namedBindings && ts.isNamespaceImport(namedBindings)) names.add(namedBindings.name.text);
      else for (const { name: bound } of namedBindings?.elements ?? []) names.add(bound.text);
    } else if (
      ts.isFunctionDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement)
    ) {
      if (statement.name) names.add(statement.name.text);
    }
  }
  return names;
}
