import type { Instant } from './event/event.js';
import type { Finding, FindingChange } from './finding.js';
import { rank } from './rule/candidate.js';

/**
 * What changed between two evaluations of the same subject, `at` the instant of the second. Sorted by finding id.
 * A finding that is no longer found was never true as far as is known now: retracted. One whose condition is over is
 * ended and stays true. A level change and an end may both be reported for one finding, in this order.
 */
export function diffFindings(
  before: readonly Finding[],
  after: readonly Finding[],
  at: Instant,
): FindingChange[] {
  if (before.length === 0 && after.length === 0) return [];
  const changes: FindingChange[] = [];
  const old = new Map(before.map((finding) => [finding.id, finding]));
  for (const finding of after) {
    const was = old.get(finding.id);
    old.delete(finding.id);
    if (was === undefined) changes.push(...raised(finding, at));
    else changes.push(...changed(was, finding, at));
  }
  for (const finding of old.values())
    changes.push({ kind: 'retracted', at, before: finding, after: null });
  return changes.length > 1 ? changes.sort(byFinding) : changes;
}

function raised(finding: Finding, at: Instant): FindingChange[] {
  const first: FindingChange = { kind: 'raised', at, before: null, after: finding };
  if (finding.until === null) return [first];
  return [first, { kind: 'ended', at, before: finding, after: finding }];
}

function changed(was: Finding, now: Finding, at: Instant): FindingChange[] {
  if (was.inputsDigest === now.inputsDigest) return [];
  const changes: FindingChange[] = [];
  if (rank(now.level) > rank(was.level))
    changes.push({ kind: 'level-raised', at, before: was, after: now });
  if (rank(now.level) < rank(was.level))
    changes.push({ kind: 'level-lowered', at, before: was, after: now });
  if (was.until === null && now.until !== null)
    changes.push({ kind: 'ended', at, before: was, after: now });
  if (changes.length === 0) changes.push({ kind: 'revised', at, before: was, after: now });
  return changes;
}

function byFinding(a: FindingChange, b: FindingChange): number {
  const left = a.after?.id ?? a.before?.id ?? '';
  const right = b.after?.id ?? b.before?.id ?? '';
  return left < right ? -1 : left > right ? 1 : 0;
}
