/** Breaks text into lines of a terminal. */

/** Characters that take two columns: East Asian scripts and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Breaks at spaces, and longer words anywhere. */
export function wrapText(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (columnsOf(joined) <= columns) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = splitWord(word, columns);
    line = pieces.pop() ?? '';
    // Not as arguments: of a long word there are too many.
    for (const piece of pieces) lines.push(piece);
  }
  return [...lines, line];
}

function splitWord(word: string, columns: number): string[] {
  const pieces = [''];
  let used = 0;
  for (const char of word) {
    used += columnsOf(char);
    if (used > columns) {
      pieces.push('');
      used = columnsOf(char);
    }
    pieces[pieces.length - 1] += char;
  }
  return pieces;
}

function columnsOf(text: string): number {
  let columns = 0;
  for (const char of text) columns += WIDE.test(char) ? 2 : 1;
  return columns;
}
