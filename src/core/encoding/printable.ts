/** Makes text from tokens safe for logs and terminals. */

/**
 * What JSON keeps and a terminal obeys or hides: controls, bidirectional and zero-width characters, lone
 * surrogates, line separators and fillers (CWE-117, CVE-2021-42574).
 */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Writes each unsafe character as `\u` and its code. */
export function escapeUnsafe(text: string): string {
  return text.replace(UNSAFE, (char) => {
    const units = char.split('');
    return units.map((unit) => `\\u${hex(unit)}`).join('');
  });
}

const hex = (unit: string) => unit.charCodeAt(0).toString(16).padStart(4, '0');

/** As JSON, cut and escaped. */
export function quoteText(text: string, maxChars: number): string {
  const cut = text.length > maxChars ? `${text.slice(0, maxChars)}…` : text;
  return escapeUnsafe(JSON.stringify(cut));
}
