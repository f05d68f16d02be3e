/** Folders in which a page is followed: with the packed library, its packages and free ports. */

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './pages.ts';

/** The ports that pages name. */
const PORTS = [3000, 3001, 3002, 4000, 4001];

export interface WorkshopOptions {
  /** The folder for everything, and the packed library. */
  folder: string;
  tarball: string;
  /** Whether `npm install` installs from the registry; otherwise it links the development packages. */
  fromRegistry?: boolean;
  /** The folders that hold what pages install; the first one that has a package is used. */
  sources?: readonly string[];
}

/** What all folders share: the unpacked library and the commands that replace npm and npx. */
export class Workshop {
  readonly folder: string;
  readonly #options: WorkshopOptions;

  constructor(options: WorkshopOptions) {
    this.#options = options;
    this.folder = mkdtempSync(join(options.folder, 'docs-'));
    execFileSync('tar', ['-xzf', options.tarball, '-C', this.folder]);
    const bin = join(this.folder, 'bin');
    mkdirSync(bin);
    for (const name of ['npm', 'npx']) {
      const program = join(import.meta.dirname, 'commands', `${name}.js`);
      const file = join(bin, name);
      writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
      chmodSync(file, 0o755);
    }
  }

  /** A folder for one page; `env` are variables that it reads, such as `DATABASE_URL`. */
  async open(name: string, env: Readonly<Record<string, string>> = {}): Promise<Workspace> {
    const free: number[] = [];
    for (const _ of PORTS) free.push(await freePort());
    const dir = join(this.folder, name.replaceAll(/\W+/g, '-'));
    mkdirSync(dir);
    const listening = join(this.folder, `${name.replaceAll(/\W+/g, '-')}.listening`);
    writeFileSync(listening, '');
    const hook = pathToFileURL(join(import.meta.dirname, 'commands/ports.js')).href;
    const { PATH = '', HOME = '' } = process.env;
    const { fromRegistry, tarball, sources = ['node_modules'] } = this.#options;
    const paths = [join(this.folder, 'bin'), dirname(process.execPath), PATH];
    const workspace = new Workspace(
      dir,
      listening,
      new Map(PORTS.map((port, i) => [port, free[i] ?? 0])),
      {
        PATH: paths.join(delimiter),
        HOME,
        LANG: 'C.UTF-8',
        NO_COLOR: '1',
        // npm warns about a Node.js that is older than the one it came with.
        npm_config_loglevel: 'error',
        NEXT_TELEMETRY_DISABLED: '1',
        NODE_OPTIONS: `--import=${hook}`,
        DOCS_PORTS: JSON.stringify(Object.fromEntries(PORTS.map((port, i) => [port, free[i]]))),
        DOCS_LISTENING: listening,
        DOCS_PACKAGE: join(this.folder, 'package'),
        DOCS_SOURCES: sources.map((path) => join(root, path)).join(delimiter),
        ...(fromRegistry && { DOCS_TARBALL: tarball }),
        ...env,
      },
    );
    if (!fromRegistry) {
      workspace.link('jotkit', join(this.folder, 'package'));
      for (const source of sources) workspace.linkAll(source, /^@types\//);
    }
    return workspace;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** One folder; documented ports are mapped to free ones, so that pages can run side by side. */
export class Workspace {
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly #listening: string;
  readonly #ports: ReadonlyMap<number, number>;

  constructor(
    dir: string,
    listening: string,
    ports: ReadonlyMap<number, number>,
    env: Readonly<Record<string, string>>,
  ) {
    this.dir = dir;
    this.#listening = listening;
    this.#ports = ports;
    this.env = env;
    this.write('package.json', '{ "type": "module" }\n');
  }

  write(file: string, text: string): void {
    const path = join(this.dir, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, this.toFree(text));
  }

  /** Copies an example of the repository, with free ports. */
  copy(folder: string): void {
    rmSync(join(this.dir, 'node_modules'), { recursive: true, force: true });
    const skipped = /^(node_modules|\.env|\.next|dist|.+\.db)$/;
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const parts = name.replaceAll('\\', '/').split('/');
      const path = join(folder, name);
      if (parts.some((part) => skipped.test(part)) || !statSync(path).isFile()) continue;
      this.write(name, readFileSync(path, 'utf8'));
    }
  }

  link(name: string, target: string): void {
    const path = join(this.dir, 'node_modules', name);
    if (existsSync(path)) return;
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(target, path, 'junction');
  }

  /** Links the packages of a folder of the repository whose names match. */
  linkAll(source: string, names = /^/): void {
    const folder = join(root, source);
    for (const entry of readdirSync(folder).filter((name) => !name.startsWith('.'))) {
      const inner = entry.startsWith('@') ? readdirSync(join(folder, entry)) : [];
      const found = entry.startsWith('@') ? inner.map((name) => `${entry}/${name}`) : [entry];
      for (const name of found) if (names.test(name)) this.link(name, join(folder, name));
    }
  }

  /** How many servers of this folder have started to listen. */
  listening(): number {
    return readFileSync(this.#listening, 'utf8').split('\n').length - 1;
  }

  toFree(text: string): string {
    return text.replace(/\b(localhost|127\.0\.0\.1):(\d+)/g, (all, host, port) => {
      const free = this.#ports.get(Number(port));
      return free ? `${host}:${free}` : all;
    });
  }

  toDocumented(text: string): string {
    let documented = text;
    for (const [port, free] of this.#ports) {
      documented = documented.replaceAll(new RegExp(`\\b${free}\\b`, 'g'), String(port));
    }
    return documented;
  }
}

/**
 * A page listens on its ports later, so no other program may get them meanwhile. They are below those that
 * systems choose for port 0, and each process of tests begins elsewhere.
 */
const FIRST_PORT = 11_000;
const LAST_PORT = 31_000;
let next = FIRST_PORT + ((process.pid * 100) % (LAST_PORT - FIRST_PORT));

async function freePort(): Promise<number> {
  for (;;) {
    const port = next;
    next = port < LAST_PORT ? port + 1 : FIRST_PORT;
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
