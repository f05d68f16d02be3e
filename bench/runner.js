/** The process of one row: prepares its contenders, which then take turns. Sends all samples to the parent. */

const [file, name, rounds] = process.argv.slice(2);
const { rows } = await import(file);
const { entries } = rows.find((row) => row.name === name);

const turns = [];
for (const [label, prepare] of Object.entries(entries)) turns.push([label, await prepare()]);

const samples = Object.fromEntries(turns.map(([label]) => [label, []]));
for (let round = 0; round < Number(rounds); round++) {
  for (const [label, turn] of turns) samples[label].push(await turn());
  // The next round begins with another contender.
  turns.push(turns.shift());
}
process.send(samples, () => process.exit());
