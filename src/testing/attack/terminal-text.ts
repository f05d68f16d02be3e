/** Prepares text of a target for a report. */

import { escapeUnsafe } from '../../core/encoding/printable.ts';

/** Returns the text on one line, cut, with escapes for characters that a terminal would obey. */
export function terminalText(text: string, maxLength = 300): string {
  return escapeUnsafe(text.length > maxLength ? `${text.slice(0, maxLength)}…` : text);
}
