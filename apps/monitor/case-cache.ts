import { SharedTexts } from '#core/event/share.js';
import type { WorkCase } from '#core/work-case.js';

interface Kept {
  readonly work: WorkCase;
  /** Events of the case when it was kept: it grows while it is in work. */
  readonly size: number;
}

type Shelf = Map<string, Kept>;

/**
 * Cases in work, bounded by the number of events they hold. What must go goes from the cases that have ended and await
 * nothing, which are hardly ever asked for again, then from the others; the least recently used first. Only a copy: the
 * database's version is asked before a cached case is used, and a case whose save failed is forgotten.
 */
export class CaseCache {
  private readonly open: Shelf = new Map();
  private readonly ended: Shelf = new Map();
  private events = 0;
  private readonly texts = new SharedTexts();

  constructor(private readonly maxEvents: number) {}

  /**
   * Takes cases out for work: nobody else in this process gets the same copy meanwhile. They come back by `keep` once
   * saved; where the save fails they are simply not put back.
   */
  take(caseIds: readonly string[]): Map<string, WorkCase> {
    const taken = new Map<string, WorkCase>();
    for (const caseId of caseIds) {
      const kept = this.open.get(caseId) ?? this.ended.get(caseId);
      if (kept === undefined) continue;
      taken.set(caseId, kept.work);
      this.forget(caseId);
    }
    return taken;
  }

  /** True where a copy is held, at whatever version. */
  has(caseId: string): boolean {
    return this.open.has(caseId) || this.ended.has(caseId);
  }

  keep(work: WorkCase): void {
    const { caseId } = work;
    this.forget(caseId);
    const { received } = work.state;
    for (; work.shared < received.length; work.shared += 1) {
      const event = received[work.shared];
      if (event !== undefined) this.texts.share(event);
    }
    const shelf = hasEnded(work) ? this.ended : this.open;
    shelf.set(caseId, { work, size: received.length });
    this.events += received.length;
    this.shed(this.ended, caseId);
    this.shed(this.open, caseId);
  }

  /** Forgets cases of a shelf until the bound holds; the one just kept stays. */
  private shed(shelf: Shelf, kept: string): void {
    if (this.events <= this.maxEvents) return;
    for (const caseId of shelf.keys()) {
      if (caseId !== kept) this.forget(caseId);
      if (this.events <= this.maxEvents) return;
    }
  }

  private forget(caseId: string): void {
    const kept = this.open.get(caseId) ?? this.ended.get(caseId);
    if (kept === undefined) return;
    this.events -= kept.size;
    this.open.delete(caseId);
    this.ended.delete(caseId);
  }

  clear(): void {
    this.open.clear();
    this.ended.clear();
    this.events = 0;
  }

  get size(): number {
    return this.open.size + this.ended.size;
  }
}

function hasEnded({ state, waiting }: WorkCase): boolean {
  return state.view.closing !== null && state.nextDueAt === Number.POSITIVE_INFINITY && !waiting;
}
