import type { Label, NearMiss, Truth } from '#simulator/truth.js';

/** The fields of a finding that scoring reads; `replay` writes more. Times are RFC 3339 or epoch milliseconds. */
export interface ScoredFinding {
  readonly ruleId: string;
  /** Case id: numbering authority, '/', case number. */
  readonly subject: string;
  readonly occurrence?: string;
  readonly level: string;
  readonly since: string | number;
  readonly until?: string | number | null;
  readonly evidence?: readonly { readonly source: string; readonly id: string }[];
}

export interface RuleScore {
  readonly ruleId: string;
  /** Findings reported, and findings that the answer key expects. */
  readonly hits: number;
  readonly expected: number;
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly falseNegative: number;
  readonly nearMisses: number;
  /** Near misses on which the rule spoke all the same. */
  readonly nearMissesTripped: number;
  /** 1 where nothing was reported, and where nothing was expected. */
  readonly precision: number;
  readonly recall: number;
}

export interface Mismatch {
  readonly field: 'level' | 'since' | 'anchor';
  readonly expected: string;
  readonly got: string;
  readonly label: Label;
  readonly finding: ScoredFinding;
}

export interface Score {
  readonly perRule: readonly RuleScore[];
  readonly precision: number;
  readonly recall: number;
  /** Findings that the answer key does not know: each counts as false. */
  readonly unlabelled: readonly ScoredFinding[];
  readonly missed: readonly Label[];
  /** A wrong level or anchor counts as false; a wrong `since` is only reported. */
  readonly mismatches: readonly Mismatch[];
}

interface Tally {
  hits: number;
  expected: number;
  truePositive: number;
  nearMisses: number;
  nearMissesTripped: number;
}

function keyOf(subject: string, ruleId: string): string {
  return `${ruleId} ${subject}`;
}

function caseOf(entry: Label | NearMiss): string {
  return `${entry.source}/${entry.subject}`;
}

/** The finding names the anchor in its occurrence, or, where that is a digest, among its evidence. */
function namesAnchor(finding: ScoredFinding, hint: string): boolean {
  if (finding.occurrence?.includes(hint)) return true;
  return finding.evidence?.some(({ id }) => id === hint) ?? false;
}

function instantOf(value: string | number): number {
  return typeof value === 'number' ? value : Date.parse(value);
}

/** Takes the finding that answers a label: by its anchor where the label names one, else any with its level first. */
function takeMatch(label: Label, open: ScoredFinding[]): ScoredFinding | null {
  const hint = label.occurrenceHint;
  const named = hint === null ? open : open.filter((finding) => finding.occurrence?.includes(hint));
  const candidates =
    named.length > 0 || hint === null
      ? named
      : open.filter((finding) => namesAnchor(finding, hint));
  const found = candidates.find(({ level }) => level === label.level) ?? candidates[0];
  if (found === undefined) return null;
  open.splice(open.indexOf(found), 1);
  return found;
}

class Scoring {
  readonly tallies = new Map<string, Tally>();
  readonly unlabelled: ScoredFinding[] = [];
  readonly missed: Label[] = [];
  readonly mismatches: Mismatch[] = [];
  private readonly open = new Map<string, ScoredFinding[]>();

  tally(ruleId: string): Tally {
    let tally = this.tallies.get(ruleId);
    if (tally === undefined) {
      tally = { hits: 0, expected: 0, truePositive: 0, nearMisses: 0, nearMissesTripped: 0 };
      this.tallies.set(ruleId, tally);
    }
    return tally;
  }

  report(finding: ScoredFinding): void {
    this.tally(finding.ruleId).hits += 1;
    const key = keyOf(finding.subject, finding.ruleId);
    const list = this.open.get(key);
    if (list) list.push(finding);
    else this.open.set(key, [finding]);
  }

  expect(label: Label): void {
    const tally = this.tally(label.ruleId);
    tally.expected += 1;
    const open = this.open.get(keyOf(caseOf(label), label.ruleId)) ?? [];
    const finding = takeMatch(label, open);
    if (finding === null) {
      const other = open[0];
      if (other && label.occurrenceHint !== null)
        this.mismatch('anchor', label.occurrenceHint, other.occurrence ?? '', label, other);
      this.missed.push(label);
      return;
    }
    if (finding.level === label.level) tally.truePositive += 1;
    else {
      this.mismatch('level', label.level, finding.level, label, finding);
      this.missed.push(label);
      this.unlabelled.push(finding);
    }
    if (label.since !== null && instantOf(finding.since) !== instantOf(label.since))
      this.mismatch('since', label.since, String(finding.since), label, finding);
  }

  private mismatch(
    field: Mismatch['field'],
    expected: string,
    got: string,
    label: Label,
    finding: ScoredFinding,
  ): void {
    this.mismatches.push({ field, expected, got, label, finding });
  }

  /** What no label took is false. */
  close(): void {
    for (const list of this.open.values()) this.unlabelled.push(...list);
  }

  clear(nearMiss: NearMiss, tripped: boolean): void {
    const tally = this.tally(nearMiss.ruleId);
    tally.nearMisses += 1;
    if (tripped) tally.nearMissesTripped += 1;
  }
}

function share(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole;
}

function ruleScore(ruleId: string, tally: Tally): RuleScore {
  const { hits, expected, truePositive } = tally;
  return {
    ruleId,
    hits,
    expected,
    truePositive,
    falsePositive: hits - truePositive,
    falseNegative: expected - truePositive,
    nearMisses: tally.nearMisses,
    nearMissesTripped: tally.nearMissesTripped,
    precision: share(truePositive, hits),
    recall: share(truePositive, expected),
  };
}

/**
 * Compares findings with the answer key. A finding is right where case, rule, anchor (if the key names one) and level
 * agree; each label takes one finding at most. Findings of unknown cases count as false too.
 */
export function score(
  truth: Pick<Truth, 'hits' | 'nearMisses'>,
  findings: Iterable<ScoredFinding>,
): Score {
  const scoring = new Scoring();
  for (const finding of findings) scoring.report(finding);
  const named = truth.hits.filter(({ occurrenceHint }) => occurrenceHint !== null);
  const unnamed = truth.hits.filter(({ occurrenceHint }) => occurrenceHint === null);
  for (const label of [...named, ...unnamed]) scoring.expect(label);
  scoring.close();
  const spoken = new Set(scoring.unlabelled.map(({ subject, ruleId }) => keyOf(subject, ruleId)));
  for (const nearMiss of truth.nearMisses)
    scoring.clear(nearMiss, spoken.has(keyOf(caseOf(nearMiss), nearMiss.ruleId)));
  const perRule = [...scoring.tallies]
    .map(([ruleId, tally]) => ruleScore(ruleId, tally))
    .sort((a, b) => (a.ruleId < b.ruleId ? -1 : 1));
  const sum = (field: 'hits' | 'expected' | 'truePositive') =>
    perRule.reduce((total, rule) => total + rule[field], 0);
  return {
    perRule,
    precision: share(sum('truePositive'), sum('hits')),
    recall: share(sum('truePositive'), sum('expected')),
    unlabelled: scoring.unlabelled,
    missed: scoring.missed,
    mismatches: scoring.mismatches,
  };
}
