import { expect } from '@jest/globals';
import type { AlertChange, AlertRecord } from '#core/alert/alert.js';
import type { Finding, FindingChange } from '#core/finding.js';
import type { Ran } from './case-run.js';

/** Equal to the last byte; where not, what differs is shown. */
export function expectSame(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) === JSON.stringify(expected)) return;
  expect(actual).toEqual(expected);
  expect(JSON.stringify(actual)).toBe(JSON.stringify(expected));
}

/** What is compared of a change: everything but the finding before it, of which its identity and state are enough. */
export function changesOf({ changes }: Ran): unknown[] {
  return changes.map(({ kind, at, before, after }) => ({
    kind,
    at,
    before: stateOf(before),
    after,
  }));
}

function stateOf(finding: FindingChange['before']): unknown {
  return finding && [finding.id, finding.level, finding.since, finding.until, finding.inputsDigest];
}

export function inOrder(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => compare(a.id, b.id));
}

/** The history of each alert. */
export function byAlert(alerts: readonly AlertChange[]): AlertChange[] {
  return alerts.toSorted((a, b) => compare(a.alertId, b.alertId) || a.eventNo - b.eventNo);
}

/** How each alert stands. */
export function standing(records: readonly AlertRecord[]): unknown[] {
  return records
    .toSorted((a, b) => compare(a.alertId, b.alertId))
    .map(({ alertId, revision, after }) => ({ alertId, revision, after }));
}

/**
 * Alerts that stand, whatever was told and taken back on the way: which finding, which level, for whom, ended or not.
 * Which of several was told first and covers the others depends on what was known when, and is left out.
 */
export function standingFor(records: readonly AlertRecord[]): unknown[] {
  return records
    .filter(({ after }) => !after.retracted)
    .toSorted((a, b) => compare(a.alertId, b.alertId))
    .map(({ alertId, after }) => {
      const { level, ended, ruleVersion, recipientUnit, subjectPersons, isTest } = after;
      return { alertId, level, ended, ruleVersion, recipientUnit, subjectPersons, isTest };
    });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
