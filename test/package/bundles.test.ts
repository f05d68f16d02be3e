/** What bundlers make of the package: it runs in either format, without what is not used. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as source from '../../src/index.ts';
import { installed, jotkit, type Project } from './project.ts';

let project: Project;

beforeAll(async () => {
  project = await installed({
    name: 'bundles',
    type: 'module',
    dependencies: { jotkit: jotkit(), esbuild: '0.28.2', rolldown: '1.1.5' },
  });
});

afterAll(() => project?.remove());

const bundlers: Record<string, (from: string, to: string, format: 'esm' | 'cjs') => string[]> = {
  esbuild: (from, to, format) => [
    'esbuild',
    from,
    '--bundle',
    '--platform=node',
    `--format=${format}`,
    `--outfile=${to}`,
  ],
  rolldown: (from, to, format) => [
    'rolldown',
    from,
    '--platform=node',
    `--format=${format}`,
    '-o',
    to,
  ],
};

const programs = {
  named: `import { sign, verify } from 'jotkit';
    const secret = 'a secret of thirty-two bytes or more';
    console.log(JSON.stringify(verify(sign({ sub: 'ada', iat: 1 }, secret), secret)));`,
  default: `import jwt from 'jotkit';
    jwt.sign = () => ({ sub: 'ada', iat: 1 });
    console.log(JSON.stringify(jwt.sign()));`,
};

describe.each(Object.keys(bundlers))('%s', (bundler) => {
  async function bundle(name: string, text: string, format: 'esm' | 'cjs'): Promise<string> {
    const result = `${bundler}-${name}.${format === 'esm' ? 'mjs' : 'cjs'}`;
    const entry = name === 'required' ? `${name}.cjs` : `${name}.mjs`;
    project.write(entry, text);
    const args = bundlers[bundler]?.(entry, result, format) ?? [];
    await project.run('npx', ['--no-install', ...args]);
    return result;
  }

  test.each([
    ['esm', 'named'],
    ['esm', 'default'],
    ['cjs', 'named'],
    ['cjs', 'default'],
  ] as const)('makes an %s bundle of the %s import that runs alone', async (format, name) => {
    const result = await bundle(name, programs[name], format);
    const { stdout } = await project.run(process.execPath, [result]);
    expect(JSON.parse(stdout)).toEqual({ sub: 'ada', iat: 1 });
    expect(readFileSync(join(project.dir, result), 'utf8')).not.toContain(`from "jotkit"`);
  });

  test('leaves out the prepared calls where only the classic ones are used', async () => {
    const text = readFileSync(
      join(project.dir, await bundle('named', programs.named, 'esm')),
      'utf8',
    );
    expect(text).toContain('jwt malformed');
    expect(text).not.toContain('function createSigner');
    expect(text).not.toContain('function createVerifier');
  });

  test('finds every name in one object where the library is required', async () => {
    const text = `const jwt = require('jotkit');
      console.log(JSON.stringify(Object.keys(jwt).filter((name) => name !== 'default').sort()));`;
    const result = await bundle('required', text, 'cjs');
    const { stdout } = await project.run(process.execPath, [result]);
    expect(JSON.parse(stdout)).toEqual(Object.keys(source).sort());
  });
});
