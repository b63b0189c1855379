import { SharedTexts } from '#core/event/share.js';
import type { WorkCase } from '#core/work-case.js';

/**
 * Cases in work, most recently used last, bounded by the number of events they hold. Only a copy: the database's
 * version is asked before a cached case is used, and a case whose save failed is forgotten.
 */
export class CaseCache {
  private readonly cases = new Map<string, WorkCase>();
  /** Events of each case when it was kept: a case grows while it is in work. */
  private readonly sizes = new Map<string, number>();
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
      const work = this.cases.get(caseId);
      if (work === undefined) continue;
      taken.set(caseId, work);
      this.forget(caseId);
    }
    return taken;
  }

  keep(work: WorkCase): void {
    this.forget(work.caseId);
    const { received } = work.state;
    for (; work.shared < received.length; work.shared += 1) {
      const event = received[work.shared];
      if (event !== undefined) this.texts.share(event);
    }
    this.cases.set(work.caseId, work);
    this.sizes.set(work.caseId, work.state.received.length);
    this.events += work.state.received.length;
    for (const [caseId] of this.cases) {
      if (this.events <= this.maxEvents || caseId === work.caseId) break;
      this.forget(caseId);
    }
  }

  private forget(caseId: string): void {
    if (!this.cases.delete(caseId)) return;
    this.events -= this.sizes.get(caseId) ?? 0;
    this.sizes.delete(caseId);
  }

  clear(): void {
    this.cases.clear();
    this.sizes.clear();
    this.events = 0;
  }

  get size(): number {
    return this.cases.size;
  }
}
