import { race } from './race.js';
import { createTasks } from './task.js';

process.env.JOTKIT_BENCH_TASKS = JSON.stringify(createTasks());
const [node, rounds, ...want] = process.argv.slice(2);
for (const file of ['verify', 'sign', 'decode', 'payload', 'refuse']) {
  const path = import.meta.dirname + `/work/${file}.js`;
  const { rows } = await import(path);
  for (const row of rows) {
    if (
      want.length &&
      !want.some((w) => row.name === w || (w.endsWith('*') && row.name.startsWith(w.slice(0, -1))))
    )
      continue;
    const s = await race(path, row, {
      node: node === '-' ? process.execPath : node,
      rounds: +rounds,
    });
    console.log(row.name);
    const first = Object.keys(s)[0];
    const med = (a) => [...a].sort((x, y) => x - y)[a.length >> 1];
    for (const [n, a] of Object.entries(s))
      console.log(
        '  ',
        n.padEnd(26),
        med(a).toFixed(0).padStart(9),
        '×',
        med(a.map((v, i) => v / s[first][i])).toFixed(2),
      );
  }
}
