/** `npm` for the folders of the tests: installs the packed library, which is not on a registry. */

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

const { DOCS_PACKAGE = '', DOCS_SOURCES = '', DOCS_TARBALL, PATH = '' } = process.env;
const [command = '', ...args] = process.argv.slice(2);
const isInstall = ['install', 'i', 'ci', 'add'].includes(command);
const isFlag = (argument) => argument.startsWith('-');
const bareName = (specifier) => specifier.replace(/(?<=.)@[^/]*$/, '');

if (isInstall && DOCS_TARBALL) {
  withTarball();
} else if (isInstall) {
  const names = args.filter((argument) => !isFlag(argument));
  for (const name of names.length > 0 ? names : dependencies()) link(name);
} else if (command === 'uninstall') {
  for (const name of args.filter((argument) => !isFlag(argument))) unlink(name);
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
  const names = args.map((name) => name.replace(/^jotkit$|(?<=@)npm:jotkit$/, tarball));
  npm([command, ...quiet, ...names], ['inherit', 'ignore', 'inherit']);
}

function dependencies() {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  return Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
}

/** Links a package under its name or, for `name@npm:package`, under another one. */
function link(specifier) {
  const [alias, target] = specifier.split('@npm:');
  const name = bareName(alias);
  const wanted = bareName(target ?? alias);
  const sources = DOCS_SOURCES.split(delimiter).map((folder) => join(folder, wanted));
  const source = wanted === 'jotkit' ? DOCS_PACKAGE : sources.find(existsSync);
  if (!source) {
    console.error(`${wanted} is not among the development packages`);
    process.exit(1);
  }
  const path = join('node_modules', name);
  if (target) unlink(name);
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(source, path, 'junction');
}

/** Removes a link; anything else, such as a package of types, is shared by all folders. */
function unlink(name) {
  const path = join('node_modules', name);
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(path);
}

/** The real npm, which is behind this one on PATH. */
function npm(argv, stdio = 'inherit') {
  const [, ...rest] = PATH.split(delimiter);
  const program = rest.map((folder) => join(folder, 'npm')).find(existsSync) ?? 'npm';
  process.exitCode = spawnSync(program, argv, { stdio }).status ?? 1;
}
