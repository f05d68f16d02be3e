/** Measures entries beside each other in one run, and prints each as a multiple of the first. */

import { quantile } from './quantile.js';

/** Returns the ratios by name. Each entry returns, or resolves to, a turn: see `turnOf`. */
export async function printRatios(entries, rounds) {
  const turns = [];
  for (const enter of Object.values(entries)) turns.push(await enter());
  const samples = turns.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < turns.length; i++) {
      // Each round begins with another one: what slows the machine slows all.
      const at = (i + round) % turns.length;
      samples[at].push(await turns[at]());
    }
  }
  const quarters = samples.map((each) => quantile(each, 0.25));
  console.log(`Node.js ${process.versions.node}, µs of CPU time: 25 % quantile of ${rounds} turns`);
  const ratios = {};
  for (const [i, name] of Object.keys(entries).entries()) {
    ratios[name] = quarters[i] / quarters[0];
    const time = (quarters[i] / 1000).toFixed(1).padStart(7);
    console.log(`${name.padEnd(30)} ${time} ${ratios[name].toFixed(2)} ×`);
  }
  return ratios;
}
