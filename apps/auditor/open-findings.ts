import { findingKey, type TrailFinding } from '#store/judge/trail-finding.js';

/** Faults of one kind that are kept; of more their number is. */
export const MOST_KEPT = 10_000;

/** Different faults, as many of each kind as are kept. */
class Faults {
  readonly kept = new Map<string, TrailFinding>();
  /** Faults beyond those that are kept. */
  more = 0;
  private readonly ofKind = new Map<string, number>();

  add(key: string, finding: TrailFinding): 'new' | 'known' | 'beyond' {
    if (this.kept.has(key)) return 'known';
    const count = this.ofKind.get(finding.kind) ?? 0;
    if (count >= MOST_KEPT) return 'beyond';
    this.ofKind.set(finding.kind, count + 1);
    this.kept.set(key, finding);
    return 'new';
  }

  get count(): number {
    return this.kept.size + this.more;
  }
}

/**
 * Faults that stand: those of the last judgement of the whole trail, and those met since. They go only when a later
 * judgement of the whole trail does not find them any more.
 */
export class OpenFindings {
  private open = new Faults();
  private recheck: Faults | null = null;

  /** True where this fault was not open before, and is one of those that are kept. */
  add(finding: TrailFinding): boolean {
    const key = findingKey(finding);
    const added = this.open.add(key, finding);
    // A judgement of the whole trail meets again what is not kept: it is counted there, once.
    const counted = this.recheck ?? this.open;
    const again = this.recheck === null ? added : this.recheck.add(key, finding);
    if (again === 'beyond') counted.more += 1;
    return added === 'new';
  }

  /** From here on the whole trail is judged: what is found until `endRecheck` is all that stands then. */
  beginRecheck(): void {
    this.recheck = new Faults();
  }

  endRecheck(): void {
    if (this.recheck !== null) this.open = this.recheck;
    this.recheck = null;
  }

  /** The judgement broke off: nothing follows from it. */
  dropRecheck(): void {
    this.recheck = null;
  }

  get all(): readonly TrailFinding[] {
    return [...this.open.kept.values()];
  }

  get count(): number {
    return Math.max(this.open.count, this.recheck?.count ?? 0);
  }
}
