/** Every runtime the library is for, installed by npm, and what the library does in each. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jotkit, Project } from './project.ts';

/** What matrix.mjs finds out about one algorithm. */
export interface Support {
  runtime: boolean;
  forms: Record<string, string>;
  rejection: { type: boolean; code: string; message: string } | null;
}

export interface Matrix {
  algorithms: Record<string, Support>;
  /** The rules that do not hold, with what was seen instead. */
  broken: Record<string, string>;
}

export interface Runtime {
  name: string;
  version: string;
  /** What npm installs under the name of the package. */
  packages: Record<string, string>;
  /** The command that runs a file, seen from the folder of the project. */
  command: (file: string) => [program: string, ...args: string[]];
}

/** The packages hold the programs themselves, so that no install script has to run. */
const { platform, arch } = process;
const exe = platform === 'win32' ? '.exe' : '';
const libc = platform === 'linux' ? '-glibc' : '';
const os = platform === 'win32' ? 'win' : platform;
const bunPackage = `@oven/bun-${platform === 'win32' ? 'windows' : platform}-${arch === 'arm64' ? 'aarch64' : arch}`;
const denoPackage = `@deno/${platform}-${arch}${libc}`;
const workerdPackage = `@cloudflare/workerd-${platform === 'win32' ? 'windows' : platform}-${arch === 'x64' ? '64' : arch}`;

export function nodejs(version: string): Runtime {
  const alias = `node-${version}`;
  return {
    name: 'Node.js',
    version,
    packages: { [alias]: `npm:node-${os}-${arch}@${version}` },
    command: (file) => [join('node_modules', alias, 'bin', `node${exe}`), file],
  };
}

function bun(version: string): Runtime {
  const program = join('node_modules', bunPackage, 'bin', `bun${exe}`);
  return {
    name: 'Bun',
    version,
    packages: { [bunPackage]: version },
    command: (file) => [program, file],
  };
}

function deno(version: string): Runtime {
  const program = join('node_modules', denoPackage, `deno${exe}`);
  return {
    name: 'Deno',
    version,
    packages: { [denoPackage]: version },
    command: (file) => [program, 'run', '--allow-all', file],
  };
}

/** The oldest Node.js that `engines` names, the last of each line in use, and the others. */
export const runtimes: readonly Runtime[] = [
  nodejs('20.12.2'),
  nodejs('20.20.2'),
  nodejs('22.23.3'),
  nodejs('24.21.0'),
  nodejs('26.10.0'),
  bun('1.4.5'),
  deno('2.9.6'),
];

/** Runs no file but a bundle, so it is set apart. */
export const workerd: Runtime = {
  name: 'workerd',
  version: '1.20261117.1',
  packages: { [workerdPackage]: '1.20261117.1', esbuild: '0.28.2' },
  command: (file) => [join('node_modules', workerdPackage, 'bin', `workerd${exe}`), 'test', file],
};

/** The only one that has every algorithm makes the keys for all. */
const keyMaker = nodejs('26.10.0');

const files = [
  'keys.mjs',
  'matrix.mjs',
  'by-import.mjs',
  'by-require.cjs',
  'resource-server.mjs',
  'bundle.mjs',
  'worker.mjs',
  'worker.capnp',
];

/** A project that has the library, the runtimes and the keys. */
export async function installRuntimes(): Promise<Project> {
  const packages = [...runtimes, workerd].map((runtime) => runtime.packages);
  const project = new Project({
    name: 'runtimes',
    dependencies: Object.assign({ jotkit: jotkit() }, ...packages),
  });
  await project.install();
  for (const file of files) project.copy(`runtime/${file}`, file);
  project.write('keys.json', await runIn(keyMaker, project, 'keys.mjs'));
  await project.run(process.execPath, ['bundle.mjs']);
  return project;
}

/** What a file prints. */
export async function runIn(runtime: Runtime, project: Project, file: string): Promise<string> {
  const [program, ...args] = runtime.command(file);
  const { stdout } = await project.run(join(project.dir, program), args);
  return stdout;
}

export async function matrixOf(runtime: Runtime, project: Project, file: string): Promise<Matrix> {
  return JSON.parse(await runIn(runtime, project, file));
}

/** What `docs/project/runtimes.md` says. */
export function supportPage(matrices: ReadonlyMap<Runtime, Matrix>): string {
  const table = [...matrices].map(([{ name, version }, { algorithms }]) => {
    return { heading: `${name} ${version}`, algorithms };
  });
  const row = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const names = Object.keys(table[0]?.algorithms ?? {});
  const lines = [
    row(['', ...table.map(({ heading }) => heading)]),
    row(['---', ...table.map(() => '---')]),
    ...names.map((alg) => row([`\`${alg}\``, ...table.map((it) => cell(it.algorithms[alg]))])),
  ];
  const template = readFileSync(join(import.meta.dirname, 'runtime', 'page.md'), 'utf8');
  return template.replace('TABLE', lines.join('\n'));
}

function cell(support: Support | undefined): string {
  if (!support || support.rejection) return '–';
  const forms = Object.entries(support.forms);
  if (forms.some(([, outcome]) => outcome !== 'yes' && outcome !== 'lacking')) return 'fails';
  const lacking = forms.filter(([, outcome]) => outcome === 'lacking').map(([form]) => form);
  return lacking.length === 0 ? 'yes' : `no ${lacking.join(', ')}`;
}
