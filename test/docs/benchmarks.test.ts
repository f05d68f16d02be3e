import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { read, root } from './snippets.ts';

type Report = (results: object) => Record<string, string>;

const { reportFiles }: { reportFiles: Report } = await import(
  pathToFileURL(join(root, 'bench/report.js')).href
);

type Size = { dependencies: number; bundleGzipBytes: number; importMs: { median: number } };
type Rate = { perSecond: number; medianMs: number };

function json<Content>(name: string): Content {
  return JSON.parse(read(`docs/benchmarks/${name}.json`));
}

const files = readdirSync(join(root, 'docs/benchmarks'));
const measured = files.filter((name) => /^node\d+\.json$/.test(name));

describe('the benchmarks', () => {
  it('were run on the oldest Node.js that is supported, and on a newer one', () => {
    expect(measured).toContain('node20.json');
    expect(measured.length).toBeGreaterThan(1);
  });

  it.each(measured)('show in tables and charts what %s says', (name) => {
    const report = reportFiles(JSON.parse(read(`docs/benchmarks/${name}`)));
    for (const [file, text] of Object.entries(report)) {
      expect(read(`docs/benchmarks/${file}`)).toBe(text);
    }
  });

  it('show on the page about performance what http.json and sizes.json say', () => {
    const { rows } = json<{ rows: Array<{ framework: string; peer: string; ratio: number }> }>(
      'http',
    );
    const { results } = json<{ results: Record<string, Size> }>('sizes');
    const shown = read('docs/guide/performance.md');
    for (const { framework, peer, ratio } of rows) {
      expect(shown.toLowerCase()).toContain(`| ${framework} | ${peer} | ${ratio.toFixed(2)} |`);
    }
    for (const [name, { dependencies, bundleGzipBytes, importMs }] of Object.entries(results)) {
      const bundle = (bundleGzipBytes / 1000).toFixed(1);
      expect(shown).toContain(
        `| ${name} | ${dependencies} | ${bundle} kB | ${importMs.median} ms |`,
      );
    }
    expect([rows.length, Object.keys(results).length]).toEqual([4, 4]);
  });

  it('show on the page about sessions what sessions.json says', () => {
    const { results } = json<{ results: Record<string, Record<string, Rate>> }>('sessions');
    const shown = read('docs/guide/operating-sessions.md');
    for (const crowds of Object.values(results)) {
      const rates = Object.values(crowds).map(({ perSecond }) => perSecond.toLocaleString('en'));
      expect(shown).toContain(`| ${rates.join(' | ')} | ${crowds['16']?.medianMs} ms |`);
    }
    expect(Object.keys(results)).toHaveLength(8);
  });

  it('have no tables and charts beside those', () => {
    const majors = measured.map((name) => name.replace('.json', ''));
    const others = files.filter((name) => /^node\d/.test(name));
    expect(others.filter((name) => !majors.includes(name.split(/[-.]/)[0] ?? ''))).toEqual([]);
  });
});
