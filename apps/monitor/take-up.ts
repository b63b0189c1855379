import type { WorkCase } from '#core/work-case.js';
import { findIdentities } from '#store/load-cases.js';
import type { ReadRecord } from './decode-records.js';
import { FrozenIdentities } from './frozen-identities.js';
import { type LoadWork, loadWork, type Openings } from './load-work.js';
import { gatherMoved, type MovedFacts } from './moved-facts.js';

/** The cases that a batch needs, and what is known of where its records go. */
export interface TakenUp {
  readonly works: ReadonlyMap<string, WorkCase>;
  /** Null where no event of the batch has to do with another case. */
  readonly routes: MovedFacts | null;
  readonly frozen: FrozenIdentities;
}

/** Takes up the cases of the records of one partition's batch, and those that corrections among them concern besides. */
export async function takeUp(
  reads: readonly ReadRecord[],
  openings: Openings,
  { partition, ...from }: LoadWork & { readonly partition: number },
): Promise<TakenUp> {
  const works = await loadWork([...openings.keys()].sort(), openings, from);
  const routes = await gatherMoved(
    reads.map(({ event }) => event),
    {
      works,
      partition,
      load: async (more, visitors) => {
        for (const [caseId, work] of await loadWork(more, openings, { ...from, visitors }))
          works.set(caseId, work);
      },
      find: (refs) => findIdentities(from.client, refs),
    },
  );
  const frozen = await FrozenIdentities.of(reads, works, (events) =>
    findIdentities(from.client, events),
  );
  return { works, routes, frozen };
}
