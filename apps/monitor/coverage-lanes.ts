import { parseInstant } from '#core/calendar/local-time.js';
import type { Event, Instant } from '#core/event/event.js';
import { laneOf } from '#core/work-case.js';
import type { CoverageToSave } from '#store/step-to-save.js';

/**
 * Through which instant each source is covered, counted per partition (lane), where order is certain. A record says
 * that its feed delivered through its time of recording; a heartbeat says so through its `to`. Never moves back.
 */
export class CoverageLanes {
  private readonly through = new Map<string, Instant>();
  /** Where an open gap begins, by lane. */
  private readonly gaps = new Map<string, Instant>();

  constructor(known: Iterable<readonly [lane: string, through: Instant]> = []) {
    for (const [lane, through] of known) this.through.set(lane, through);
  }

  /** Instant through which a lane is covered without a gap; -Infinity where nothing was ever heard. */
  of = (lane: string): Instant =>
    Math.min(
      this.through.get(lane) ?? Number.NEGATIVE_INFINITY,
      this.gaps.get(lane) ?? Number.POSITIVE_INFINITY,
    );

  /** Takes in whether the lane has an open gap, and where it begins; null: none. */
  setGap(lane: string, from: Instant | null): void {
    if (from === null) this.gaps.delete(lane);
    else this.gaps.set(lane, from);
  }

  advance(lane: string, through: Instant): void {
    if (through > (this.through.get(lane) ?? Number.NEGATIVE_INFINITY))
      this.through.set(lane, through);
  }

  copy(): CoverageLanes {
    const copy = new CoverageLanes(this.through);
    for (const [lane, from] of this.gaps) copy.setGap(lane, from);
    return copy;
  }

  entries(): IterableIterator<[string, Instant]> {
    return this.through.entries();
  }
}

/** Instant through which an event says its feed has delivered; never later than its receipt. */
export function coveredBy(event: Event): Instant {
  let through = event.recordedAt;
  if (event.type === 'feed.heartbeat' && typeof event.data.to === 'string')
    through = parseInstant(event.data.to)?.at ?? through;
  return Math.min(through, event.receivedAt);
}

/** Collects what a batch teaches about its sources, one entry per lane, for saving. */
export class CoverageGain {
  private readonly gains = new Map<
    string,
    { through: Instant | null; late: number; quarantined: number; at: Instant }
  >();

  constructor(
    private readonly partition: number,
    private readonly agreedDelayHours: (source: string) => number,
  ) {}

  addEvent(event: Event): void {
    const gain = this.gain(event.source, event.receivedAt);
    gain.through = Math.max(gain.through ?? Number.NEGATIVE_INFINITY, coveredBy(event));
    const delay = event.receivedAt - event.occurredAt;
    if (delay > this.agreedDelayHours(event.source) * 3_600_000) gain.late += 1;
  }

  addRejected(source: string | null, receivedAt: Instant): void {
    this.gain(source ?? 'unknown', receivedAt).quarantined += 1;
  }

  private gain(source: string, at: Instant) {
    const lane = laneOf(source, this.partition);
    let gain = this.gains.get(lane);
    if (gain === undefined) {
      gain = { through: null, late: 0, quarantined: 0, at };
      this.gains.set(lane, gain);
    }
    gain.at = Math.max(gain.at, at);
    return gain;
  }

  toSave(): CoverageToSave[] {
    return [...this.gains].map(([source, { through, late, quarantined, at }]) => ({
      source,
      evaluatedThrough: through,
      late,
      quarantined,
      at,
    }));
  }
}
