import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { read, root } from './snippets.ts';

type Report = (results: object) => Record<string, string>;

const { reportFiles }: { reportFiles: Report } = await import(
  pathToFileURL(join(root, 'bench/report.js')).href
);

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

  it('have no tables and charts beside those', () => {
    const majors = measured.map((name) => name.replace('.json', ''));
    const others = files.filter((name) => /^node\d/.test(name));
    expect(others.filter((name) => !majors.includes(name.split(/[-.]/)[0] ?? ''))).toEqual([]);
  });
});
