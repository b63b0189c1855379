import type { CopiedRows } from './copied-rows.js';
import { ID, LEAF_INDEX, RECORD_NO, TIME } from './trail-columns.js';
import { type TrailFinding, trailFinding } from './trail-finding.js';

/** A record may be this much older or younger than the checkpoints around it: a transaction and two clocks, µs. */
const TOLERANCE = 10 * 60 * 1_000_000;

interface Latest {
  readonly id: string | null;
  readonly leafIndex: number;
  readonly recordNo: string;
}

/**
 * Compares the time that a record gives itself with the times at which witnesses cosigned the log before and after it
 * came in: a record that was put in later cannot say that it was there before. Only where the trail's clock is the true
 * one; not in a simulation.
 */
export class ClockJudge {
  /** When the last checkpoint was first cosigned, µs since 1970. */
  private cosigned = Number.NEGATIVE_INFINITY;
  private latestTime = Number.NEGATIVE_INFINITY;
  private latest: Latest | null = null;

  constructor(private readonly onFinding: (finding: TrailFinding) => void) {}

  take(row: CopiedRows): void {
    const time = row.micros(TIME);
    if (time < this.cosigned - TOLERANCE)
      this.tell(placeOf(row), instant(this.cosigned), instant(time));
    if (time > this.latestTime) {
      this.latestTime = time;
      this.latest = placeOf(row);
    }
  }

  /** The tree of what was taken so far was cosigned at this time, in seconds since 1970. */
  reach(seconds: number): void {
    this.cosigned = seconds * 1_000_000;
    const { latest, latestTime } = this;
    this.latestTime = Number.NEGATIVE_INFINITY;
    this.latest = null;
    if (latest !== null && latestTime > this.cosigned + TOLERANCE)
      this.tell(latest, instant(this.cosigned), instant(latestTime));
  }

  private tell(place: Latest, expected: string, found: string): void {
    this.onFinding(
      trailFinding({
        ...place,
        kind: 'clock',
        what: 'time',
        where: 'audit_record',
        expected,
        found,
      }),
    );
  }
}

function placeOf(row: CopiedRows): Latest {
  return {
    id: row.text(ID),
    leafIndex: row.int8(LEAF_INDEX),
    recordNo: String(row.int8(RECORD_NO)),
  };
}

function instant(micros: number): string {
  const date = new Date(micros / 1000);
  return Number.isNaN(date.getTime()) ? String(micros) : date.toISOString();
}
