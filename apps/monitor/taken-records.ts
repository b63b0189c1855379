import type { AlertChange } from '#core/alert/alert.js';
import type { Coverage } from '#core/alert/fold-alerts.js';
import type { Event, Instant } from '#core/event/event.js';
import { isDuplicate, type Law } from '#core/step.js';
import { type Arrival, settleIn, takeArrival, type WorkCase } from '#core/work-case.js';
import type { ChangeToSave, EventToSave, MovedToSave } from '#store/step-to-save.js';
import type { ReadRecord } from './decode-records.js';
import type { MovedFacts } from './moved-facts.js';

const NONE: readonly Event[] = [];

export interface TakeWith {
  readonly works: ReadonlyMap<string, WorkCase>;
  /** Null where no event of the batch has to do with another case. */
  readonly routes: MovedFacts | null;
  readonly lawAt: (knownAt: Instant) => Law;
  /** What the records before the one that is taken say. */
  readonly coverage: Coverage;
}

/** The records of a batch as they are taken into their cases, one by one, and what each changed, for saving. */
export class TakenRecords {
  readonly events: EventToSave[] = [];
  readonly moved: MovedToSave[] = [];
  readonly changes: ChangeToSave[] = [];
  readonly alerts: AlertChange[] = [];
  /** Cases that were given something besides the events that stand in them. */
  readonly visited = new Set<string>();

  constructor(private readonly given: TakeWith) {}

  /** A record that no case takes. */
  keep(read: ReadRecord, isNew: boolean): void {
    this.events.push(eventToSave(read, isNew));
  }

  /** A record of a case in work: taken into it and into every other case that its chain of corrections concerns. */
  take(read: ReadRecord): void {
    const { event, record } = read;
    const work = this.given.works.get(event.caseId);
    if (work === undefined) throw new Error(`case ${event.caseId} is not in work`);
    const isNew = !isDuplicate(work.state, event);
    settleIn(work, record.partition);
    if (this.given.routes === null) this.takeInto(work, { event, alongside: NONE });
    else this.deliver(this.given.routes, read, work);
    this.events.push(eventToSave(read, isNew));
  }

  private deliver(routes: MovedFacts, { event, record }: ReadRecord, home: WorkCase): void {
    for (const { caseId, alongside } of routes.deliveriesOf(event)) {
      const work = this.given.works.get(caseId);
      if (work === undefined) throw new Error(`case ${caseId} is not in work`);
      const fresh = [...alongside, event].filter((one) => !isDuplicate(work.state, one));
      if (work !== home && (fresh.length === 0 || work.frozen !== null)) continue;
      if (work !== home) this.visited.add(caseId);
      this.takeInto(work, { event, alongside });
      const afterEvents = this.events.length + 1;
      // A case that stands still looks at nothing any more.
      for (const one of work.frozen === null ? fresh : NONE)
        if (one.caseId !== caseId)
          this.moved.push({ caseId, event: one, partition: record.partition, afterEvents });
    }
  }

  private takeInto(work: WorkCase, arrival: Arrival): void {
    const law = this.given.lawAt(Math.max(arrival.event.receivedAt, work.state.asOf));
    const taken = takeArrival(work, arrival, law, this.given.coverage);
    const { length } = this.events;
    taken.changes.forEach((change, index) => {
      const afterEvents = index < taken.due ? length : length + 1;
      this.changes.push({ caseId: work.caseId, change, afterEvents });
    });
    this.alerts.push(...taken.alerts);
  }
}

function eventToSave({ event, record }: ReadRecord, isNew: boolean): EventToSave {
  return {
    event,
    raw: record.value ?? new Uint8Array(),
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    outcome: isNew ? 'accepted' : 'duplicate',
  };
}
