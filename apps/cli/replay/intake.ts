import { REFERENCE_TYPES } from '#core/build-references.js';
import type { Event, Instant } from '#core/event/event.js';

const REFERENCE_STREAMS = /^(catalog|calendar|org|feed)\./;

/** What a replay takes of a log: events of cases, reference facts, and when the last record was received. */
export class Intake {
  /** Reference facts, in the order of the log. */
  references: Event[] = [];
  /** When the last known record was received; -Infinity where there is none. */
  last = Number.NEGATIVE_INFINITY;

  /** Records received after `knownAt` are not known. */
  constructor(private readonly knownAt: Instant) {}

  /** True for a known event of a case; of others it keeps what cases are judged by. */
  isOfCase(event: Event): boolean {
    if (event.receivedAt > this.knownAt) return false;
    if (event.receivedAt > this.last) this.last = event.receivedAt;
    if (REFERENCE_TYPES.has(event.type)) this.references.push(event);
    else return !REFERENCE_STREAMS.test(event.type);
    return false;
  }
}
