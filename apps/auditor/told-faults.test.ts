import { describe, expect, it } from '@jest/globals';
import { type FindingKind, type TrailFinding, trailFinding } from '#store/judge/trail-finding.js';
import { MOST_KEPT, OpenFindings } from './open-findings.js';
import { MOST_NAMED, ToldFaults } from './told-faults.js';

function faultOf(kind: FindingKind, leafIndex: number): TrailFinding {
  return trailFinding({ kind, leafIndex, what: 'actor', where: 'audit_record' });
}

const faults = (kind: FindingKind, count: number) =>
  Array.from({ length: count }, (_, index) => faultOf(kind, index));

/** Publishes all that waits; what was published. */
function tell(told: ToldFaults): TrailFinding[] {
  const findings = told.next(1_000_000);
  told.published(findings);
  return findings;
}

function takeAll(told: ToldFaults, findings: readonly TrailFinding[]): void {
  for (const finding of findings) {
    told.meet(finding);
    told.take(finding);
  }
}

describe('ToldFaults', () => {
  it('tells a fault once, also after a restart', () => {
    const keys = new Set<string>();
    const told = new ToldFaults(keys);
    takeAll(told, faults('edited', 3));
    takeAll(told, faults('edited', 3));
    expect(tell(told)).toHaveLength(3);
    const later = new ToldFaults(new Set(keys));
    takeAll(later, faults('edited', 3));
    expect(tell(later)).toEqual([]);
  });

  it('names the first thousand of a kind, then tells how many more there are each time they have doubled', () => {
    const keys = new Set<string>();
    const told = new ToldFaults(keys);
    takeAll(told, faults('edited', MOST_NAMED + 9));
    const published = tell(told);
    expect(published.slice(0, MOST_NAMED)).toEqual(faults('edited', MOST_NAMED));
    expect(published.slice(MOST_NAMED).map(({ what }) => what)).toEqual([
      'further faults, 1 so far',
      'further faults, 2 so far',
      'further faults, 4 so far',
      'further faults, 8 so far',
    ]);
    const later = new ToldFaults(new Set(keys));
    takeAll(later, faults('edited', MOST_NAMED + 9));
    expect(tell(later)).toEqual([]);
  });

  it('names a fault of another kind, however many there are of one', () => {
    const told = new ToldFaults(new Set());
    takeAll(told, faults('edited', 50_000));
    tell(told);
    takeAll(told, [faultOf('missing', 7)]);
    expect(tell(told)).toEqual([faultOf('missing', 7)]);
  });

  it('forgets a fault that the whole trail does not have any more, and tells it when it is back', () => {
    const keys = new Set<string>();
    const told = new ToldFaults(keys);
    takeAll(told, faults('edited', 2));
    tell(told);
    told.beginRecheck();
    told.meet(faultOf('edited', 1));
    told.endRecheck([faultOf('edited', 1)]);
    expect(keys.size).toBe(1);
    takeAll(told, faults('edited', 2));
    expect(tell(told)).toEqual([faultOf('edited', 0)]);
  });

  it('names what had no room once others are gone', () => {
    const told = new ToldFaults(new Set());
    const all = faults('edited', MOST_NAMED + 3);
    takeAll(told, all);
    tell(told);
    const left = all.slice(2);
    told.beginRecheck();
    for (const finding of left) told.meet(finding);
    told.endRecheck(left);
    expect(tell(told)).toEqual([faultOf('edited', MOST_NAMED), faultOf('edited', MOST_NAMED + 1)]);
  });

  it('forgets nothing by a judgement that broke off', () => {
    const keys = new Set<string>();
    const told = new ToldFaults(keys);
    takeAll(told, faults('edited', 2));
    tell(told);
    told.beginRecheck();
    told.dropRecheck();
    told.endRecheck([]);
    expect(keys.size).toBe(2);
  });
});

describe('OpenFindings', () => {
  it('counts what it does not keep once, also when the whole trail is judged again', () => {
    const findings = new OpenFindings();
    const all = faults('edited', MOST_KEPT + 5);
    for (let time = 0; time < 3; time += 1) {
      findings.beginRecheck();
      for (const finding of all) findings.add(finding);
      expect(findings.count).toBe(MOST_KEPT + 5);
      findings.endRecheck();
      expect(findings.count).toBe(MOST_KEPT + 5);
    }
  });

  it('keeps a fault of another kind, however many there are of one', () => {
    const findings = new OpenFindings();
    for (const finding of faults('edited', MOST_KEPT + 5)) findings.add(finding);
    expect(findings.add(faultOf('missing', 7))).toBe(true);
    expect(findings.all.at(-1)).toEqual(faultOf('missing', 7));
  });
});
