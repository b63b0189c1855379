import { findingKey, type TrailFinding } from '#store/judge/trail-finding.js';
import { MOST_TOLD } from './auditor-state.js';

/**
 * Faults that stand: those of the last judgement of the whole trail, and those met since. They go only when a later
 * judgement of the whole trail does not find them any more.
 */
export class OpenFindings {
  private open = new Map<string, TrailFinding>();
  private recheck: Map<string, TrailFinding> | null = null;
  /** Faults beyond those that are kept. */
  private more = 0;

  /** True where this fault was not open before. */
  add(finding: TrailFinding): boolean {
    const key = findingKey(finding);
    if (this.recheck !== null && this.recheck.size < MOST_TOLD) this.recheck.set(key, finding);
    if (this.open.has(key)) return false;
    if (this.open.size >= MOST_TOLD) {
      this.more += 1;
      return false;
    }
    this.open.set(key, finding);
    return true;
  }

  /** From here on the whole trail is judged: what is found until `endRecheck` is all that stands then. */
  beginRecheck(): void {
    this.recheck = new Map();
  }

  endRecheck(): void {
    if (this.recheck !== null) this.open = this.recheck;
    this.recheck = null;
    this.more = 0;
  }

  /** The judgement broke off: nothing follows from it. */
  dropRecheck(): void {
    this.recheck = null;
  }

  get all(): readonly TrailFinding[] {
    return [...this.open.values()];
  }

  get count(): number {
    return this.open.size + this.more;
  }
}
