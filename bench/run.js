/** Measures the library beside its peers: `npm run bench -- [--quick] [--node path] [row …]`. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { installPacked } from './packed.js';
import { median, quantile } from './quantile.js';
import { race } from './race.js';
import { reportFiles, works } from './report.js';
import { judge } from './targets.js';
import { createTasks } from './task.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    node: { type: 'string', default: process.execPath },
    rounds: { type: 'string' },
  },
});
const { quick, node } = values;
const rounds = Number(values.rounds ?? (quick ? 5 : 31));
const bench = import.meta.dirname;
const folder = join(dirname(bench), 'docs', 'benchmarks');

process.env.JOTKIT_BENCH_TASKS = JSON.stringify(createTasks());
installPacked();
const version = execFileSync(node, ['--version']).toString().trim();
const major = Number.parseInt(version.slice(1), 10);
console.log(`Node.js ${version}, ${cpus()[0]?.model}, ${cpus().length} cores, ${rounds} rounds`);

const results = [];
for (const work of Object.keys(works)) {
  const file = join(bench, 'work', `${work}.js`);
  const { rows } = await import(file);
  for (const row of wanted(rows)) {
    const samples = await race(file, row, { node, rounds: Math.min(rounds, row.rounds ?? rounds) });
    const result = { work, name: row.name, unit: row.unit, samples, entries: summary(samples) };
    results.push(result);
    print(result);
  }
}

const targets = judge(results, major);
console.log('\nTargets');
for (const { work, bound, ratio, isMet } of targets) {
  console.log(`  ${isMet ? 'met   ' : 'missed'} ${work}: ${ratio}, target ${bound}`);
}
if (!quick && positionals.length === 0) write();

/** All rows; the named ones; or, in a hurry, the first of each kind of work. */
function wanted(rows) {
  if (positionals.length > 0) return rows.filter(({ name }) => positionals.includes(name));
  return quick ? rows.slice(0, 1) : rows;
}

function summary(samples) {
  const rounded = (sample) => Number(sample.toPrecision(4));
  return Object.fromEntries(
    Object.entries(samples).map(([name, of]) => {
      const quartiles = [0.25, 0.75].map((q) => rounded(quantile(of, q)));
      return [name, { median: rounded(median(of)), quartiles }];
    }),
  );
}

/** A row as soon as it is there: so one sees how far it is. */
function print({ name, unit, entries }) {
  const [[, first]] = Object.entries(entries);
  console.log(`\n${name}, ${unit}`);
  for (const [label, { median, quartiles }] of Object.entries(entries)) {
    const [low, high] = quartiles.map(String);
    const times = `${(median / first.median).toFixed(2)}×`;
    console.log(
      `  ${label.padEnd(26)}${String(median).padStart(10)}${times.padStart(10)}   ${low} – ${high}`,
    );
  }
}

function write() {
  const names = ['jotkit', 'fast-jwt', '@node-rs/jsonwebtoken', 'jose', 'jsonwebtoken'];
  const versionOf = (name) => {
    return JSON.parse(readFileSync(join(bench, 'node_modules', name, 'package.json'))).version;
  };
  const machine = {
    node: version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model,
    cores: cpus().length,
  };
  const versions = Object.fromEntries(names.map((name) => [name, versionOf(name)]));
  const rows = results.map(({ samples, ...row }) => row);
  const report = { machine, versions, rounds, targets, rows };
  const json = { [`node${major}.json`]: `${JSON.stringify(report, null, 2)}\n` };
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries({ ...json, ...reportFiles(report) })) {
    writeFileSync(join(folder, name), text);
  }
  console.log(`\nWritten to docs/benchmarks/node${major}.*`);
}
