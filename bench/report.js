/** The results of a run as files: tables and charts, from the JSON alone. */

import { chart } from './chart.js';

/** What each kind of work is called in tables and charts. */
export const works = {
  verify: 'Verify a token',
  sign: 'Sign a token',
  decode: 'Read a token without verifying it',
  'key-set': 'Verify by a key set',
  payload: 'HS256 as the payload grows',
  refuse: 'Refuse a token beside accepting one',
  'event-loop': 'Delay of the event loop while RS256 tokens are signed',
  threads: 'HS256 in worker threads',
  loading: 'Load the library',
};

/** Texts by file name. */
export function reportFiles(results) {
  const major = Number.parseInt(results.machine.node.slice(1), 10);
  const files = { [`node${major}.md`]: tables(results) };
  for (const [work, title] of Object.entries(works)) {
    const rows = results.rows.filter((row) => row.work === work);
    files[`node${major}-${work}.svg`] = chart(`${title}, Node.js ${major}`, rows);
  }
  return files;
}

function tables({ machine, versions, rounds, targets, rows }) {
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const parts = [
    `# Measured on Node.js ${machine.node.slice(1)}`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.platform}; ${rounds} rounds; ${packages.join(', ')}.`,
    'Written by `npm run bench`. Times are medians of the time that a process worked, with quartiles; trust the ratios more than the times.',
    '## Targets',
    table(
      ['work', 'ratio', 'target', ''],
      targets.map(({ work, ratio, bound, isMet }) => [
        work,
        ratio,
        bound,
        isMet ? 'met' : 'missed',
      ]),
    ),
  ];
  for (const [work, title] of Object.entries(works)) {
    parts.push(`## ${title}`);
    for (const row of rows.filter((row) => row.work === work)) {
      const lines = Object.entries(row.entries).map(([name, { median, quartiles }]) => {
        return [name, median, quartiles.join(' – ')];
      });
      parts.push(table([row.name, `${row.unit}`, 'quartiles'], lines));
    }
  }
  return `${parts.join('\n\n')}\n`;
}

function table(head, lines) {
  const rule = head.map((_, i) => (i === 0 ? '---' : '--:'));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
