import type { Event } from '#core/event/event.js';
import type { WorkCase } from '#core/work-case.js';
import { identityKey, type KnownVersion } from '#store/load-cases.js';
import type { ReadRecord } from './decode-records.js';

/**
 * Which records of cases that stand still are known already: their events cannot be asked, so the identities are. Of an
 * erased case any version counts, for what its bytes were can no longer be told.
 */
export class FrozenIdentities {
  private constructor(
    private readonly works: ReadonlyMap<string, WorkCase>,
    private readonly known: Set<string>,
  ) {}

  /** Asks nothing where no case of the batch stands still. */
  static async of(
    reads: readonly ReadRecord[],
    works: ReadonlyMap<string, WorkCase>,
    find: (events: readonly Event[]) => Promise<ReadonlyMap<string, readonly KnownVersion[]>>,
  ): Promise<FrozenIdentities> {
    const events = reads
      .map(({ event }) => event)
      .filter(({ caseId }) => (works.get(caseId)?.frozen ?? null) !== null);
    const known = new Set<string>();
    if (events.length > 0)
      for (const [key, versions] of await find(events)) {
        known.add(key);
        for (const { rawDigest } of versions) known.add(`${key}\n${rawDigest}`);
      }
    return new FrozenIdentities(works, known);
  }

  /** True for a record of such a case that was saved before, or stood earlier in the batch; to be asked once for each. */
  has(event: Event): boolean {
    const frozen = this.works.get(event.caseId)?.frozen ?? null;
    if (frozen === null) return false;
    const identity = identityKey(event);
    const version = `${identity}\n${event.rawDigest}`;
    if (this.known.has(frozen.reason === 'erased' ? identity : version)) return true;
    this.known.add(identity).add(version);
    return false;
  }
}
