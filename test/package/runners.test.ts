/** Test runners that spy on the library, mock it, and stop its clock. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { installed, jotkit, type Project } from './project.ts';

let project: Project;

beforeAll(async () => {
  project = await installed({
    name: 'runners',
    dependencies: { jsonwebtoken: jotkit(), jest: '^30.0.0', sinon: '^21.0.0' },
  });
  project.copy('runners/auth.cjs', 'auth.cjs');
});

/** What jest and vitest write with their JSON reporters. */
interface Report {
  testResults: { message?: string; assertionResults: { title: string; status: string }[] }[];
}

/** Every test that did not pass, the number that did, and what was printed. */
function summary(file: string, printed: string): { passed: number; others: string[] } {
  const { testResults } = JSON.parse(readFileSync(join(project.dir, file), 'utf8')) as Report;
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  const others = results.filter(({ status }) => status !== 'passed');
  if (others.length > 0) console.error(printed);
  return {
    passed: results.length - others.length,
    others: others.map(({ title, status }) => `${title}: ${status}`),
  };
}

/** The output of a runner, also of one that fails: its report says which test it was. */
async function printed(args: string[]): Promise<string> {
  const { stdout, stderr } = await project
    .run(process.execPath, args)
    .catch((error: Error) => ({ stdout: '', stderr: error.message }));
  return stdout + stderr;
}

describe('Jest, as it comes, in a CommonJS project', () => {
  test.each([
    ['spies with jest.spyOn', 'spies', 7],
    ['mocks the whole module', 'automock', 4],
    ['mocks one function through a factory', 'partial-mock', 1],
    ['stops and moves the clock', 'timers', 7],
    ['runs the library in a realm of its own', 'realm', 15],
  ])('%s', async (_title, name, passed) => {
    project.copy(`runners/jest-${name}.cjs`, `jest-${name}.test.js`);
    const args = ['node_modules/jest/bin/jest.js', `jest-${name}.test.js`];
    const output = await printed([...args, '--json', `--outputFile=${name}.json`]);
    expect(summary(`${name}.json`, output)).toEqual({ passed, others: [] });
  });
});

describe('Vitest', () => {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest')), 'vitest.mjs');

  test.each([
    ['spies with vi.spyOn, and stops the clock', 'spies', 3],
    ['mocks the whole module', 'automock', 1],
    ['mocks one function through a factory', 'mock', 1],
  ])('%s', async (_title, name, passed) => {
    project.copy(`runners/vitest-${name}.mjs`, `vitest-${name}.test.mjs`);
    const args = ['run', '--root', project.dir, '--globals', `vitest-${name}.test.mjs`];
    const report = ['--reporter=json', `--outputFile=vitest-${name}.json`];
    const output = await printed([vitest, ...args, ...report]);
    expect(summary(`vitest-${name}.json`, output)).toEqual({ passed, others: [] });
  });
});

describe('node:test', () => {
  test.each([
    ['with mock.method and mock.timers', 'node-test.cjs', 3],
    ['with mock.method in an ES module', 'node-test-esm.mjs', 1],
    ['with stubs and fake timers of sinon', 'sinon.cjs', 5],
  ])('%s', async (_title, file, passed) => {
    project.copy(`runners/${file}`, file);
    const { stdout } = await project.run(process.execPath, ['--test-reporter=tap', file]);
    expect(stdout).toContain(`\n# pass ${passed}\n# fail 0\n`);
  });
});
