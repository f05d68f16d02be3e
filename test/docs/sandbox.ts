/** A folder in which the package is installed as its users have it, made from the sources. */

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import ts from 'typescript';
import { packageEntries } from '../fixtures/package-entries.ts';
import { read, root } from './pages.ts';
import { sourceFiles } from './snippets.ts';

/** The libraries and frameworks that the guides speak of. */
const PEERS = [
  'jsonwebtoken',
  'jose',
  'fast-jwt',
  'zod',
  'valibot',
  'express',
  'fastify',
  'koa',
  'hono',
  'ws',
  'socket.io',
  '@hono/node-server',
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
      const link = join(this.dir, 'node_modules', peer);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(root, 'node_modules', peer), link, 'dir');
    }
    this.#install();
  }

  /** Like the published package: CommonJS, and ES modules that hand on what it holds. */
  #install(): void {
    const folder = 'node_modules/jotkit';
    for (const file of sourceFiles()) {
      this.write(`${folder}/${compiled(file)}`, toJs(read(file), ts.ModuleKind.CommonJS));
    }
    const subpaths = packageEntries.map(({ specifier, file, exports }) => {
      const entry = compiled(file);
      const values = exports.filter(({ isType }) => !isType).map(({ name }) => name);
      const named = values.filter((name) => name !== 'default');
      const isDefault = named.length < values.length;
      if (specifier === 'jotkit') {
        const plain = 'module.exports = { ...module.exports };\n';
        this.write(`${folder}/${entry}`, toJs(read(file), ts.ModuleKind.CommonJS) + plain);
      }
      this.write(
        `${folder}/${entry.replace(/\.js$/, '.mjs')}`,
        `import entry from './${basename(entry)}';
        export const { ${named.join(', ')} } = entry;
        ${specifier === 'jotkit' ? 'export default entry;' : ''}
        ${isDefault ? 'export default entry.default;' : ''}`,
      );
      const conditions = { import: `./${entry.replace(/\.js$/, '.mjs')}`, require: `./${entry}` };
      return [specifier.replace('jotkit', '.'), conditions];
    });
    const manifest = { name: 'jotkit', exports: Object.fromEntries(subpaths) };
    this.write(`${folder}/package.json`, JSON.stringify(manifest));
  }

  write(file: string, text: string): void {
    const path = join(this.dir, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  /**
   * Runs a file in a process of its own; a second time where the first did not end, because Node.js now and
   * then locks up when it should exit (nodejs/node#54918).
   */
  run(file: string, env: Record<string, string> = {}, attempts = 2): Promise<Run> {
    return new Promise((resolve) => {
      const options = {
        cwd: this.dir,
        env: { ...process.env, NO_COLOR: '1', ...env },
        timeout: 30_000,
      };
      execFile(process.execPath, [file], options, (error, stdout, stderr) => {
        if (error?.killed && attempts > 1) return resolve(this.run(file, env, attempts - 1));
        const status = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
        resolve({ status, stdout, stderr });
      });
    });
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Where the sandbox has a file of the sources. */
function compiled(file: string): string {
  return file.replace(/^src/, 'dist').replace(/\.ts$/, '.js');
}

/** TypeScript to JavaScript, file by file. */
function toJs(text: string, module: ts.ModuleKind = ts.ModuleKind.ESNext): string {
  const compilerOptions: ts.CompilerOptions = {
    module,
    target: ts.ScriptTarget.ES2022,
    esModuleInterop: true,
    rewriteRelativeImportExtensions: true,
  };
  return ts.transpileModule(text, { compilerOptions }).outputText;
}
