/** Warnings that are printed once in a process. */

const given = new Set<string>();

/** Emits a process warning with its code, the first time only. */
export function warnOnce(code: string, message: string): void {
  if (given.has(code)) return;
  given.add(code);
  process.emitWarning(message, { type: 'JotkitWarning', code });
}
