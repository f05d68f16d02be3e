/** The measured rates that Home shows. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const MAJOR = 24;
const shown = ['verify HS256', 'verify RS256'];
const libraries = ['jotkit', 'fast-jwt', '@node-rs/jsonwebtoken', 'jose', 'jsonwebtoken'];

export interface Rates {
  /** The version of Node.js. */
  node: string;
  cpu: string;
  rows: Array<{ name: string; bars: Array<{ library: string; perSecond: number }> }>;
}

interface Run {
  machine: { node: string; cpu: string };
  rows: Array<{ name: string; entries: Record<string, { p25: number }> }>;
}

export function readRates(): Rates {
  const path = join(import.meta.dirname, `../benchmarks/node${MAJOR}.json`);
  const { machine, rows }: Run = JSON.parse(readFileSync(path, 'utf8'));
  return {
    node: machine.node,
    cpu: machine.cpu,
    rows: shown.map((name) => {
      const entries = rows.find((row) => row.name === name)?.entries ?? {};
      const bars = libraries.map((library) => ({ library, perSecond: rate(entries[library]) }));
      return { name, bars };
    }),
  };
}

/** Replaces `{HS256}` by how many times as many HS256 tokens jotkit verifies as jsonwebtoken. */
export function withRatios(text: string): string {
  const { node, rows } = readRates();
  return rows.reduce(
    (result, { name, bars }) => {
      const of = (wanted: string) => bars.find(({ library }) => library === wanted)?.perSecond ?? 0;
      const ratio = of('jotkit') / of('jsonwebtoken');
      return result.replace(`{${name.replace('verify ', '')}}`, ratio.toPrecision(2));
    },
    text.replace('{node}', node),
  );
}

function rate(entry: { p25: number } | undefined): number {
  if (!entry) throw new Error('a library of the chart has no figure');
  return Number((1e9 / entry.p25).toPrecision(3));
}
