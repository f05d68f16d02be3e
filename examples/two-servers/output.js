// Prints the demo in at most 78 columns, and counts the steps.
const width = Math.min(process.stdout.columns ?? 78, 78);
const hasColors = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code) => (text) => (hasColors ? `\x1b[${code}m${text}\x1b[0m` : text);
const [bold, dim, green, red] = [1, 2, 32, 31].map(paint);

let passed = 0;
let failed = 0;
let chapters = 0;

export function title(text) {
  console.log(`\n${bold(cut(text))}\n`);
}

/** A chapter opens with what it shows. */
export function chapter(name, sentence) {
  console.log(`\n${bold(cut(`${++chapters}. ${name}`))}\n`);
  for (const line of wrap(sentence)) console.log(`  ${line}`);
  console.log();
}

/** Prints one line of detail, or a sentence on several lines. */
export function note(text) {
  const lines = text.includes('\n') ? wrap(text) : [hideSecrets(text)];
  for (const line of lines) console.log(dim(cut(`  ${line}`)));
}

export function check(what, isExpected, result = '') {
  if (isExpected) passed++;
  else failed++;
  const line = cut(`  ${isExpected ? '✓' : '✗'} ${what.padEnd(44)} ${result}`.trimEnd());
  console.log(isExpected ? line.replace('✓', green('✓')) : red(line));
}

export function finish() {
  const total = passed + failed;
  const text = `${passed} of ${total} steps as expected`;
  console.log(`\n${failed > 0 ? red(text) : green(text)}\n`);
  process.exitCode = failed > 0 ? 1 : 0;
}

/** `eyJhbG…x3Qk`: a terminal can be seen by others. */
export function short(token) {
  return token.length > 12 ? `${token.slice(0, 6)}…${token.slice(-4)}` : token;
}

/** Reads the payload of a token, unverified. */
export function claimsOf(token) {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString() || '{}');
}

function hideSecrets(text) {
  return text.replace(/eyJ[\w.-]+/g, short).replace(/(password: )[^,]+/, '$1…');
}

function cut(text) {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

function wrap(text) {
  const lines = [''];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1);
    if (line && line.length + word.length + 3 > width) lines.push(word);
    else lines[lines.length - 1] = line ? `${line} ${word}` : word;
  }
  return lines;
}
