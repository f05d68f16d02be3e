/** The subpaths of the package, with the names that each exports. */

import { join } from 'node:path';
import ts from 'typescript';
import { entries } from '../../entries.ts';
import { root } from './sources.ts';

export interface Door {
  /** As users write it: `jotkit`, `jotkit/jwk`. */
  specifier: string;
  /** Of the sources, from the root of the repository. */
  file: string;
  exports: Array<{ name: string; isType: boolean; hasExample: boolean }>;
}

export const doors: readonly Door[] = readDoors();

function readDoors(): Door[] {
  const files = Object.values(entries).map((file) => join(root, file));
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    noEmit: true,
    noLib: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  return Object.entries(entries).map(([path, file]) => {
    const source = program.getSourceFile(join(root, file));
    const module = source && checker.getSymbolAtLocation(source);
    if (!module) throw new Error(`${file} exports nothing`);
    const exports = checker.getExportsOfModule(module).map((exported) => {
      const isAlias = exported.flags & ts.SymbolFlags.Alias;
      const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
      const tags = symbol.getJsDocTags(checker);
      return {
        name: exported.name,
        isType: !(symbol.flags & ts.SymbolFlags.Value),
        hasExample: tags.some(({ name }) => name === 'example'),
      };
    });
    return { specifier: path === 'index' ? 'jotkit' : `jotkit/${path}`, file, exports };
  });
}
