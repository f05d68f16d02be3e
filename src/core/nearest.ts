/** Finds the name that was misspelt. */

/** Longer strings are not names, and may be secrets. */
const MAX_NAME_LENGTH = 40;

/** Returns the candidate that differs least, in at most a third of its characters; case does not count. */
export function nearest(value: string, candidates: readonly string[]): string | undefined {
  if (value.length > MAX_NAME_LENGTH) return undefined;
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const edits = editDistance(value.toLowerCase(), candidate.toLowerCase());
    if (edits >= least || edits * 3 > candidate.length) continue;
    best = candidate;
    least = edits;
  }
  return best;
}

/** Counts insertions, deletions, replacements and swaps of neighbors (Damerau-Levenshtein). */
function editDistance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= to.length; j++) {
      const isEqual = from[i - 1] === to[j - 1];
      const isSwap = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const swapped = isSwap ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY;
      const replaced = at(i - 1, j - 1) + (isEqual ? 0 : 1);
      row.push(Math.min(replaced, swapped, at(i - 1, j) + 1, at(i, j - 1) + 1));
    }
  }
  return at(from.length, to.length);
}
