import type { Finding, FindingChange } from '#core/finding.js';
import type { ReplayedCase } from './judge-case.js';

/** Output form of a finding: one JSON object per line, the same keys in the same order, times in UTC. */
export function findingLine(finding: Finding): string {
  return JSON.stringify(findingObject(finding));
}

function findingObject(finding: Finding): object {
  return {
    ruleId: finding.ruleId,
    ruleVersion: finding.ruleVersion,
    subject: finding.subject,
    occurrence: finding.occurrence,
    level: finding.level,
    since: iso(finding.since),
    until: finding.until === null ? null : iso(finding.until),
    answerable: finding.answerable,
    evidence: finding.evidence,
    explanation: finding.explanation,
    calendarVersion: finding.calendarVersion,
    referenceVersions: finding.referenceVersions,
    inputsDigest: finding.inputsDigest,
    id: finding.id,
  };
}

/** Output form of a change (`--history`). */
export function changeLine(change: FindingChange): string {
  const finding = change.after ?? change.before;
  if (finding === null) throw new Error('a change names no finding');
  return JSON.stringify({ change: change.kind, at: iso(change.at), ...findingObject(finding) });
}

function iso(instant: number): string {
  const date = new Date(instant);
  return Number.isNaN(date.getTime()) ? String(instant) : date.toISOString();
}

/** All that is printed of a case, each line with its end: its changes with `history`, else its findings. */
export function linesOfCase({ findings, changes }: ReplayedCase, history: boolean): string {
  const lines = history ? changes.map(changeLine) : findings.map(findingLine);
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}
