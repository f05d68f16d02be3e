/** A runtime that cannot run the library fails to load it, with a message that says why. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jotkit, Project } from './project.ts';
import { nodejs, runIn } from './runtimes.ts';

const tooOld = ['12.22.12', '14.21.3', '16.20.2', '18.20.8', '20.11.1'].map(nodejs);

const loaders = {
  'import.mjs': `import { sign } from 'jotkit'; console.log(typeof sign);`,
  'default.mjs': `import jwt from 'jotkit'; console.log(typeof jwt.sign);`,
  'require.cjs': `console.log(typeof require('jotkit').sign);`,
  'subpath.cjs': `console.log(typeof require('jotkit/verify'));`,
};

/** Takes node:crypto away, as in a Node.js that was built without it. */
const withoutCrypto = `
const Module = require('module');
const load = Module._load;
Module._load = (name, ...rest) => {
  if (name === 'node:crypto') throw new Error('No such built-in module: node:crypto');
  return load(name, ...rest);
};
`;

let project: Project;

beforeAll(async () => {
  const packages = tooOld.map((runtime) => runtime.packages);
  project = new Project({
    name: 'unsupported',
    dependencies: Object.assign({ jotkit: jotkit(), esbuild: '0.28.2' }, ...packages),
  });
  await project.install();
  for (const [file, text] of Object.entries(loaders)) project.write(file, text);
});

afterAll(() => project?.remove());

/** The program needs no loader. */
const files = [...Object.keys(loaders), 'node_modules/jotkit/dist/cli.cjs'];

describe.each(files)('%s', (file) => {
  test.each(tooOld)('Node.js $version reports the version that it needs', async (runtime) => {
    const sentence = `Error: jotkit needs Node.js 20.12 or later; this is Node.js ${runtime.version}.\n`;
    await expect(runIn(runtime, project, file)).rejects.toThrow(sentence);
  });

  test('a runtime without node:crypto reports that it needs it', async () => {
    project.write('without-crypto.cjs', withoutCrypto);
    const running = project.run(process.execPath, ['--require', './without-crypto.cjs', file]);
    await expect(running).rejects.toThrow(
      /^Error: jotkit needs node:crypto, which cannot be loaded here\.$/m,
    );
  });
});

test('a bundle for browsers, with an empty node:crypto, reports it, too', async () => {
  project.write('empty.js', '');
  const builtins = ['crypto', 'util', 'buffer', 'diagnostics_channel'].map(
    (name) => `--alias:node:${name}=./empty.js`,
  );
  const args = ['esbuild', 'import.mjs', '--bundle', '--outfile=browser.js', ...builtins];
  await project.run('npx', ['--no-install', ...args]);
  await expect(project.run(process.execPath, ['browser.js'])).rejects.toThrow(
    'Error: jotkit needs node:crypto, which cannot be loaded here.\n',
  );
});
