/** Emits warnings once per process. */

const emittedCodes = new Set<string>();

/** Emits a process warning with a code, the first time only. */
export function warnOnce(code: string, message: string): void {
  if (emittedCodes.has(code)) return;
  emittedCodes.add(code);
  process.emitWarning(message, { type: 'JotkitWarning', code });
}
