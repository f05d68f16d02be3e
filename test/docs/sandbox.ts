/** A folder in which the package is installed as its users have it, made from the sources. */

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import * as jotkit from '../../src/index.ts';
import * as jwk from '../../src/jwk/index.ts';
import { read, root, sourceFiles } from './snippets.ts';

/** The libraries that the migration guides speak of. */
const PEERS = ['jsonwebtoken', 'jose', 'fast-jwt', 'zod', 'valibot'];

/** A subpath of the package. */
export interface Door {
  /** As it is imported. */
  specifier: string;
  /** In the folder src. */
  entry: string;
  /** What it exports at run time. */
  names: readonly string[];
}

export const doors: readonly Door[] = [
  { specifier: 'jotkit', entry: 'index.ts', names: Object.keys(jotkit) },
  { specifier: 'jotkit/jwk', entry: 'jwk/index.ts', names: Object.keys(jwk) },
];

export interface Run {
  status: number;
  stdout: string;
  stderr: string;
}

export class Sandbox {
  readonly dir = mkdtempSync(join(tmpdir(), 'jotkit-docs-'));

  constructor() {
    this.write('package.json', '{ "type": "module" }');
    for (const peer of PEERS) {
      mkdirSync(join(this.dir, 'node_modules'), { recursive: true });
      symlinkSync(join(root, 'node_modules', peer), join(this.dir, 'node_modules', peer), 'dir');
    }
    this.#install();
    this.write(
      'prelude.js',
      toJs(read('test/docs/prelude.ts')).replace('../../src/index.js', 'jotkit'),
    );
  }

  /** Like the published package: CommonJS, and ES modules that hand on what it holds. */
  #install(): void {
    const folder = 'node_modules/jotkit';
    for (const file of sourceFiles()) {
      const target = file.replace(/^src/, `${folder}/dist`).replace(/\.ts$/, '.js');
      const isDoor = doors.some(({ entry }) => file === `src/${entry}`);
      const plain = isDoor ? 'module.exports = { ...module.exports };\n' : '';
      this.write(target, toJs(read(file), ts.ModuleKind.CommonJS) + plain);
    }
    const exports: Record<string, object> = {};
    for (const { specifier, entry, names } of doors) {
      const dist = `./dist/${entry.replace(/\.ts$/, '.js')}`;
      const module = `${specifier.replace('/', '-')}.mjs`;
      this.write(
        `${folder}/${module}`,
        `import door from '${dist}';\nexport const { ${names.join(', ')} } = door;\nexport default door;\n`,
      );
      exports[specifier.replace('jotkit', '.')] = { import: `./${module}`, require: dist };
    }
    this.write(`${folder}/package.json`, JSON.stringify({ name: 'jotkit', exports }));
  }

  write(file: string, text: string): void {
    const path = join(this.dir, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  /** Runs a file in a process of its own. */
  run(file: string, env: Record<string, string> = {}): Promise<Run> {
    return new Promise((resolve) => {
      const options = {
        cwd: this.dir,
        env: { ...process.env, NO_COLOR: '1', ...env },
        timeout: 30_000,
      };
      execFile(process.execPath, [file], options, (error, stdout, stderr) => {
        const status = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
        resolve({ status, stdout, stderr });
      });
    });
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** TypeScript to JavaScript, file by file. */
export function toJs(text: string, module: ts.ModuleKind = ts.ModuleKind.ESNext): string {
  const compilerOptions: ts.CompilerOptions = {
    module,
    target: ts.ScriptTarget.ES2022,
    esModuleInterop: true,
    rewriteRelativeImportExtensions: true,
  };
  return ts.transpileModule(text, { compilerOptions }).outputText;
}
