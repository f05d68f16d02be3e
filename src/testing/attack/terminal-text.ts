/** Escapes what a terminal would obey. */

/** Control characters, among them those of direction and of no width, and line separators. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** Returns the text on one line, cut, with escapes such as `\u{1b}` for characters that do not print. */
export function terminalText(text: string, maxLength = 300): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return cut.replace(UNSAFE, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);
}
