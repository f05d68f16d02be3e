/** The packed library in a process where another package changed the prototypes first. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browser, entries, singles } from '../../entries.ts';
import { installed, jotkit, type Project } from './project.ts';

const specifiers = [
  'jotkit',
  ...Object.keys({ ...entries, ...browser, ...singles }).map((path) => `jotkit/${path}`),
];

/** Loaded before the change: that Node.js itself loads under it is not tested. */
const builtins = [
  'crypto',
  'diagnostics_channel',
  'util',
  'assert/strict',
  'http',
  'stream',
  'async_hooks',
].map((name) => `node:${name}`);

/** Signs, verifies and rejects, and prints the name of the error. */
const uses = `
  const secret = 'a secret of thirty-two bytes or more';
  jwt.verify(jwt.sign({ sub: 'ada' }, secret), secret);
  try {
    jwt.verify('no token', secret);
  } catch (error) {
    console.log(error.name + ': ' + error.message);
  }`;

let project: Project;

beforeAll(async () => {
  project = await installed({ name: 'polluted', dependencies: { jotkit: jotkit() } });
});

afterAll(() => project?.remove());

describe.each([
  ...['get', 'set', 'value', 'writable', 'enumerable', 'configurable'].flatMap((name) => [
    [`Object.prototype.${name} = 1`],
    [`Object.prototype.${name} = () => 1`],
  ]),
  ['Object.freeze(Error.prototype)'],
  ['Object.freeze(Object.prototype)'],
])('after %s', (change) => {
  it('loads every subpath by require and works', async () => {
    const { stdout } = await project.program(
      'polluted.cjs',
      `const specifiers = ${JSON.stringify(specifiers)};
      for (const name of ${JSON.stringify(builtins)}) require(name);
      ${change};
      for (const specifier of specifiers) require(specifier);
      const jwt = require('jotkit');
      ${uses}`,
    );
    expect(stdout).toBe('JsonWebTokenError: jwt malformed\n');
  });

  it('loads the ES modules for bundlers and works', async () => {
    const { stdout } = await project.program(
      'polluted.mjs',
      `import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      for (const name of ${JSON.stringify(builtins)}) require(name);
      const esm = new URL('./node_modules/jotkit/dist/esm/', import.meta.url);
      ${change};
      const { default: jwt } = await import(new URL('index.mjs', esm));
      for (const path of ${JSON.stringify(Object.keys(entries))}) await import(new URL(path + '.mjs', esm));
      for (const path of ${JSON.stringify(Object.keys(browser))}) await import('jotkit/' + path);
      ${uses}`,
    );
    expect(stdout).toBe('JsonWebTokenError: jwt malformed\n');
  });
});
