/** Finds the examples in the docstrings of the sources. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { packageEntries } from '../fixtures/package-entries.ts';
import { read, root } from './pages.ts';

export interface Snippet {
  /** `docs/guide/sign.md:12`. */
  place: string;
  language: 'ts' | 'js';
  code: string;
}

export function sourceFiles(): string[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `src/${name.replaceAll('\\', '/')}`)
    .sort();
}

/** The `@example` blocks of a source file; what they use of the package is imported for them. */
export function sourceExamples(file: string): Snippet[] {
  const stripped = (line: string) => line.replace(/^\s*\* ?/, '');
  // If entries share a name, the file itself comes first, then its directory, then the root.
  const room = file.split('/').slice(0, 2).join('/');
  const nearness = (entry: string) => Number(entry === file) + Number(entry.startsWith(room));
  const near = [...packageEntries].sort((a, b) => nearness(b.file) - nearness(a.file));
  return fenced(read(file), stripped).map(({ code, language, line }) => {
    const imported = near.reduce((text, { specifier, exports }) => {
      const names = exports.map(({ name }) => name).filter((name) => name !== 'default');
      return withImports(text, specifier, names);
    }, code);
    return { place: `${file}:${line}`, language, code: imported };
  });
}

/** Imports those of the names that the code mentions and does not define at its top level. */
export function withImports(code: string, from: string, names: readonly string[]): string {
  const own = topLevelNames(code);
  const used = names.filter((name) => !own.has(name) && new RegExp(`\\b${name}\\b`).test(code));
  return used.length > 0 ? `import { ${used.join(', ')} } from '${from}'; ${code}` : code;
}

/** What `console.log` is said to print: the text behind `// →` at the end of its lines. */
export function promisedOutput({ code }: Snippet): string[] {
  return [...code.matchAll(/console\.log\(.*\/\/ → (.*)$/gm)].map(([, text = '']) => text.trim());
}

function fenced(text: string, clean: (line: string) => string) {
  const found: Array<{ language: 'ts' | 'js'; code: string; line: number }> = [];
  let open: { language: string; run: boolean; line: number; code: string[] } | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = clean(raw);
    const fence = /^```(\w*)(.*)$/.exec(line);
    if (open && line === '```') {
      const { language, run, code } = open;
      if (run && (language === 'ts' || language === 'js')) {
        found.push({ language, code: code.join('\n'), line: open.line });
      }
      open = undefined;
    } else if (open) {
      open.code.push(line);
    } else if (fence) {
      const [, language = '', info = ''] = fence;
      open = { language, run: !info.includes('no-run'), line: index + 1, code: [] };
    }
  }
  return found;
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
