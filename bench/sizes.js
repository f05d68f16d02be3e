/**
 * Measures what a JWT library costs before its first call: bytes, dependencies, and the CPU time to load it.
 *
 * Packs the library as npm publishes it. The peers are those of package.json beside this file. Prints a table and
 * writes docs/benchmarks/sizes.json. Set ROUNDS=101 to measure the time more often.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { installPacked } from './packed.js';
import { quantile } from './quantile.js';
import { loadTime } from './work/loading.js';

const bench = import.meta.dirname;
const root = dirname(bench);
const rounds = Number(process.env.ROUNDS ?? 31);

/** Code that signs, verifies and decodes with each library. */
const programs = {
  jotkit: `import { sign, verify, decode } from 'jotkit'; console.log(sign, verify, decode);`,
  jsonwebtoken: `import jwt from 'jsonwebtoken'; console.log(jwt.sign, jwt.verify, jwt.decode);`,
  jose: `import { SignJWT, jwtVerify, decodeJwt } from 'jose'; console.log(SignJWT, jwtVerify, decodeJwt);`,
  'fast-jwt': `import { createSigner, createVerifier, createDecoder } from 'fast-jwt'; console.log(createSigner, createVerifier, createDecoder);`,
};
const names = Object.keys(programs);

const verifierOnly = `import { createVerifier } from 'jotkit'; console.log(createVerifier);`;

installPacked();
const times = timesToLoad();
const results = {};
for (const name of names) {
  const packages = closureOf(name);
  results[name] = {
    version: manifestOf(packages[0]).version,
    dependencies: packages.length - 1,
    unpackedBytes: sizeOf(packages[0]),
    unpackedBytesWithDependencies: packages.map(sizeOf).reduce((sum, size) => sum + size),
    bundleGzipBytes: await bundleSize(programs[name]),
    importMs: times.import[name],
    requireMs: times.require[name],
  };
}
results.jotkit.verifierGzipBytes = await bundleSize(verifierOnly);
report();

function manifestOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/** The folder of a package and those of all it depends on. */
function closureOf(name) {
  const found = new Set();
  const visit = (folder) => {
    if (found.has(folder)) return;
    found.add(folder);
    for (const dependency of Object.keys(manifestOf(folder).dependencies ?? {})) {
      visit(find(dependency, folder));
    }
  };
  visit(find(name, bench));
  return [...found];
}

function find(name, from) {
  const folder = join(from, 'node_modules', name);
  if (existsSync(folder)) return folder;
  if (from === bench) throw new Error(`${name} is not installed`);
  return find(name, dirname(from));
}

function sizeOf(folder) {
  let size = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    size += entry.isDirectory() ? sizeOf(path) : statSync(path).size;
  }
  return size;
}

async function bundleSize(program) {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: bench },
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    write: false,
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

/** Interleaves libraries and ways to load them, so that other work of the machine slows all alike. */
function timesToLoad() {
  const contenders = names.flatMap((name) => [
    { way: 'import', name, samples: [] },
    { way: 'require', name, samples: [] },
  ]);
  for (let round = -2; round < rounds; round++) {
    for (const { way, name, samples } of contenders) {
      const time = loadTime(way, name);
      // The first rounds fill the caches of the file system.
      if (round >= 0) samples.push(time);
    }
  }
  const times = { import: {}, require: {} };
  for (const { way, name, samples } of contenders) {
    const [low, median, high] = [0.25, 0.5, 0.75].map((q) => rounded(quantile(samples, q)));
    times[way][name] = { median, quartiles: [low, high] };
  }
  return times;
}

function rounded(milliseconds) {
  return Number(milliseconds.toFixed(1));
}

function report() {
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
  console.table(
    Object.fromEntries(
      Object.entries(results).map(([name, it]) => [
        `${name} ${it.version}`,
        {
          dependencies: it.dependencies,
          unpacked: kilobytes(it.unpackedBytes),
          'with dependencies': kilobytes(it.unpackedBytesWithDependencies),
          'bundle, gzip': kilobytes(it.bundleGzipBytes),
          'import, ms': it.importMs.median,
          'require, ms': it.requireMs.median,
        },
      ]),
    ),
  );
  const { jotkit, jsonwebtoken } = results;
  const third = (way) => jotkit[way].median * 3 <= jsonwebtoken[way].median;
  const goals = {
    'sign, verify and decode in at most 16 kB': jotkit.bundleGzipBytes <= 16_000,
    'createVerifier in at most 13.5 kB': jotkit.verifierGzipBytes <= 13_500,
    'no dependencies': jotkit.dependencies === 0,
    'import in a third of the time of jsonwebtoken': third('importMs'),
    'require in a third of the time of jsonwebtoken': third('requireMs'),
  };
  for (const [goal, met] of Object.entries(goals)) console.log(met ? 'met:   ' : 'missed:', goal);

  const [cpu] = cpus();
  const machine = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpu?.model,
    cores: cpus().length,
  };
  const folder = join(root, 'docs', 'benchmarks');
  mkdirSync(folder, { recursive: true });
  const text = JSON.stringify({ machine, rounds, results, goals }, null, 2);
  writeFileSync(join(folder, 'sizes.json'), `${text}\n`);
}
