/** The program of the package, as npm installs it. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installed, jotkit, type Output, type Project } from './project.ts';
import { type Runtime, runtimes } from './runtimes.ts';

const ADDED = 'Added JWT_SECRET, JWT_REFRESH_SECRET, JWT_PRIVATE_KEY and JWT_PUBLIC_KEY to .env.\n';
const PROGRAM = 'node_modules/jotkit/dist/cli.cjs';

/** Signs and verifies with every variable. */
const usesKeys = `
const { createSigner, createVerifier } = require('jotkit');
const { JWT_SECRET, JWT_REFRESH_SECRET, JWT_PRIVATE_KEY, JWT_PUBLIC_KEY } = process.env;
const pairs = [
  [JWT_SECRET, JWT_SECRET, 'HS256'],
  [JWT_REFRESH_SECRET, JWT_REFRESH_SECRET, 'HS256'],
  [JWT_PRIVATE_KEY, JWT_PUBLIC_KEY, 'EdDSA'],
];
for (const [key, publicKey, algorithm] of pairs) {
  const token = createSigner(key, { algorithm })({ sub: 'ada' });
  console.log(createVerifier(publicKey, { algorithms: [algorithm] })(token).sub);
}
`;
const USED = 'ada\nada\nada\n';

let project: Project;

beforeAll(async () => {
  const packages = runtimes.map((runtime) => runtime.packages);
  project = await installed({
    name: 'command-line',
    dependencies: Object.assign({ jotkit: jotkit(), dotenv: '17.2.3' }, ...packages),
  });
  project.write('keys.cjs', usesKeys);
});

afterAll(() => project?.remove());

const npx = (...args: string[]) => project.run('npx', ['--no-install', 'jotkit', ...args]);

/** For its owner only: otherwise keygen warns. */
function writeEnv(text: string): void {
  writeFileSync(join(project.dir, '.env'), text, { mode: 0o600 });
}

it('runs by the command of the documentation', async () => {
  writeEnv('PORT=3000');
  expect(await npx('keygen')).toEqual({ stdout: ADDED, stderr: '' });
  expect(readFileSync(join(project.dir, '.env'), 'utf8')).toMatch(/^PORT=3000\nJWT_SECRET=/);
  await expect(npx('keygen')).rejects.toThrow('error: .env already sets JWT_SECRET, ');
});

it('prints the version of the package', async () => {
  const { version } = JSON.parse(
    readFileSync(join(project.dir, 'node_modules/jotkit/package.json'), 'utf8'),
  );
  expect((await npx('--version')).stdout).toBe(`${version}\n`);
});

it('cannot be imported', async () => {
  const importing = project.program('program.mjs', `import 'jotkit/cli';`);
  await expect(importing).rejects.toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
});

it('writes what dotenv reads', async () => {
  writeEnv('');
  await npx('keygen');
  const args = ['--require', 'dotenv/config', 'keys.cjs'];
  const { stdout } = await project.run(process.execPath, args, { DOTENV_CONFIG_QUIET: 'true' });
  expect(stdout).toBe(USED);
});

describe.each(runtimes)('in $name $version', (runtime) => {
  it('writes a file that the runtime reads', async () => {
    writeEnv('');
    expect(await runIn(runtime, [], PROGRAM, 'keygen')).toEqual({ stdout: ADDED, stderr: '' });
    expect((await runIn(runtime, ['--env-file=.env'], 'keys.cjs')).stdout).toBe(USED);
  });
});

/** Runs a file with options of the runtime and arguments of its own. */
function runIn(
  runtime: Runtime,
  options: string[],
  file: string,
  ...own: string[]
): Promise<Output> {
  const [program, ...args] = runtime.command(file);
  const all = [...args.slice(0, -1), ...options, file, ...own];
  return project.run(join(project.dir, program), all);
}
