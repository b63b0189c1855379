import { CorrectionChains, concernedBy, targetOf } from '#core/event/correction-chains.js';
import type { Event } from '#core/event/event.js';
import { compareEvents } from './event-order.js';

/** Names an identity in a set of keys. */
export function keyOf(ref: { readonly source: string; readonly id: string }): string {
  return `${ref.source}\u0000${ref.id}`;
}

/**
 * Finds, in a log that is read twice, the chains of corrections that concern more than one case. First every event is
 * noted, which keeps the keys of corrections and of what they name; then every event is given again, of which those of
 * the chains are kept. Memory grows with the number of corrections, not with that of events.
 */
export class MovedChains {
  /** Identities of corrections and of what they name (keyOf): what is to be collected. */
  readonly keys: ReadonlySet<string> = new Set<string>();
  private readonly corrections: Event[] = [];
  private readonly members: Event[] = [];

  get isEmpty(): boolean {
    return this.corrections.length === 0;
  }

  note(event: Event): void {
    const target = targetOf(event);
    if (target === null) return;
    (this.keys as Set<string>).add(keyOf(event)).add(keyOf(target));
    this.corrections.push(event);
  }

  collect(event: Event): void {
    if (this.keys.has(keyOf(event))) this.members.push(event);
  }

  /** What each case needs of other cases, in no particular order; the same whatever order the events were given in. */
  moved(): Map<string, ReadonlySet<Event>> {
    const chains = new CorrectionChains();
    for (const event of this.members.sort(compareEvents)) chains.add(event);
    const moved = new Map<string, Set<Event>>();
    for (const correction of this.corrections) {
      const chain = chains.chainOf(correction);
      const cases = concernedBy(chain);
      if (cases.length === 1) continue;
      for (const caseId of cases)
        for (const event of chain) {
          if (event.caseId === caseId) continue;
          const there = moved.get(caseId) ?? new Set<Event>();
          moved.set(caseId, there.add(event));
        }
    }
    return moved;
  }
}
