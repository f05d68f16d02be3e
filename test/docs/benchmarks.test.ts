import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { read, root } from './pages.ts';

interface Quantiles {
  p25: number;
  p50: number;
  p75: number;
}

interface Row {
  work: string;
  name: string;
  about: string;
  unit: string;
  entries: Record<string, Quantiles>;
}

interface Run {
  machine: { node: string };
  versions: Record<string, string>;
  rounds: number;
  rows: Row[];
}

interface Target {
  row: string;
  over: string;
  under: string;
}

async function load<Exports>(name: string): Promise<Exports> {
  return import(pathToFileURL(join(root, 'bench', name)).href);
}

const { pages, withTables } = await load<{
  pages: () => Record<string, string>;
  withTables: (text: string, tables: Record<string, string>) => string;
}>('pages.js');
const { works } = await load<{ works: Record<string, { title: string }> }>('works.js');
const { targets } = await load<{ targets: Target[] }>('targets.js');

function json<Content>(path: string): Content {
  return JSON.parse(read(path));
}

const runs = ['20', '22', '24', '26'].map((major) => {
  return [major, json<Run>(`docs/benchmarks/node${major}.json`)] as const;
});

describe('the pages with figures', () => {
  const expected = pages();

  it.each(Object.keys(expected))('%s shows the figures of the JSON', (path) => {
    expect(read(path), 'run "node bench/pages.js"').toBe(expected[path]);
  });

  it('include every table, each in one place', () => {
    const shown = ['README.md', 'docs/guide/performance.md'].flatMap((path) => {
      return [...read(path).matchAll(/<!-- bench:(\w+) -->\n\n\| /g)].map(([, name]) => name);
    });
    expect(shown.sort()).toEqual(['bare', 'http', 'libraries', 'sizes']);
  });

  it('include no file in docs/benchmarks that was not measured', () => {
    const figures = [
      'http',
      'sessions',
      'sessions-at-scale',
      'sizes',
      ...runs.map(([major]) => `node${major}`),
    ];
    const written = Object.keys(expected).filter((path) => path.startsWith('docs/benchmarks/'));
    const files = [...figures.map((name) => `docs/benchmarks/${name}.json`), ...written];
    const present = readdirSync(join(root, 'docs/benchmarks'));
    expect(present.map((name) => `docs/benchmarks/${name}`).sort()).toEqual(files.sort());
  });

  it('have tables only between markers, and reject a marker without a table', () => {
    const text = 'a\n<!-- bench:one -->\nold\n<!-- /bench -->\nb\n';
    const filled = 'a\n<!-- bench:one -->\n\nnew\n\n<!-- /bench -->\nb\n';
    expect(withTables(text, { one: 'new' })).toBe(filled);
    expect(withTables(filled, { one: 'new' })).toBe(filled);
    expect(() => withTables(text, { two: 'new' })).toThrow('there is no table "one"');
  });

  it('show on the page Performance how often each library verifies and signs', () => {
    const rows = json<Run>('docs/benchmarks/node24.json').rows;
    const names = ['verify HS256', 'verify RS256', 'sign HS256', 'sign RS256'];
    for (const library of ['jotkit', 'fast-jwt', 'jose', 'jsonwebtoken', 'bare crypto']) {
      const rates = names.map((name) => {
        const p25 = rows.find((row) => row.name === name)?.entries[library]?.p25 ?? Number.NaN;
        return Number((1e9 / p25).toPrecision(3)).toLocaleString('en');
      });
      expect(read('docs/guide/performance.md')).toContain(`| ${library} | ${rates.join(' | ')} |`);
    }
  });

  it('show in sessions-at-scale.md the figures of sessions.json', () => {
    type Rate = { perSecond: number; medianMs: number };
    const { results } = json<{ results: Record<string, Record<string, Rate>> }>(
      'docs/benchmarks/sessions.json',
    );
    const shown = read('docs/guide/sessions-at-scale.md');
    for (const crowds of Object.values(results)) {
      const rates = Object.values(crowds).map(({ perSecond }) => perSecond.toLocaleString('en'));
      expect(shown).toContain(`| ${rates.join(' | ')} | ${crowds['16']?.medianMs} ms |`);
    }
    expect(Object.keys(results)).toHaveLength(8);
  });

  it('show in sessions-at-scale.md the figures of sessions-at-scale.json', () => {
    type Rate = { perSecond: number };
    type Figures = { refresh: Rate; trim: Rate; bytesPerSession: number };
    const { results } = json<{ results: Record<string, Record<string, Figures>> }>(
      'docs/benchmarks/sessions-at-scale.json',
    );
    const shown = read('docs/guide/sessions-at-scale.md');
    for (const sizes of Object.values(results)) {
      for (const [size, { refresh, trim, bytesPerSession }] of Object.entries(sizes)) {
        const figures = [Number(size), refresh.perSecond, trim.perSecond];
        const [rows, ...rates] = figures.map((figure) => figure.toLocaleString('en'));
        expect(shown).toContain(`| ${rows} | ${rates.join(' | ')} |`);
        expect(shown).toContain(` ${bytesPerSession.toLocaleString('en')} |`);
      }
    }
    expect(Object.keys(results)).toHaveLength(4);
  });
});

describe.each(runs)('the run on Node.js %s', (major, { machine, versions, rows }) => {
  it('was on this version, with the libraries of the other versions', () => {
    expect(machine.node).toMatch(new RegExp(`^${major}\\.`));
    expect(versions).toEqual(runs[0]?.[1].versions);
    expect(Object.keys(versions)).toHaveLength(5);
  });

  it('has the rows of the other versions, with rows for each kind of work', () => {
    const shape = (of: Row[]) => of.map(({ name, entries }) => [name, Object.keys(entries)]);
    expect(shape(rows)).toEqual(shape(runs[0]?.[1].rows ?? []));
    expect([...new Set(rows.map(({ work }) => work))]).toEqual(Object.keys(works));
  });

  it('explains each row in one line, and has positive figures in order', () => {
    for (const { work, name, about, entries } of rows) {
      expect(about, name).toMatch(/^[^\n]{20,160}\.$/);
      for (const [entry, { p25, p50, p75 }] of Object.entries(entries)) {
        // Differences of two processes can be below zero in a short run.
        if (work !== 'loading') expect(p25, `${name}, ${entry}`).toBeGreaterThan(0);
        expect([p25, p50, p75], `${name}, ${entry}`).toEqual([p25, p50, p75].sort((a, b) => a - b));
      }
    }
  });

  it('has the two entries of every target', () => {
    const missing = targets.filter(({ row, over, under }) => {
      const entries = rows.find(({ name }) => name === row)?.entries;
      return !entries?.[over] || !entries[under];
    });
    expect(missing).toEqual([]);
  });

  it('names nothing of the build before', () => {
    expect(JSON.stringify(rows)).not.toContain(', before');
  });
});

describe('the charts', () => {
  const charts = Object.entries(pages()).filter(([path]) => path.endsWith('.svg'));

  it('are embedded in the page of their version or in the README', () => {
    const embeddedIn = (page: string, folder = '') =>
      [...read(page).matchAll(/\]\((.*\.svg)\)/g)].map(([, name]) => folder + name);
    const embedded = embeddedIn('docs/benchmarks/node24.md', 'docs/benchmarks/');
    const all = [...embedded, ...embeddedIn('README.md')];
    expect(all.sort()).toEqual(charts.map(([path]) => path).sort());
  });

  it('agree with the README: HS256 at least twice as fast as the four other libraries', () => {
    expect(read('README.md')).toContain('twice as fast as the four libraries measured');
    for (const [, { rows }] of runs) {
      const entries = rows.find(({ name }) => name === 'verify HS256')?.entries ?? {};
      const others = Object.entries(entries).filter(([label]) => !/^(jotkit|bare)/.test(label));
      const fastest = Math.min(...others.map(([, { p25 }]) => p25));
      expect(fastest / (entries.jotkit?.p25 ?? Number.NaN)).toBeGreaterThanOrEqual(2);
    }
  });

  it.each(charts)('%s uses colours that every viewer knows, on a background', (_, svg) => {
    expect(svg).not.toMatch(/<style|class=|var\(|currentColor/);
    expect(svg).toMatch(/^<svg [^>]*fill="#[0-9a-f]{6}">\n<rect [^>]*fill="#ffffff"\/>/);
  });

  it('mark bare crypto where it is an entry', () => {
    for (const [path, svg] of charts) {
      const labels = svg.match(/>bare crypto[^<]*</g) ?? [];
      const outlines = svg.match(/stroke-dasharray/g) ?? [];
      expect(outlines.length, path).toBe(labels.length);
      expect(svg.includes('Outlined: bare crypto'), path).toBe(labels.length > 0);
    }
    expect(charts[0]?.[1]).toContain('>bare crypto<');
  });
});
