/** Tables in Markdown, from the figures in `docs/benchmarks/*.json`. */

import { checkTargets } from './targets.js';
import { works } from './works.js';

/** What the contender of this name is, in one line. */
const BARE =
  '"bare crypto" makes the same calls of `node:crypto` without a JWT library and checks no header and no claim.';

/** A page with every row. The charts are embedded if there are some. */
export function nodePage({ machine, versions, rounds, rows }, hasCharts) {
  const { node, cpu, cores, platform } = machine;
  const major = Number.parseInt(node, 10);
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const parts = [
    `# Measured on Node.js ${node}`,
    `${cpu}, ${cores} cores, ${platform}; ${rounds} rounds; ${packages.join(', ')}.`,
    `Written by \`npm run bench\`. Figures are CPU time per call, unless a row says otherwise: the 25 % quantile of all
rounds, then the median and the 75 % quantile. Trust the ratios more than the times. "jotkit" is \`createVerifier\` and
\`createSigner\`, "jsonwebtoken API" is \`verify\` and \`sign\`.
${BARE}`,
    '## Targets',
    table(
      ['row', 'entries', 'ratio', 'aim', ''],
      checkTargets(rows, major).map((target) => {
        const { row, over, under, ratio, isMet } = target;
        const met = isMet ? 'met' : 'missed';
        return [row, `${over} ÷ ${under}`, asRatio(ratio), asBound(target), met];
      }),
    ),
  ];
  for (const [work, { title }] of Object.entries(works)) {
    parts.push(`## ${title}`);
    if (hasCharts) parts.push(`![${title}](node${major}-${work}.svg)`);
    for (const row of rows.filter((row) => row.work === work)) parts.push(row.about, rowTable(row));
  }
  return `${parts.join('\n\n')}\n`;
}

function rowTable({ name, unit, entries }) {
  const [first] = Object.values(entries);
  const lines = Object.entries(entries).map(([label, { p25, p50, p75 }]) => {
    return [label, p25, asRatio(p25 / first.p25), p50, p75];
  });
  return table([name, unit, '×', 'median', '75 %'], lines);
}

/** Calls per second with each library, for the README. */
export function librariesTable({ machine, rows }) {
  const shown = ['verify HS256', 'verify RS256', 'sign HS256', 'sign RS256'];
  const entries = shown.map((name) => rows.find((row) => row.name === name).entries);
  const lines = Object.keys(entries[0]).map((label) => {
    return [label, ...entries.map((of) => perSecond(of[label].p25))];
  });
  const node = Number.parseInt(machine.node, 10);
  return `${table([`calls per second, Node.js ${node}`, ...shown], lines)}\n\n${BARE}`;
}

/** Every ratio of jotkit and bare crypto that has a target, on each Node.js that was measured. */
export function bareTable(runs) {
  const ratios = runs.map(({ machine, rows }) => {
    const major = Number.parseInt(machine.node, 10);
    const targets = checkTargets(rows, major).filter(({ under }) => under === 'bare crypto');
    return { major, ratios: Object.fromEntries(targets.map(({ row, ratio }) => [row, ratio])) };
  });
  const lines = Object.keys(ratios[0].ratios).map((row) => {
    return [row, ...ratios.map(({ ratios }) => asRatio(ratios[row]))];
  });
  return table(['jotkit ÷ bare crypto', ...ratios.map(({ major }) => `Node.js ${major}`)], lines);
}

export function httpTable({ rows }) {
  const names = { express: 'Express', fastify: 'Fastify', koa: 'Koa', hono: 'Hono' };
  const lines = rows.map(({ framework, peer, ratio }) => [
    names[framework],
    peer,
    ratio.toFixed(2),
  ]);
  return table(['framework', 'compared with', 'requests, ×'], lines);
}

export function sizesTable({ machine, results }) {
  const lines = Object.entries(results).map(([name, it]) => {
    const bundle = `${(it.bundleGzipBytes / 1000).toFixed(1)} kB`;
    return [name, it.dependencies, bundle, `${it.importMs.median} ms`];
  });
  const node = Number.parseInt(machine.node.slice(1), 10);
  return table(['library', 'dependencies', 'bundle', `import, Node.js ${node}`], lines);
}

export function asRatio(ratio) {
  return ratio >= 100 ? ratio.toFixed(0) : ratio.toPrecision(3);
}

export function asBound({ bound, isLeast }) {
  return `${isLeast ? '≥' : '≤'} ${Number(bound.toFixed(2))}`;
}

/** Three digits. */
function perSecond(nanoseconds) {
  return Number((1e9 / nanoseconds).toPrecision(3)).toLocaleString('en');
}

function table(head, lines) {
  const rule = head.map((_, i) => (i === 0 ? '---' : '--:'));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
