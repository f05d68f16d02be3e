/** The files of src with what they import, read with the parser of TypeScript. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Source {
  /** Relative to src, with slashes. */
  path: string;
  text: string;
  /** As written: of imports, of exports from elsewhere, of types, and of import(). */
  specifiers: string[];
  /** Those that are files of src. */
  imports: string[];
}

export const sources: readonly Source[] = readdirSync(join(root, 'src'), { recursive: true })
  .map((path) => String(path).replaceAll('\\', '/'))
  .filter((path) => /\.[cm]?tsx?$/.test(path))
  .sort()
  .map((path) => {
    const text = readFileSync(join(root, 'src', path), 'utf8');
    const specifiers = specifiersOf(path, text);
    const imports = specifiers
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => posix.join(posix.dirname(path), specifier));
    return { path, text, specifiers, imports };
  });

function specifiersOf(path: string, text: string): string[] {
  const found: string[] = [];
  const add = (node: ts.Node | undefined) => {
    if (node && ts.isStringLiteralLike(node)) found.push(node.text);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal);
    } else if (ts.isCallExpression(node)) {
      const callee = node.expression;
      const loads =
        callee.kind === ts.SyntaxKind.ImportKeyword ||
        (ts.isIdentifier(callee) && callee.text === 'require');
      if (loads) add(node.arguments[0]);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));
  return found;
}

/** The names that a file exports, those of types too. */
export function exportsOf(path: string): string[] {
  const file = join(root, path);
  const program = ts.createProgram([file], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    noEmit: true,
    noLib: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  return module ? checker.getExportsOfModule(module).map(({ name }) => name) : [];
}
