/** Writes the report of an attack as text. */

import type { AttackFinding, AttackReport, SkippedCase } from './report.ts';
import { terminalText } from './terminal-text.ts';

/** The data of a report. */
export type ReportData = Omit<AttackReport, 'reproduce' | 'assert' | 'toString'>;

export function reportText(report: ReportData): string {
  const { holes, faults, notes, cases, skipped, inconclusive } = report;
  const counts = [count(holes, 'hole'), count(faults, 'fault'), count(notes, 'note')];
  const lines = [`attack: ${counts.join(', ')} in ${cases} cases`];
  if (inconclusive !== undefined) lines.push(`inconclusive: ${terminalText(inconclusive)}`);
  for (const findings of [holes, faults, notes]) {
    if (findings.length > 0) lines.push('', ...findings.map(findingLine));
  }
  if (skipped.length > 0) lines.push('', ...skippedLines(skipped));
  return lines.join('\n');
}

function count({ length }: readonly unknown[], name: string): string {
  return `${length} ${name}${length === 1 ? '' : 's'}`;
}

function findingLine({ id, title, level, reference, outcome }: AttackFinding): string {
  return terminalText(`${level.padEnd(5)} ${id}  ${title}: ${outcome} (${reference})`);
}

/** One line for each reason. */
function skippedLines(skipped: readonly SkippedCase[]): string[] {
  const reasons = [...new Set(skipped.map(({ reason }) => reason))];
  return reasons.map((reason) => {
    const { length } = skipped.filter((row) => row.reason === reason);
    return terminalText(`skipped ${length}: ${reason}`);
  });
}
