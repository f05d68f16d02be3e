/** `npm` for the folders of the tests: installs the packed library, which is not on a registry. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

const { DOCS_PACKAGE = '', DOCS_SOURCES = '', DOCS_TARBALL, PATH = '' } = process.env;
const [command = '', ...args] = process.argv.slice(2);
const isInstall = ['install', 'i', 'ci', 'add'].includes(command);
const isFlag = (argument) => argument.startsWith('-');
const bareName = (specifier) => specifier.replace(/(?<=.)@[^/]*$/, '');

if (isInstall && DOCS_TARBALL) {
  withTarball();
} else if (isInstall) {
  const names = args.filter((argument) => !isFlag(argument)).map(bareName);
  for (const name of names.length > 0 ? names : dependencies()) link(name);
} else if (command === 'uninstall') {
  for (const name of args.filter((argument) => !isFlag(argument))) {
    rmSync(join('node_modules', name), { force: true });
  }
} else {
  npm(process.argv.slice(2));
}

/** Lets npm install, with the tarball in place of the name. */
function withTarball() {
  const tarball = `file:${DOCS_TARBALL}`;
  if (existsSync('package.json')) {
    const text = readFileSync('package.json', 'utf8');
    writeFileSync('package.json', text.replace(/("jotkit": ")\^?\d[^"]*"/, `$1${tarball}"`));
  }
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  const names = args.map((name) => (name === 'jotkit' ? tarball : name));
  npm([command, ...quiet, ...names], ['inherit', 'ignore', 'inherit']);
}

function dependencies() {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  return Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
}

function link(name) {
  const sources = DOCS_SOURCES.split(delimiter).map((folder) => join(folder, name));
  const source = name === 'jotkit' ? DOCS_PACKAGE : sources.find(existsSync);
  if (!source) {
    console.error(`${name} is not among the development packages`);
    process.exit(1);
  }
  const path = join('node_modules', name);
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(source, path, 'junction');
}

/** The real npm, which is behind this one on PATH. */
function npm(argv, stdio = 'inherit') {
  const [, ...rest] = PATH.split(delimiter);
  const program = rest.map((folder) => join(folder, 'npm')).find(existsSync) ?? 'npm';
  process.exitCode = spawnSync(program, argv, { stdio }).status ?? 1;
}
