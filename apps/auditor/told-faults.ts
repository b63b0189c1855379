import {
  type FindingKind,
  findingKey,
  type TrailFinding,
  trailFinding,
} from '#store/judge/trail-finding.js';

/** Faults of one kind that are told one by one; of more their number is, each time it has doubled. */
export const MOST_NAMED = 1_000;

const FURTHER = 'further faults, ';

function isSummary(key: string): boolean {
  return key.includes(`|${FURTHER}`);
}

/** What is told instead of each: that there are this many more of the kind. */
function furtherFaults(kind: FindingKind, count: number): TrailFinding {
  return trailFinding({ kind, count, what: `${FURTHER}${count} so far`, where: 'audit_record' });
}

/**
 * Which faults were published and which are still to be. A fault is told once while it stands, also across restarts; when a
 * judgement of the whole trail does not find it any more it is forgotten, so that it would be told again and makes room
 * for others. Bounded by kind: many faults of one kind hide none of another.
 */
export class ToldFaults {
  private readonly waiting = new Map<string, TrailFinding>();
  private readonly named = new Map<string, number>();
  private readonly further = new Map<string, number>();
  private met: { readonly keys: Set<string>; readonly unnamed: Set<string> } | null = null;

  /** @param told keys of what was published; changed in place */
  constructor(private readonly told: Set<string>) {
    for (const key of told) this.count(key);
  }

  /** Faults that are still to be published. */
  get untold(): number {
    return this.waiting.size;
  }

  /** A fault is there, whether for the first time or not. */
  meet(finding: TrailFinding): void {
    const key = findingKey(finding);
    if (this.told.has(key)) this.met?.keys.add(key);
    else this.met?.unnamed.add(finding.kind);
  }

  /** A fault that is open from now on: waits to be told, unless it was already or there are too many. */
  take(finding: TrailFinding): void {
    const { kind } = finding;
    const key = findingKey(finding);
    if (this.told.has(key) || this.waiting.has(key)) return;
    if ((this.named.get(kind) ?? 0) < MOST_NAMED) {
      this.waiting.set(key, finding);
      this.count(key);
      return;
    }
    const further = (this.further.get(kind) ?? 0) + 1;
    this.further.set(kind, further);
    if (!Number.isInteger(Math.log2(further))) return;
    const summary = furtherFaults(kind, further);
    if (!this.told.has(findingKey(summary))) this.waiting.set(findingKey(summary), summary);
  }

  /** The next to be published, in the order in which they were found. */
  next(most: number): TrailFinding[] {
    return [...this.waiting.values()].slice(0, most);
  }

  published(findings: readonly TrailFinding[]): void {
    for (const finding of findings) {
      const key = findingKey(finding);
      this.waiting.delete(key);
      this.told.add(key);
      this.met?.keys.add(key);
    }
  }

  /** From here on the whole trail is judged. */
  beginRecheck(): void {
    this.met = { keys: new Set(), unnamed: new Set() };
  }

  /** The judgement broke off: nothing follows from it. */
  dropRecheck(): void {
    this.met = null;
  }

  /** The whole trail was judged, and these are all faults that are kept: what was not met is forgotten. */
  endRecheck(open: readonly TrailFinding[]): void {
    const { met, told } = this;
    this.met = null;
    if (met === null) return;
    for (const key of told) {
      const stands = isSummary(key) ? met.unnamed.has(kindOf(key)) : met.keys.has(key);
      if (!stands) told.delete(key);
    }
    this.named.clear();
    this.further.clear();
    for (const key of [...told, ...this.waiting.keys()]) this.count(key);
    for (const finding of open) this.take(finding);
  }

  private count(key: string): void {
    if (isSummary(key)) return;
    const kind = kindOf(key);
    this.named.set(kind, (this.named.get(kind) ?? 0) + 1);
  }
}

function kindOf(key: string): string {
  return key.slice(0, key.indexOf('|'));
}
