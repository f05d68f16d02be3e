/**
 * Measures the library beside its peers and writes `docs/benchmarks/`.
 *
 *   npm run bench -- [--quick] [--rounds 21] [--nodes 20,22,24,26 | --node path] [--before folder] [row …]
 *
 * `--quick` measures the first row of each kind of work. `--before` adds another build, a folder with `dist/` and
 * `package.json`. These two, and named rows, write no file.
 */

import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { beforeFolder } from './contenders.js';
import { installNode, installPacked } from './packed.js';
import { folder, writePages } from './pages.js';
import { quantile } from './quantile.js';
import { asBound, asRatio } from './report.js';
import { checkTargets } from './targets.js';
import { works } from './works.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    node: { type: 'string', default: process.execPath },
    nodes: { type: 'string' },
    before: { type: 'string' },
    rounds: { type: 'string' },
  },
});
const { quick, before } = values;
const rounds = Number(values.rounds ?? (quick ? 5 : 21));
const bench = import.meta.dirname;

installPacked();
rmSync(beforeFolder, { force: true });
if (before) symlinkSync(resolve(before), beforeFolder, 'junction');

const runtimes = (values.nodes?.split(',').map(installNode) ?? [values.node]).map((program) => {
  const version = execFileSync(program, ['--version']).toString().trim().slice(1);
  return { program, version, major: Number.parseInt(version, 10), rows: [] };
});
const versions = runtimes.map(({ version }) => version).join(', ');
console.log(`Node.js ${versions}; ${cpus()[0]?.model}, ${cpus().length} cores, ${rounds} rounds`);

for (const work of Object.keys(works)) {
  const file = join(bench, 'work', `${work}.js`);
  const { rows } = await import(file);
  for (const row of selected(rows)) {
    const about = row.about ?? works[work].about;
    console.log(`\n${row.name}, ${row.unit}\n  ${about}`);
    // All versions measure a row before the next row: what slows the machine slows all.
    for (const runtime of runtimes) {
      const entries = summary(await samplesOf(file, row, runtime.program));
      print(entries, runtime);
      runtime.rows.push({ work, name: row.name, about, unit: row.unit, entries });
    }
  }
}
const unknown = positionals.filter((name) => !runtimes[0].rows.some((row) => row.name === name));
if (unknown.length > 0) throw new Error(`there is no row "${unknown.join('", "')}"`);
for (const runtime of runtimes) printTargets(runtime);
if (!quick && !before && positionals.length === 0) write();

/** All rows, those named, or with `--quick` the first of each kind of work. */
function selected(rows) {
  if (positionals.length > 0) return rows.filter(({ name }) => positionals.includes(name));
  return quick ? rows.slice(0, 1) : rows;
}

/** One process measures all entries of a row. */
async function samplesOf(file, row, execPath) {
  const args = [file, row.name, String(Math.min(rounds, row.rounds ?? rounds))];
  const execArgv = ['--expose-gc', ...(row.flags ?? [])];
  const child = fork(join(bench, 'runner.js'), args, { execPath, execArgv });
  const end = once(child, 'exit').then(([code]) => {
    throw new Error(`${row.name}: the process exited with code ${code}`);
  });
  const [samples] = await Promise.race([once(child, 'message'), end]);
  return samples;
}

function summary(samples) {
  const at = (of, q) => Number(quantile(of, q).toPrecision(4));
  return Object.fromEntries(
    Object.entries(samples).map(([name, of]) => {
      return [name, { p25: at(of, 0.25), p50: at(of, 0.5), p75: at(of, 0.75) }];
    }),
  );
}

function print(entries, { version }) {
  const [first] = Object.values(entries);
  console.log(`  ${`Node.js ${version}`.padEnd(38)}  25 %      ×        50 %      75 %`);
  for (const [label, { p25, p50, p75 }] of Object.entries(entries)) {
    const ratio = (p25 / first.p25).toFixed(2);
    const columns = [p25, ratio, p50, p75].map((cell) => String(cell).padStart(10));
    console.log(`  ${label.padEnd(34)}${columns.join('')}`);
  }
}

function printTargets({ version, major, rows }) {
  console.log(`\nTargets, Node.js ${version}`);
  for (const target of checkTargets(rows, major)) {
    const { row, over, under, ratio, isMet } = target;
    const met = isMet ? 'met   ' : 'missed';
    console.log(`  ${met} ${row}: ${over} ÷ ${under} = ${asRatio(ratio)}, aim ${asBound(target)}`);
  }
}

function write() {
  const names = ['jotkit', 'fast-jwt', '@node-rs/jsonwebtoken', 'jose', 'jsonwebtoken'];
  const versionOf = (name) => {
    return JSON.parse(readFileSync(join(bench, 'node_modules', name, 'package.json'))).version;
  };
  const versions = Object.fromEntries(names.map((name) => [name, versionOf(name)]));
  for (const { version, major, rows } of runtimes) {
    const machine = {
      node: version,
      platform: `${process.platform} ${process.arch}`,
      cpu: cpus()[0]?.model,
      cores: cpus().length,
    };
    const text = JSON.stringify({ machine, versions, rounds, rows }, null, 2);
    writeFileSync(join(folder, `node${major}.json`), `${text}\n`);
  }
  writePages();
  console.log('\nWritten to docs/benchmarks, docs/guide/performance.md and README.md');
}
