/** Writes the pages that show figures, from `docs/benchmarks/*.json` alone: `node bench/pages.js`. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { chart } from './chart.js';
import { bareTable, httpTable, librariesTable, nodePage, sizesTable } from './report.js';
import { works } from './works.js';

const root = dirname(import.meta.dirname);
export const folder = join(root, 'docs', 'benchmarks');

/** The Node.js whose charts are shown. */
const SHOWN = 24;

const read = (path) => readFileSync(join(root, path), 'utf8');
const figures = (name) => JSON.parse(read(`docs/benchmarks/${name}.json`));

/** The texts of all pages and charts, by path. */
export function pages() {
  const majors = readdirSync(folder).flatMap((name) => name.match(/^node(\d+)\.json$/)?.[1] ?? []);
  const runs = majors.sort().map((major) => figures(`node${major}`));
  const files = {};
  for (const [i, run] of runs.entries()) {
    const isShown = Number(majors[i]) === SHOWN;
    files[`docs/benchmarks/node${majors[i]}.md`] = nodePage(run, isShown);
    if (isShown) Object.assign(files, charts(run));
  }
  const tables = {
    libraries: librariesTable(figures(`node${SHOWN}`)),
    bare: bareTable(runs),
    http: httpTable(figures('http')),
    sizes: sizesTable(figures('sizes')),
  };
  for (const path of ['README.md', 'docs/guide/performance.md']) {
    files[path] = withTables(read(path), tables);
  }
  return files;
}

function charts({ rows }) {
  const path = (name) => `docs/benchmarks/node${SHOWN}-${name}.svg`;
  const titled = (title, shown) => chart(`${title}, Node.js ${SHOWN}`, shown);
  const byWork = Object.entries(works).map(([work, { title }]) => {
    return [
      path(work),
      titled(
        title,
        rows.filter((row) => row.work === work),
      ),
    ];
  });
  const usual = rows.filter(({ name }) => ['verify HS256', 'sign HS256'].includes(name));
  return { ...Object.fromEntries(byWork), [path('summary')]: titled('HS256', usual) };
}

/** Puts each table between its markers, `<!-- bench:name -->` and `<!-- /bench -->`. */
export function withTables(text, tables) {
  return text.replace(
    /(<!-- bench:(\w+) -->\n)[\s\S]*?(<!-- \/bench -->)/g,
    (_, start, name, end) => {
      if (!Object.hasOwn(tables, name)) throw new Error(`there is no table "${name}"`);
      return `${start}\n${tables[name]}\n\n${end}`;
    },
  );
}

export function writePages() {
  for (const [path, text] of Object.entries(pages())) writeFileSync(join(root, path), text);
}

if (process.argv[1] === import.meta.filename) writePages();
