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
    dependencies: {
      jotkit: jotkit(),
      esbuild: '0.28.2',
      rolldown: '1.1.5',
      vite: '^7.0.0',
      webpack: '^5.0.0',
    },
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

describe('the client for browsers', () => {
  /** Programs that bundle `page.mjs` into the file that they print. */
  const builds: Record<string, string> = {
    esbuild: `import { build } from 'esbuild';
      const options = { bundle: true, platform: 'browser', outfile: 'page-esbuild.js' };
      await build({ ...options, entryPoints: ['page.mjs'] });
      console.log('page-esbuild.js');`,
    rolldown: `import { build } from 'rolldown';
      const output = { file: 'page-rolldown.js', format: 'iife' };
      await build({ input: 'page.mjs', platform: 'browser', output });
      console.log('page-rolldown.js');`,
    vite: `import { build } from 'vite';
      const lib = { entry: 'page.mjs', formats: ['iife'], name: 'page', fileName: () => 'page.js' };
      await build({ logLevel: 'error', configFile: false, build: { lib, outDir: 'page-vite' } });
      console.log('page-vite/page.js');`,
    webpack: `import webpack from 'webpack';
      const output = { path: import.meta.dirname, filename: 'page-webpack.js' };
      const config = { mode: 'production', target: 'web', entry: './page.mjs', output };
      await new Promise((resolve, reject) => webpack(config, (error, stats) => {
        const found = error ?? stats.toJson().errors[0]?.message;
        if (found) reject(found); else resolve();
      }));
      console.log('page-webpack.js');`,
  };

  const page = `import { createClient, RefreshError } from 'jotkit/client';
    const fetch = async (url) => Response.json({ url, expires_in: 60 });
    const client = createClient({ fetch });
    console.log(typeof client.fetch, new RefreshError(503, 'x').name);`;

  test.each(Object.entries(builds))('runs from a bundle of %s', async (name, text) => {
    project.write('page.mjs', page);
    const built = await project.program(`build-${name}.mjs`, text);
    const file = built.stdout.trim();
    const bundle = readFileSync(join(project.dir, file), 'utf8');
    expect(bundle).not.toMatch(/node:|require\(|createHmac/);
    expect(bundle.length).toBeLessThan(12_000);
    const ran = await project.program('page-ran.cjs', bundle);
    expect(ran.stdout).toBe('function RefreshError\n');
  });

  test('runs as one file without a bundler, and by import and require in Node.js', async () => {
    const dist = join(project.dir, 'node_modules/jotkit/dist');
    project.write('cdn.mjs', readFileSync(join(dist, 'client.mjs'), 'utf8'));
    const { stdout } = await project.program(
      'alone.mjs',
      `import { createRequire } from 'node:module';
      import * as alone from './cdn.mjs';
      import * as imported from 'jotkit/client';
      const required = createRequire(import.meta.url)('jotkit/client');
      for (const { createClient } of [alone, imported, required]) {
        console.log(createClient().signedIn);
      }`,
    );
    expect(stdout).toBe('false\nfalse\nfalse\n');
  });
});
