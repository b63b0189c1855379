import { CorrectionChains, concernedBy, targetOf } from '#core/event/correction-chains.js';
import { casesOf } from '#core/event/effective.js';
import type { Event, EventRef } from '#core/event/event.js';
import { type CaseState, versionsOf } from '#core/step.js';
import type { CaseOpening, WorkCase } from '#core/work-case.js';
import { identityKey, type KnownVersion } from '#store/load-cases.js';

/** How more cases come into a batch. */
export interface MoreCases {
  /** Cases in work; `load` adds to them. */
  readonly works: ReadonlyMap<string, WorkCase>;
  /** Partition that the batch comes from. */
  readonly partition: number;
  /** Takes up further cases; `visitors` opens those that nothing was saved of. */
  load(caseIds: readonly string[], visitors: ReadonlyMap<string, CaseOpening>): Promise<void>;
  /** Where identities are saved. */
  find(refs: readonly EventRef[]): Promise<ReadonlyMap<string, readonly KnownVersion[]>>;
}

/** An event on its way to a case. */
export interface Delivery {
  readonly caseId: string;
  /** Versions of its chain that the case may not hold yet. */
  readonly alongside: readonly Event[];
}

/**
 * Routes the events of a batch whose chain of corrections concerns more than one case. Every case that a chain concerns
 * holds all of it, always: so what an event adds is found in its own case, in that of what it corrects, and in those
 * that wait for it there.
 */
export class MovedFacts {
  private readonly chains = new CorrectionChains();

  constructor(
    works: ReadonlyMap<string, WorkCase>,
    private readonly cases: ReadonlySet<string>,
  ) {
    for (const caseId of cases)
      for (const event of works.get(caseId)?.state.received ?? []) this.chains.add(event);
  }

  /** Where an event goes, its own case first; to be asked for each event once, in the order of the batch. */
  deliveriesOf(event: Event): Delivery[] {
    if (!this.cases.has(event.caseId)) return [{ caseId: event.caseId, alongside: [] }];
    this.chains.add(event);
    const chain = this.chains.chainOf(event);
    const others = concernedBy(chain).filter((caseId) => caseId !== event.caseId);
    if (others.length === 0) return [{ caseId: event.caseId, alongside: [] }];
    const alongside = chain.filter((version) => version !== event);
    return [event.caseId, ...others].map((caseId) => ({ caseId, alongside }));
  }
}

/**
 * Takes up the cases that the corrections of a batch concern besides their own. Null where no event of the batch has to
 * do with another case: such a batch pays nothing, and one with corrections pays one query where a target stands neither
 * in the cases that they name nor in the batch.
 */
export async function gatherMoved(
  events: readonly Event[],
  more: MoreCases,
): Promise<MovedFacts | null> {
  const { works } = more;
  const { seeds, outward } = seedsOf(events, works);
  if (seeds.length === 0) return null;
  const homes = await homesOf(seeds, events, more);
  if (!outward && homes.size === 0 && seeds.every((seed) => casesOf(seed).length === 1))
    return null;
  const concerned = new Set<string>();
  for (let found = seeds.flatMap((seed) => [...casesOf(seed), ...(homes.get(seed) ?? [])]); ; ) {
    const visitors = new Map<string, CaseOpening>();
    for (const caseId of new Set(found)) {
      concerned.add(caseId);
      if (!works.has(caseId)) visitors.set(caseId, visitedBy(seeds, caseId, more.partition));
    }
    if (visitors.size > 0) await more.load([...visitors.keys()].sort(), visitors);
    const chains = new CorrectionChains();
    for (const caseId of concerned)
      for (const event of works.get(caseId)?.state.received ?? []) chains.add(event);
    for (const event of events) if (concerned.has(event.caseId)) chains.add(event);
    found = concernedBy(seeds.flatMap((seed) => chains.chainOf(seed)));
    if (found.every((caseId) => concerned.has(caseId))) return new MovedFacts(works, concerned);
  }
}

/** Corrections, and records of cases that hold a chain of another one: `outward` where there is such a case. */
function seedsOf(
  events: readonly Event[],
  works: ReadonlyMap<string, WorkCase>,
): { readonly seeds: Event[]; readonly outward: boolean } {
  const outward = new Map<string, boolean>();
  const reachesOut = ({ caseId, plain, received }: CaseState): boolean => {
    if (plain) return false;
    const known = outward.get(caseId);
    if (known !== undefined) return known;
    const reaches = received.some((event) => event.caseId !== caseId || casesOf(event).length > 1);
    outward.set(caseId, reaches);
    return reaches;
  };
  const seeds = events.filter((event) => {
    const state = works.get(event.caseId)?.state;
    return (state !== undefined && reachesOut(state)) || targetOf(event) !== null;
  });
  return { seeds, outward: [...outward.values()].includes(true) };
}

/**
 * Cases in which targets stand that do not stand where their corrections were sent. A target that came nowhere has none:
 * its correction waits in the cases that it names.
 */
async function homesOf(
  seeds: readonly Event[],
  events: readonly Event[],
  { works, find }: MoreCases,
): Promise<Map<Event, string[]>> {
  const homes = new Map<Event, string[]>();
  const sought: [Event, EventRef][] = [];
  let batch: Map<string, string> | null = null;
  for (const seed of seeds) {
    const target = targetOf(seed);
    const state = works.get(seed.caseId)?.state;
    if (target === null || (state !== undefined && versionsOf(state, target).length > 0)) continue;
    batch ??= new Map(events.map((event) => [identityKey(event), event.caseId]));
    const home = batch.get(identityKey(target));
    if (home === undefined) sought.push([seed, target]);
    else if (home !== seed.caseId) homes.set(seed, [home]);
  }
  if (sought.length === 0) return homes;
  const known = await find(sought.map(([, target]) => target));
  for (const [seed, target] of sought) {
    const cases = (known.get(identityKey(target)) ?? []).map(({ caseId }) => caseId);
    const others = cases.filter((caseId) => caseId !== seed.caseId);
    if (others.length > 0) homes.set(seed, [...new Set(others)]);
  }
  return homes;
}

/** Opens a case of which nothing is known but what the first of the batch brings there. */
function visitedBy(seeds: readonly Event[], caseId: string, partition: number): CaseOpening {
  const by = seeds.find((seed) => casesOf(seed).includes(caseId)) ?? (seeds[0] as Event);
  return { caseId, regionCode: by.regionCode, agencyCode: by.agencyCode, partition };
}
